import type { OpenedThread, Store } from '../../store/types.ts'

/** As many as one request to Mews may name. */
const threadsAtOnce = 1_000

/** A property's opened threads that were active since then, page by page; a thread that becomes active meanwhile may come twice. */
export async function* activeThreads(
  { threads }: Store,
  property: string,
  since: number,
): AsyncGenerator<readonly OpenedThread[]> {
  let after: OpenedThread | undefined
  for (;;) {
    const page = await threads.active({ property, since, limit: threadsAtOnce, after })
    if (page.length > 0) yield page
    if (page.length < threadsAtOnce) return
    after = page.at(-1)
  }
}
