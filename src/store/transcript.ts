import { sql } from 'kysely'
import type { Backend } from './dialect.ts'
import type { Direction, TranscriptEntry, TranscriptPage, TranscriptPlace } from './books-types.ts'
import { readDeliveries } from './deliveries.ts'

const directions: readonly Direction[] = ['turn', 'reply']

/** A platform's event is read by its adapter only, and may be large: `{}` stands for what is not erased. */
export const shownPayload = sql`case when entry.kind = 'event' and octet_length(entry.payload) > 0 then '{}'
  else entry.payload end as payload`

/** The newest entries of one direction before a position, newest first. */
const readLane = async (
  { db, dialect, transact }: Backend,
  direction: Direction,
  conversation: string,
  before: number,
  limit: number,
): Promise<readonly TranscriptEntry[]> => {
  const lane = `${direction}:${conversation}`
  const { rows } = await sql<{ pos: number; kind: string; payload: string; at: number; head: number }>`
    select entry.pos, entry.kind, ${shownPayload}, entry.at, lane.head from entry
    join lane on lane.id = entry.lane
    where entry.lane = ${lane} and entry.pos < ${before} order by entry.pos desc limit ${limit}`.execute(db)
  const oldest = rows.at(-1)
  const newest = rows[0]
  if (oldest === undefined || newest === undefined) return []
  const span = { lane, after: oldest.pos - 1, through: newest.pos }
  const deliveries = await transact((trx) => readDeliveries(trx, dialect, [span]))
  return rows.map(({ head, ...entry }) => ({
    ...entry,
    direction,
    lane,
    done: entry.pos <= head,
    parts: deliveries.get(lane)?.get(entry.pos) ?? [],
  }))
}

/** By time; in one direction always by position. */
const byTime = (one: TranscriptEntry, other: TranscriptEntry): number =>
  one.direction === other.direction ? one.pos - other.pos : one.at - other.at

/** The newest entries of a conversation, or those before a place. */
export const readTranscript = async (
  backend: Backend,
  conversation: string,
  limit: number,
  before: TranscriptPlace = { turn: Number.MAX_SAFE_INTEGER, reply: Number.MAX_SAFE_INTEGER },
): Promise<TranscriptPage> => {
  const [turns = [], replies = []] = await Promise.all(
    directions.map((direction) => readLane(backend, direction, conversation, before[direction], limit + 1)),
  )
  const merged: TranscriptEntry[] = []
  for (let turn = 0, reply = 0; merged.length <= limit;) {
    const [one, other] = [turns[turn], replies[reply]]
    const next = one !== undefined && (other === undefined || byTime(one, other) > 0) ? one : other
    if (next === undefined) break
    if (next === one) turn += 1
    else reply += 1
    merged.push(next)
  }
  const entries = merged.slice(0, limit).toReversed()
  if (merged.length <= limit) return { entries, older: undefined }
  const first = (direction: Direction): number =>
    entries.find((entry) => entry.direction === direction)?.pos ?? before[direction]
  return { entries, older: { turn: first('turn'), reply: first('reply') } }
}
