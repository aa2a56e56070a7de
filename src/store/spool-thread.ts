import { parentPort, workerData } from 'node:worker_threads'
import { toFailure } from './apart-wire.ts'
import { openSpoolFile, type SpoolFile } from './spool-file.ts'
import type { SpoolBatch, SpoolNews } from './spool-apart.ts'

/** The thread of `spool-apart.ts`: makes one batch after the other durable. */

const tell = (news: SpoolNews): void => parentPort?.postMessage(news, [])

/** Does something, and tells how it ended. */
const attempt = (action: () => void): void => {
  try {
    action()
    tell({})
  } catch (error) {
    tell({ failure: toFailure(error) })
  }
}

const serve = (file: SpoolFile): void => {
  parentPort?.on('message', (message: SpoolBatch | 'close') => {
    if (message !== 'close') return attempt(() => file.add(message))
    file.close()
    parentPort?.close()
  })
}

attempt(() => serve(openSpoolFile((workerData as { readonly path: string }).path)))
