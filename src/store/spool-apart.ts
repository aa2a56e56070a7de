import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Failure, toError } from './apart-wire.ts'
import { StoreError } from './error.ts'
import { type Spool, writeEntries } from './spool.ts'
import type { SpoolFile } from './spool-file.ts'

/** What is committed together. */
export type SpoolBatch = Parameters<SpoolFile['add']>[0]

/** That a batch is durable, or has failed. The first of all tells whether the spool is open. */
export interface SpoolNews {
  readonly failure?: Failure
}

interface Batch {
  readonly rows: SpoolBatch[number][]
  readonly ending: PromiseWithResolvers<void>
}

/** Opens the thread's spool; rejects with `unavailable`. */
const openThread = async (databasePath: string): Promise<Worker> => {
  const file = new URL(`./spool-thread${extname(import.meta.url)}`, import.meta.url)
  const thread = new Worker(file, { workerData: { path: databasePath } })
  const [{ failure }] = (await once(thread, 'message')) as [SpoolNews]
  if (failure === undefined) return thread
  await thread.terminate()
  throw toError(failure)
}

/**
 * Adds to the spool of a SQLite database on a thread of its own, which does nothing else: no query and no other write delays an
 * acknowledgement. One batch is under way at a time, what comes meanwhile goes with the next. Rejects with `unavailable`; when the
 * thread dies, the process does too.
 */
export const openSpoolApart = async (databasePath: string): Promise<Pick<Spool, 'add' | 'close'>> => {
  const thread = await openThread(databasePath)
  let next: Batch | undefined
  let underWay: Batch | undefined
  let closed: Promise<unknown> | undefined

  const send = (): void => {
    if (next === undefined || underWay !== undefined) return
    underWay = next
    next = undefined
    thread.ref()
    thread.postMessage(underWay.rows, [])
  }

  const begin = (): Batch => {
    // Whatever else comes in this turn of the event loop goes along.
    if (underWay === undefined) setImmediate(send)
    return { rows: [], ending: Promise.withResolvers() }
  }

  thread.on('message', ({ failure }: SpoolNews) => {
    if (failure === undefined) underWay?.ending.resolve()
    else underWay?.ending.reject(toError(failure))
    underWay = undefined
    thread.unref()
    send()
  })
  thread.unref()

  const drain = async (): Promise<void> => {
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
      next.rows.push({ entries: writeEntries(entries), size: entries.length })
      return next.ending.promise
    },
    close: async () => void (await (closed ??= drain())),
  }
}
