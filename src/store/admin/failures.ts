import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { cutExcerpt, excerptLength } from '../../util/text.ts'
import type { ListedTrouble, Repairs } from './types.ts'
import type { Backend } from '../dialect.ts'
import { shownPayload } from './transcript.ts'

/** A payload above this many bytes is left out of a list. */
const longPayload = 4_096

const whole: Extent = { payload: shownPayload, text: (column) => column }

const excerpt: Extent = {
  payload: sql`case when entry.kind <> 'event' and octet_length(entry.payload) > ${sql.lit(longPayload)} then null
    when entry.kind = 'event' and octet_length(entry.payload) > 0 then '{}' else entry.payload end as payload`,
  text: (column) => sql`substr(${column}, 1, ${sql.lit(excerptLength + 1)})`,
}

const unsure = sql`(select count(*) from delivery where delivery.lane = entry.lane and delivery.pos = entry.pos
  and (state = 'sending' or possibly_twice = 1)) as unsure`

/** Lists what waits and what has failed, from indexes that hold nothing else. */
export const createFailures = ({
  db,
}: Backend): Pick<Repairs, 'waiting' | 'failed' | 'find' | 'payloadOf'> => {
  const read = async (query: RawBuilder<Row>): Promise<readonly ListedTrouble[]> => {
    const { rows } = await query.execute(db)
    return rows.map(toTrouble)
  }

  /** Entries with a failed part, by their last failing part. */
  const failed = (
    which: RawBuilder<unknown>,
    limit: number,
    extent: Extent,
  ): Promise<readonly ListedTrouble[]> =>
    read(sql<Row>`select failure.lane, (select grp from lane where id = failure.lane) as "group", failure.pos, entry.kind, ${extent.payload}, entry.at, failure.at as failed_at, failure.reason, entry.retry_of,
        ${extent.text(sql`failure.text`)} as text, failure.possibly_twice as unsure, 0 as behind, 0 as attempts, null as next_at
      from delivery as failure join entry on entry.lane = failure.lane and entry.pos = failure.pos
      where failure.state = 'failed' and ${which} and not exists (
        select 1 from delivery as earlier where earlier.lane = failure.lane and earlier.pos = failure.pos
          and earlier.part < failure.part and earlier.state = 'failed')
      order by failure.at desc, failure.lane desc, failure.pos desc limit ${limit}`)

  return {
    waiting: (limit) =>
      cut(
        read(sql<Row>`select ${waitingColumns(excerpt)} from lane
        join entry on entry.lane = lane.id and entry.pos = lane.head + 1
        where tail > head and lane.id not like 'hook:%' order by next_at limit ${limit}`),
      ),
    failed: (limit, after) => {
      if (after === undefined) return cut(failed(sql`1 = 1`, limit, excerpt))
      const [pos = '0', ...rest] = after.id.split('#').toReversed()
      const lane = rest.toReversed().join('#')
      return cut(
        failed(
          sql`(failure.at, failure.lane, failure.pos) < (${after.at}, ${lane}, cast(${pos} as bigint))`,
          limit,
          excerpt,
        ),
      )
    },
    find: async (lane, pos) => {
      const waiting = await read(sql<Row>`select ${waitingColumns(whole)} from lane
        join entry on entry.lane = lane.id and entry.pos = ${pos}
        where lane.id = ${lane} and head < ${pos}`)
      const found =
        waiting[0] ?? (await failed(sql`failure.lane = ${lane} and failure.pos = ${pos}`, 1, whole))[0]
      return found === undefined ? undefined : { ...found, payload: found.payload ?? '' }
    },
    payloadOf: async (lane, pos) => {
      const { rows } = await sql<{ payload: string }>`
        select payload from entry where lane = ${lane} and pos = ${pos}`.execute(db)
      return rows[0]?.payload ?? ''
    },
  }
}

/** What to read of an entry: the part that a list shows, or all of it. */
interface Extent {
  readonly payload: RawBuilder<unknown>
  readonly text: (column: RawBuilder<unknown>) => RawBuilder<unknown>
}

interface Row {
  readonly lane: string
  readonly group: string
  readonly pos: number
  readonly kind: string
  readonly payload: string | null
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

const toTrouble = ({
  failed_at,
  next_at,
  retry_of,
  payload,
  text,
  unsure: uncertain,
  ...row
}: Row): ListedTrouble => ({
  ...row,
  payload: payload ?? undefined,
  unsure: uncertain > 0,
  text: text ?? '',
  failedAt: failed_at,
  nextAt: next_at,
  retryOf: retry_of,
})

const cut = async (read: Promise<readonly ListedTrouble[]>): Promise<readonly ListedTrouble[]> => {
  const rows = await read
  return rows.map((row) => ({ ...row, text: cutExcerpt(row.text) }))
}

const waitingColumns = (
  extent: Extent,
): RawBuilder<unknown> => sql`entry.lane, lane.grp as "group", entry.pos, entry.kind, ${extent.payload}, entry.at, failing_since as failed_at, lane.reason, entry.retry_of,
  ${words(extent)}, ${unsure}, tail - head - 1 as behind, attempts, next_at`

const words = ({ text }: Extent): RawBuilder<unknown> => sql`(select ${text(sql`text`)} from delivery
  where delivery.lane = entry.lane and delivery.pos = entry.pos order by part limit 1) as text`
