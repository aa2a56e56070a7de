import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { DeliveryTable, Trx } from '../schema.ts'

/** The entries of lanes in order, some at a time. */
export async function* readEntries(trx: Trx, ids: readonly string[]): AsyncGenerator<readonly EntryRow[]> {
  const sizes = sql`select pos, octet_length(payload) as size from entry`
  for await (const { lane, after, until } of readStretches(trx, ids, sizes)) {
    const { rows } = await sql<EntryRow>`select lane, pos, payload from entry
      where lane = ${lane} and pos > ${after} and pos <= ${until} order by pos`.execute(trx)
    yield rows
  }
}

/** Their deliveries. */
export async function* readParts(trx: Trx, ids: readonly string[]): AsyncGenerator<readonly Parts[]> {
  const sizes = sql`select pos, octet_length(text) as size from delivery`
  for await (const { lane, after, until } of readStretches(trx, ids, sizes)) {
    const { rows } = await sql<Parts>`
      select lane, pos, part, state, text, author, author_id, reason from delivery
      where lane = ${lane} and pos > ${after} and pos <= ${until} order by pos, part`.execute(trx)
    yield rows
  }
}

/** So much text is read at once at most, and one row at least. */
const bytesAtOnce = 2_000_000

const rowsAtOnce = 500

/** Positions of which the rows may be read at once. */
async function* readStretches(
  trx: Trx,
  ids: readonly string[],
  sizes: RawBuilder<unknown>,
): AsyncGenerator<{ readonly lane: string; readonly after: number; readonly until: number }> {
  for (const lane of ids) {
    for (let after = -1; ;) {
      const { rows } = await sql<{ pos: number; size: number }>`
        ${sizes} where lane = ${lane} and pos > ${after} order by pos limit ${rowsAtOnce}`.execute(trx)
      const [first] = rows
      if (first === undefined) break
      let until = first.pos
      let total = 0
      for (const { pos, size } of rows) {
        total += size
        if (total > bytesAtOnce) break
        until = pos
      }
      yield { lane, after, until }
      after = until
    }
  }
}

export type EntryRow = Pick<Parts, 'lane' | 'pos'> & { readonly payload: string }

export type Parts = Pick<
  DeliveryTable,
  'lane' | 'pos' | 'part' | 'state' | 'text' | 'author' | 'author_id' | 'reason'
>
