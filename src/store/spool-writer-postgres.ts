import { createPool } from './postgres-pool.ts'
import { createSockets } from './postgres-sockets.ts'
import { payloadsPerCommit, type SpoolText, type SpoolWriter } from './spool.ts'

/** Rows of about a megabyte, nearly always a single one: what is handed over at once later is counted in rows. */
const toRows = (texts: readonly SpoolText[]): readonly SpoolText[] => {
  const rows: SpoolText[] = []
  for (const { entries, size } of texts) {
    const last = rows.at(-1)
    if (last === undefined || last.entries.length + entries.length > payloadsPerCommit)
      rows.push({ entries, size })
    else rows[rows.length - 1] = { entries: last.entries + entries, size: last.size + size }
  }
  return rows
}

/**
 * Adds to the spool of a PostgreSQL database on a connection of its own. Ids are in the order of the batches: one is
 * committed before the next is begun.
 */
export const openPostgresSpoolWriter = (url: string): SpoolWriter => {
  const sockets = createSockets()
  const pool = createPool({ url, connections: 1, sockets })
  return {
    add: async (texts) => {
      const rows = toRows(texts)
      const places = rows.map((_, index) => `($${2 * index + 1}, $${2 * index + 2})`).join(', ')
      const values = rows.flatMap(({ entries, size }) => [entries, size])
      const client = await pool.connect()
      try {
        await client.query(`insert into spool (entries, size) values ${places}`, values)
      } finally {
        client.release()
      }
    },
    cut: sockets.cut,
    close: () => pool.end(),
  }
}
