import { sql } from 'kysely'
import type { Backend } from '../dialect.ts'
import type { Db } from '../schema.ts'
import {
  bytesPerDrain,
  createSpoolCommit,
  joinTexts,
  nothingDrained,
  readEntries,
  type Spool,
  type SpoolRow,
  type SpoolSize,
  type SpoolText,
  toDrained,
  toSpoolText,
  withoutMeant,
} from '../spool/spool.ts'

/** Any number that no other program of the database locks. */
const drainLock = 0x6d65_7774

/** Adds a row; `refused` is 1 for a quarantined one. */
export const insertSpooled = async (on: Db, { entries, size }: SpoolText, refused: 0 | 1): Promise<void> => {
  const row = sql`${entries}, ${size}, ${refused}`
  await sql`insert into spool (entries, size, refused) values (${row})`.execute(on)
}

/**
 * The spool of a PostgreSQL database. An id is given before its row is committed, and what somebody writes after an answer gets a greater
 * one: so by id, the visible entries of a conversation are in order, whichever process recorded them.
 */
export const createPostgresSpool = ({ db, dialect }: Pick<Backend, 'db' | 'dialect'>): Spool => {
  const { add, idle } = createSpoolCommit((texts) => insertSpooled(db, joinTexts(texts), 0))
  return {
    add,
    drain: (limit, place) =>
      db.transaction().execute(async (trx) => {
        // Another process is draining the same rows already, so draining here is useless.
        await sql`select pg_advisory_xact_lock(${sql.lit(drainLock)})`.execute(trx)
        const { rows } = await sql<SpoolRow>`select id, entries from (
            select id, entries, sum(size) over (order by id) - size as before,
              sum(octet_length(entries)) over (order by id) - octet_length(entries) as bytes_before
            from (select * from spool where refused = 0 order by id limit ${limit}) as oldest
          ) as summed
          where before < ${limit} and bytes_before < ${sql.lit(bytesPerDrain)} order by id`.execute(trx)
        if (rows.length === 0) return nothingDrained
        const entries = readEntries(rows)
        const refused = await place(entries)
        if (refused.length > 0) await insertSpooled(trx, toSpoolText(refused), 1)
        const drained = dialect.table(
          { id: 'bigint' },
          rows.map(({ id }) => ({ id })),
        )
        await sql`delete from spool where id in (select id from ${drained} as drained)`.execute(trx)
        return toDrained(rows, entries)
      }),
    retryRefused: async () => {
      await sql`update spool set refused = 0 where refused = 1`.execute(db)
    },
    dropRefused: (isMeant) =>
      db.transaction().execute(async (trx) => {
        const { rows } = await sql<SpoolRow>`select id, entries from spool where refused = 1
          order by id for update`.execute(trx)
        const { rests, dropped } = withoutMeant(rows, isMeant)
        for (const { id, entries, size } of rests)
          await (
            size === 0
              ? sql`delete from spool where id = ${id}`
              : sql`update spool set entries = ${entries}, size = ${size} where id = ${id}`
          ).execute(trx)
        return dropped
      }),
    size: async () => {
      const { rows } = await sql<SpoolSize>`select
        coalesce(sum(size) filter (where refused = 0), 0)::bigint as waiting,
        coalesce(sum(size) filter (where refused = 1), 0)::bigint as refused from spool`.execute(db)
      return rows[0] ?? { waiting: 0, refused: 0 }
    },
    purge: async () => {
      await sql`vacuum spool`.execute(db)
      return true
    },
    close: () => idle(),
  }
}
