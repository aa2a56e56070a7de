import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { asLimit, asText, type Backend } from './dialect.ts'
import type { Db, ThreadTable } from './schema.ts'
import { createTraces } from './traces.ts'
import type { OpenedThread, ThreadRow, Threads } from './types.ts'

/** The Mews threads on a database. Every operation names the conversation, so that a reference alone never leads into another one. */
export const createThreads = ({ db, dialect, transact }: Backend): Threads => {
  const read = async (which: RawBuilder<unknown>): Promise<readonly ThreadRow[]> => {
    const { rows } = await sql<ThreadTable>`select * from thread where ${which}`.execute(db)
    return rows.map(toThread)
  }
  return {
    ...createIntents(db),
    ...createTraces({ db, dialect }),
    latest: async (conversation, property) => {
      const which = property === undefined ? sql`` : sql`and property = ${asText(property)}`
      const [newest] = await read(
        sql`conversation = ${asText(conversation)} ${which} order by started_at desc limit 1`,
      )
      return newest
    },
    lastBound: async (conversation) => {
      const rows =
        await read(sql`conversation = ${asText(conversation)} and bound = 1 and thread_id is not null
        order by started_at desc limit 1`)
      return rows.find(isOpened)
    },
    opened: async ({ conversation, reference }, threadId, at) => {
      await sql`update thread set thread_id = ${threadId}, active_at = ${at}
        where reference = ${reference} and conversation = ${conversation}`.execute(db)
    },
    bound: async (conversation, threadId) => {
      await sql`update thread set bound = 1
        where thread_id = ${threadId} and conversation = ${conversation}`.execute(db)
    },
    unbound: () => read(sql`bound = 0 and thread_id is not null order by started_at`),
    active: async ({ property, since, limit, after }) => {
      const from =
        after === undefined
          ? sql`active_at >= ${since}`
          : sql`(active_at, thread_id) > (${after.activeAt}, ${after.threadId})`
      const rows = await read(sql`property = ${asText(property)} and thread_id is not null and ${from}
        order by active_at, thread_id limit ${asLimit(limit)}`)
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

const toThread = ({ started_at, thread_id, bound, active_at, ...same }: ThreadTable): ThreadRow => ({
  ...same,
  startedAt: started_at,
  threadId: thread_id,
  bound: bound === 1,
  activeAt: active_at,
})

const createIntents = (db: Db): Pick<Threads, 'intend' | 'intendAgain'> => ({
  intend: async ({ conversation, property, reference, subject, sender, startedAt }) => {
    const row = { conversation, property, reference, subject, sender }
    const { numInsertedOrUpdatedRows = 0n } = await db
      .insertInto('thread')
      .values({
        ...row,
        started_at: startedAt,
        thread_id: null,
        bound: 0,
        active_at: startedAt,
        changes: 0,
      })
      .onConflict((conflict) => conflict.column('reference').doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows > 0n
  },
  intendAgain: async ({ conversation, reference, ...was }, { subject, sender, startedAt }) => {
    const { numUpdatedRows } = await db
      .updateTable('thread')
      .set({ subject, sender, started_at: startedAt })
      .where('reference', '=', reference)
      .where('conversation', '=', conversation)
      .where('thread_id', 'is', null)
      .where('subject', '=', was.subject)
      .where('sender', '=', was.sender)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  },
})

const isOpened = (row: ThreadRow): row is OpenedThread => row.threadId !== null
