import {
  createSpoolCommit,
  nothingDrained,
  readEntries,
  type Spool,
  toDrained,
  toSpoolText,
  withoutMeant,
} from '../spool/spool.ts'
import { openSpoolFile } from './spool-file.ts'
import type { Entry } from '../types.ts'

export interface SqliteSpool extends Spool {
  /** What was put aside. */
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
