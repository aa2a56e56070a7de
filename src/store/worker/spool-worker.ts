import { parentPort, workerData } from 'node:worker_threads'
import { toFailure } from './protocol.ts'
import type { SpoolNews, SpoolTask } from './spool-client.ts'
import type { SpoolWriter } from '../spool/spool.ts'
import { isPostgresUrl, readSqlitePath } from '../url.ts'

/** The thread of `spool-client.ts`: makes one batch after the other durable. */

/** How long closing the spool waits for a database that does not answer. */
const closeMs = 1_000

const tell = (news: SpoolNews): void => parentPort?.postMessage(news, [])

/** Does something, and tells how it ended. */
const attempt = async (action: () => void | Promise<void>): Promise<void> => {
  try {
    await action()
    tell({})
  } catch (error) {
    tell({ failure: toFailure(error) })
  }
}

/** Only what the database needs is loaded. */
const open = async (url: string): Promise<SpoolWriter> =>
  isPostgresUrl(url)
    ? (await import('../postgres/spool-writer.ts')).openPostgresSpoolWriter(url)
    : (await import('../sqlite/spool.ts')).openSpoolFile(readSqlitePath(url))

const serve = (writer: SpoolWriter): void => {
  const close = async (): Promise<void> => {
    await writer.close()
    parentPort?.close()
  }
  parentPort?.on('message', (task: SpoolTask) => {
    if (task === 'close') void close()
    else if (task === 'ending') setTimeout(() => writer.cut?.(), closeMs).unref()
    else void attempt(() => writer.add(task))
  })
}

void attempt(async () => serve(await open((workerData as { readonly url: string }).url)))
