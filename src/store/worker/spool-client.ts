import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Failure, toError } from './protocol.ts'
import { StoreError } from '../error.ts'
import { createSpoolCommit, type Spool, type SpoolText } from '../spool/spool.ts'

/** A batch to make durable, or the last ones, or the end. */
export type SpoolTask = readonly SpoolText[] | 'ending' | 'close'

/** That a batch is durable, or has failed. The first of all tells whether the spool is open. */
export interface SpoolNews {
  readonly failure?: Failure
}

/**
 * Adds to the spool of a database on a thread of its own, which does nothing else: no query and no other write delays an
 * acknowledgement. One batch is under way at a time, what comes meanwhile goes with the next. Rejects with a `StoreError`; when the
 * thread dies, the process does too.
 */
export const openSpoolInWorker = async (databaseUrl: string): Promise<Pick<Spool, 'add' | 'close'>> => {
  const thread = await openThread(databaseUrl)
  let underWay: PromiseWithResolvers<void> | undefined
  let closed: Promise<unknown> | undefined

  const give = (task: SpoolTask): void => thread.postMessage(task, [])
  thread.on('message', ({ failure }: SpoolNews) => {
    thread.unref()
    if (failure === undefined) underWay?.resolve()
    else underWay?.reject(toError(failure))
  })
  thread.unref()

  const { add, idle } = createSpoolCommit((texts) => {
    underWay = Promise.withResolvers()
    thread.ref()
    give(texts)
    return underWay.promise
  })

  const drain = async (): Promise<void> => {
    give('ending')
    await idle()
    const exit = once(thread, 'exit')
    thread.ref()
    give('close')
    await exit
  }

  return {
    add: (entries) =>
      closed === undefined
        ? add(entries)
        : Promise.reject(new StoreError('unavailable', 'The store is closed')),
    close: async () => void (await (closed ??= drain())),
  }
}

/** Opens the thread's spool; rejects with `unavailable`. */
const openThread = async (databaseUrl: string): Promise<Worker> => {
  const file = new URL(`./spool-worker${extname(import.meta.url)}`, import.meta.url)
  const thread = new Worker(file, { workerData: { url: databaseUrl } })
  const [{ failure }] = (await once(thread, 'message')) as [SpoolNews]
  if (failure === undefined) return thread
  await thread.terminate()
  throw toError(failure)
}
