import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Repairs, Troubled } from './books-types.ts'
import type { Backend } from './dialect.ts'
import { shownPayload } from './transcript.ts'

interface Row {
  readonly lane: string
  readonly group: string
  readonly pos: number
  readonly kind: string
  readonly payload: string
  readonly at: number
  readonly failed_at: number | null
  readonly reason: string | null
  readonly text: string | null
  readonly unsure: number
  readonly retry_of: number | null
  readonly behind: number
  readonly attempts: number
  readonly next_at: number | null
}

const words = sql`(select text from delivery
  where delivery.lane = entry.lane and delivery.pos = entry.pos order by part limit 1) as text`

const unsure = sql`(select count(*) from delivery where delivery.lane = entry.lane and delivery.pos = entry.pos
  and (state = 'sending' or possibly_twice = 1)) as unsure`

const waitingColumns = sql`entry.lane, lane.grp as "group", entry.pos, entry.kind, ${shownPayload}, entry.at, failing_since as failed_at, lane.reason, entry.retry_of,
  ${words}, ${unsure}, tail - head - 1 as behind, attempts, next_at`

const toTroubled = ({ failed_at, next_at, retry_of, text, unsure: uncertain, ...row }: Row): Troubled => ({
  ...row,
  unsure: uncertain > 0,
  text: text ?? '',
  failedAt: failed_at,
  nextAt: next_at,
  retryOf: retry_of,
})

/** Lists what waits and what has failed, from indexes that hold nothing else. */
export const createTroubles = ({
  db,
}: Backend): Pick<Repairs, 'waiting' | 'failed' | 'find' | 'payloadOf'> => {
  const read = async (query: RawBuilder<Row>): Promise<readonly Troubled[]> => {
    const { rows } = await query.execute(db)
    return rows.map(toTroubled)
  }

  /** Entries of which a part has failed, by their last failing part. */
  const failed = (which: RawBuilder<unknown>, limit: number): Promise<readonly Troubled[]> =>
    read(sql<Row>`select failure.lane, (select grp from lane where id = failure.lane) as "group", failure.pos, entry.kind, ${shownPayload}, entry.at, failure.at as failed_at, failure.reason, entry.retry_of,
        failure.text, failure.possibly_twice as unsure, 0 as behind, 0 as attempts, null as next_at
      from delivery as failure join entry on entry.lane = failure.lane and entry.pos = failure.pos
      where failure.state = 'failed' and ${which} and not exists (
        select 1 from delivery as earlier where earlier.lane = failure.lane and earlier.pos = failure.pos
          and earlier.part < failure.part and earlier.state = 'failed')
      order by failure.at desc, failure.lane desc, failure.pos desc limit ${limit}`)

  return {
    waiting: (limit) =>
      read(sql<Row>`select ${waitingColumns} from lane
        join entry on entry.lane = lane.id and entry.pos = lane.head + 1
        where tail > head and lane.id not like 'hook:%' order by next_at limit ${limit}`),
    failed: (limit, after) => {
      if (after === undefined) return failed(sql`1 = 1`, limit)
      const [pos = '0', ...rest] = after.id.split('#').toReversed()
      const lane = rest.toReversed().join('#')
      return failed(
        sql`(failure.at, failure.lane, failure.pos) < (${after.at}, ${lane}, cast(${pos} as bigint))`,
        limit,
      )
    },
    find: async (lane, pos) => {
      const waiting = await read(sql<Row>`select ${waitingColumns} from lane
        join entry on entry.lane = lane.id and entry.pos = ${pos}
        where lane.id = ${lane} and head < ${pos}`)
      return waiting[0] ?? (await failed(sql`failure.lane = ${lane} and failure.pos = ${pos}`, 1))[0]
    },
    payloadOf: async (lane, pos) => {
      const { rows } = await sql<{ payload: string }>`
        select payload from entry where lane = ${lane} and pos = ${pos}`.execute(db)
      return rows[0]?.payload ?? ''
    },
  }
}
