import { existsSync, realpathSync, rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import {
  bytesPerDrain,
  createSpoolCommit,
  nothingDrained,
  readEntries,
  type Spool,
  type SpoolRest,
  type SpoolRow,
  type SpoolSize,
  type SpoolText,
  toDrained,
  toSpoolText,
  withoutMeant,
} from '../spool/spool.ts'
import type { Entry } from '../lanes/types.ts'
import { attempt, attemptOpening, closeSqlite, openSqliteFile, transact } from './file.ts'

export interface SqliteSpool extends Spool {
  /** The quarantined rows. */
  refused(): Promise<readonly Entry[]>
}

/** The spool of a SQLite database, on the calling thread. Throws `unavailable`. */
export const openSqliteSpool = (databasePath: string): SqliteSpool => {
  const file = openSpoolFile(databasePath)
  const { add, idle } = createSpoolCommit(file.add)
  return {
    add,
    drain: async (limit, place) => {
      const rows = file.oldest(limit)
      if (rows.length === 0) return nothingDrained
      const entries = readEntries(rows)
      const refused = await place(entries)
      file.remove(rows, refused.length === 0 ? undefined : toSpoolText(refused))
      return toDrained(rows, entries)
    },
    retryRefused: async () => file.retryRefused(),
    refused: async () => readEntries(file.refused()),
    dropRefused: async (isMeant) => {
      const { rests, dropped } = withoutMeant(file.refused(), isMeant)
      if (dropped > 0) file.rewrite(rests)
      return dropped
    },
    size: async () => file.size(),
    purge: async () => file.purge(),
    close: async () => {
      await idle()
      file.close()
    },
  }
}

/** A spool in a small SQLite file beside the database, whose pages are written over again and again. Its calls do not return before they are done. */
export interface SpoolFile {
  /** Adds rows, `size` entries in each, in one durable commit. */
  readonly add: (rows: readonly SpoolText[]) => void
  /** The oldest rows, together with about as many entries as `limit` and about as many bytes as are drained at once. */
  readonly oldest: (limit: number) => readonly SpoolRow[]
  /** Removes rows; `refused` are their entries that stay, quarantined. */
  readonly remove: (rows: readonly SpoolRow[], refused?: SpoolText) => void
  /** Makes the quarantined rows the oldest again. */
  readonly retryRefused: () => void
  /** The quarantined rows. */
  readonly refused: () => readonly SpoolRow[]
  /** Rewrites quarantined rows with the entries that are left. */
  readonly rewrite: (rests: readonly SpoolRest[]) => void
  readonly size: () => SpoolSize
  /** Empties its log; false while another connection keeps it from that. */
  readonly purge: () => boolean
  readonly close: () => void
}

/**
 * Takes over what an earlier version recorded beside a link that leads to the database file; called while no other process serves from it.
 * Throws `unavailable`.
 */
export const adoptSpool = (givenPath: string, databasePath: string): void => {
  const old = `${givenPath}.spool`
  if (givenPath === databasePath || !existsSync(old) || realpathSync(old) === `${databasePath}.spool`) return
  const [from, to] = [openSpoolFile(givenPath), openSpoolFile(databasePath)]
  from.retryRefused()
  for (let rows = from.oldest(adoptedAtOnce); rows.length > 0; rows = from.oldest(adoptedAtOnce)) {
    to.add([toSpoolText(readEntries(rows))])
    from.remove(rows)
  }
  from.close()
  to.close()
  for (const ending of ['', '-wal', '-shm']) rmSync(`${old}${ending}`, { force: true })
}

const adoptedAtOnce = 1_000

/** Opens the spool of a database file, making it; throws `unavailable`. */
export const openSpoolFile = (databasePath: string): SpoolFile =>
  attemptOpening(`${databasePath}.spool`, () => {
    const database = open(`${databasePath}.spool`)
    const insert = database.prepare('insert into spool (entries, size, refused) values (?, ?, ?)')
    // For the cast see parameter.ts.
    const oldest = database.prepare(`select spool.id, spool.entries from (
      select id, sum(size) over (order by id) - size as before,
        sum(octet_length(entries)) over (order by id) - octet_length(entries) as bytes_before
      from spool where refused = 0 order by id limit cast(? as integer)
    ) as summed join spool on spool.id = summed.id
    where before < ? and bytes_before < ${bytesPerDrain} order by spool.id`)
    const remove = database.prepare('delete from spool where id = ?')
    const retry = database.prepare('update spool set refused = 0 where refused = 1')
    const aside = database.prepare('select id, entries from spool where refused = 1 order by id')
    const shorten = database.prepare('update spool set entries = ?, size = ? where id = ? and refused = 1')
    const sizes = database.prepare(`select coalesce(sum(size) filter (where refused = 0), 0) as waiting,
      coalesce(sum(size) filter (where refused = 1), 0) as refused from spool`)
    const add = (rows: readonly SpoolText[]): void => {
      for (const { entries, size } of rows) insert.run(entries, size, 0)
    }
    const replace = (...[rows, refused]: Parameters<SpoolFile['remove']>): void => {
      for (const { id } of rows) remove.run(id)
      if (refused !== undefined) insert.run(refused.entries, refused.size, 1)
    }
    const rewrite = (rests: readonly SpoolRest[]): void => {
      for (const { id, entries, size } of rests)
        if (size === 0) remove.run(id)
        else shorten.run(entries, size, id)
    }
    return {
      add: (rows) => attempt(() => transact(database, () => add(rows))),
      oldest: (limit) => attempt(() => oldest.all(limit, limit) as unknown as SpoolRow[]),
      remove: (rows, refused) =>
        attempt(() => {
          // Rows that reappear after a crash are recognised, so removing them need not wait for the disk.
          database.exec('pragma synchronous = normal')
          try {
            transact(database, () => replace(rows, refused))
          } finally {
            database.exec('pragma synchronous = full')
          }
        }),
      retryRefused: () => void attempt(() => retry.run()),
      refused: () => attempt(() => aside.all() as unknown as SpoolRow[]),
      rewrite: (rests) => attempt(() => transact(database, () => rewrite(rests))),
      size: () => attempt(() => sizes.get() as unknown as SpoolSize),
      purge: () => attempt(() => database.prepare('pragma wal_checkpoint(truncate)').get()?.['busy'] === 0),
      close: () => attempt(() => closeSqlite(database)),
    }
  })

const open = (path: string): DatabaseSync => {
  const database = openSqliteFile(path)
  // It is nearly empty, nearly always.
  database.exec('pragma cache_size = -1000')
  database.exec(`create table if not exists spool (
    id integer primary key autoincrement,
    entries text not null,
    size integer not null,
    refused integer not null default 0
  )`)
  return database
}
