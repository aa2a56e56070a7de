import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Backend } from './dialect.ts'
import type { ThreadTable } from './schema.ts'
import type { OpenedThread, ThreadRow, Threads } from './types.ts'

/** The Mews threads on a database. An intent that is recorded again with the same reference begins anew. */
export const createThreads = ({ db, dialect, transact }: Backend): Threads => {
  const read = async (which: RawBuilder<unknown>): Promise<readonly ThreadRow[]> => {
    const { rows } = await sql<ThreadTable>`select * from thread where ${which}`.execute(db)
    return rows.map(toThread)
  }
  return {
    intend: async ({ conversation, property, reference, subject, sender, startedAt }) => {
      const row = { conversation, property, reference, subject, sender }
      await db
        .insertInto('thread')
        .values({
          ...row,
          started_at: startedAt,
          thread_id: null,
          bound: 0,
          active_at: startedAt,
          changes: 0,
        })
        .onConflict((conflict) => conflict.column('reference').doUpdateSet({ started_at: startedAt }))
        .execute()
    },
    latest: async (conversation) => {
      const [newest] = await read(sql`conversation = ${conversation} order by started_at desc limit 1`)
      return newest
    },
    opened: async (reference, threadId, at) => {
      await sql`update thread set thread_id = ${threadId}, active_at = ${at}
        where reference = ${reference}`.execute(db)
    },
    bound: async (threadId) => {
      await sql`update thread set bound = 1 where thread_id = ${threadId}`.execute(db)
    },
    unbound: () => read(sql`bound = 0 and thread_id is not null order by started_at`),
    active: async ({ property, since, limit, after }) => {
      const from =
        after === undefined
          ? sql`active_at >= ${since}`
          : sql`(active_at, thread_id) > (${after.activeAt}, ${after.threadId})`
      const rows = await read(sql`property = ${property} and thread_id is not null and ${from}
        order by active_at, thread_id limit ${limit}`)
      return rows.filter(isOpened)
    },
    byId: (threadIds) => read(sql`thread_id in ${dialect.list(threadIds)}`),
    touch: async (threadIds, at) => {
      const statement = sql`update thread set active_at = ${at}
        where thread_id in ${dialect.list(threadIds)} and active_at < ${at}`
      await transact((trx) => statement.execute(trx))
    },
    changed: async (threadId, changes) => {
      await db.updateTable('thread').set({ changes }).where('thread_id', '=', threadId).execute()
    },
  }
}

const isOpened = (row: ThreadRow): row is OpenedThread => row.threadId !== null

const toThread = ({ started_at, thread_id, bound, active_at, ...same }: ThreadTable): ThreadRow => ({
  ...same,
  startedAt: started_at,
  threadId: thread_id,
  bound: bound === 1,
  activeAt: active_at,
})
