import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Failure, toError } from './apart-wire.ts'
import { isUnavailable, StoreError } from './error.ts'
import { type Spool, type SpoolText, writeEntries } from './spool.ts'

/** A batch to make durable; that these are the last; that there are no more. */
export type SpoolTask = readonly SpoolText[] | 'ending' | 'close'

/** That a batch is durable, or has failed. The first of all tells whether the spool is open. */
export interface SpoolNews {
  readonly failure?: Failure
}

interface Batch {
  readonly texts: SpoolText[]
  readonly ending: PromiseWithResolvers<void>
}

/** Opens the thread's spool; rejects with `unavailable`. */
const openThread = async (databaseUrl: string): Promise<Worker> => {
  const file = new URL(`./spool-thread${extname(import.meta.url)}`, import.meta.url)
  const thread = new Worker(file, { workerData: { url: databaseUrl } })
  const [{ failure }] = (await once(thread, 'message')) as [SpoolNews]
  if (failure === undefined) return thread
  await thread.terminate()
  throw toError(failure)
}

/**
 * Adds to the spool of a database on a thread of its own, which does nothing else: no query and no other write delays an
 * acknowledgement. One batch is under way at a time, what comes meanwhile goes with the next. Rejects with `unavailable`; when the
 * thread dies, the process does too.
 */
export const openSpoolApart = async (databaseUrl: string): Promise<Pick<Spool, 'add' | 'close'>> => {
  const thread = await openThread(databaseUrl)
  let next: Batch | undefined
  let underWay: Batch | undefined
  let closed: Promise<unknown> | undefined

  const send = (): void => {
    if (next === undefined || underWay !== undefined) return
    underWay = next
    next = undefined
    thread.ref()
    thread.postMessage(underWay.texts satisfies SpoolTask, [])
  }

  const begin = (): Batch => {
    // Whatever else comes in this turn of the event loop goes along.
    if (underWay === undefined) setImmediate(send)
    return { texts: [], ending: Promise.withResolvers() }
  }

  /** What came later must not stand before what has failed and comes again. */
  const fail = (error: Error): void => {
    underWay?.ending.reject(error)
    if (!isUnavailable(error)) return
    next?.ending.reject(error)
    next = undefined
  }

  thread.on('message', ({ failure }: SpoolNews) => {
    if (failure === undefined) underWay?.ending.resolve()
    else fail(toError(failure))
    underWay = undefined
    thread.unref()
    send()
  })
  thread.unref()

  const drain = async (): Promise<void> => {
    thread.postMessage('ending', [])
    send()
    for (let last = underWay; last !== undefined; last = underWay) await last.ending.promise.catch(() => {})
    const exit = once(thread, 'exit')
    thread.ref()
    thread.postMessage('close', [])
    await exit
  }

  return {
    add: (entries) => {
      if (closed !== undefined) return Promise.reject(new StoreError('unavailable', 'The store is closed'))
      next ??= begin()
      next.texts.push({ entries: writeEntries(entries), size: entries.length })
      return next.ending.promise
    },
    close: async () => void (await (closed ??= drain())),
  }
}
