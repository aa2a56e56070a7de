import { createPool, createSockets } from './pool.ts'
import { joinTexts, type SpoolWriter } from '../spool/spool.ts'

/**
 * Adds to the spool of a PostgreSQL database on a connection of its own, one row for each batch. Ids are in the order of the batches: one is
 * committed before the next is begun.
 */
export const openPostgresSpoolWriter = (url: string): SpoolWriter => {
  const sockets = createSockets()
  const pool = createPool({ url, connections: 1, sockets })
  return {
    add: async (texts) => {
      const { entries, size } = joinTexts(texts)
      const client = await pool.connect()
      try {
        await client.query('insert into spool (entries, size) values ($1, $2)', [entries, size])
      } finally {
        client.release()
      }
    },
    cut: sockets.cut,
    close: () => pool.end(),
  }
}
