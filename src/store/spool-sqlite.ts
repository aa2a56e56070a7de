import { StoreError } from './error.ts'
import { createGroupCommit } from './group-commit.ts'
import { readEntries, type Spool, writeEntries } from './spool.ts'
import { openSpoolFile } from './spool-file.ts'
import type { Entry } from './types.ts'

/** Entries of one commit; larger ones would hold up the calling thread. */
const entriesPerCommit = 1_000

/** The spool of a SQLite database, on the calling thread. Throws `unavailable`. */
export const openSqliteSpool = (databasePath: string): Spool => {
  const file = openSpoolFile(databasePath)
  const { submit, idle } = createGroupCommit<readonly Entry[], undefined>({
    commit: async (items) => {
      file.add(items.map((entries) => ({ entries: writeEntries(entries), size: entries.length })))
      return items.map(() => undefined)
    },
    weigh: (entries) => entries.length,
    limit: entriesPerCommit,
    failsAll: (error) => error instanceof StoreError && error.code === 'unavailable',
  })
  return {
    add: (entries) => submit(entries),
    drain: async (limit, place) => {
      const rows = file.oldest(limit)
      if (rows.length === 0) return 0
      const entries = readEntries(rows)
      const refused = await place(entries)
      file.remove(
        rows,
        refused.length === 0 ? undefined : { entries: writeEntries(refused), size: refused.length },
      )
      return entries.length
    },
    size: async () => file.size(),
    purge: async () => file.purge(),
    close: async () => {
      await idle()
      file.close()
    },
  }
}
