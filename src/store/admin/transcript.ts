import { sql } from 'kysely'
import type { Direction, TranscriptEntry, TranscriptPage, TranscriptPlace } from './types.ts'
import { readDeliveries } from '../lanes/deliveries.ts'
import type { Backend } from '../dialect.ts'
import type { Db } from '../schema.ts'

/** How much text a page takes, in bytes; a single entry may take more. */
const bytesPerPage = 256 * 1024

/** The newest entries of a conversation, or those before a place. */
export const readTranscript = async (
  backend: Backend,
  conversation: string,
  limit: number,
  before: TranscriptPlace = { turn: Number.MAX_SAFE_INTEGER, reply: Number.MAX_SAFE_INTEGER },
): Promise<TranscriptPage> => {
  const { entries, next } = await readPage(backend, conversation, { order: 'desc', from: before, limit })
  return { entries: entries.toReversed(), next }
}

/** The oldest entries of a conversation, or those after a place. */
export const readTranscriptOn = (
  backend: Backend,
  conversation: string,
  limit: number,
  after: TranscriptPlace = { turn: 0, reply: 0 },
): Promise<TranscriptPage> => readPage(backend, conversation, { order: 'asc', from: after, limit })

const directions: readonly Direction[] = ['turn', 'reply']

/** Only its adapter can read a platform's event, and it may be large, so `{}` stands for one that is not erased. */
export const shownPayload = sql`case when entry.kind = 'event' and octet_length(entry.payload) > 0 then '{}'
  else entry.payload end as payload`

const shownSize = sql`case when entry.kind = 'event' then 2 else octet_length(entry.payload) end`

/** Finds out first which entries fit on a page, by their sizes, and reads only those. */
const readPage = async (
  { db, dialect }: Backend,
  conversation: string,
  query: PageQuery,
): Promise<TranscriptPage> => {
  const [turns, replies] = await Promise.all([
    readSizes(db, 'turn', conversation, query),
    readSizes(db, 'reply', conversation, query),
  ])
  const all = merge(turns, replies, query.order)
  const fit = fitting(all, query.limit)
  const spans = directions.flatMap((direction) => {
    const own = fit.flatMap((entry) => (entry.direction === direction ? [entry.pos] : []))
    const lane = `${direction}:${conversation}`
    return own.length === 0 ? [] : [{ lane, after: Math.min(...own) - 1, through: Math.max(...own) }]
  })
  const payloads = new Map<string, Payload>()
  for (const span of spans)
    for (const row of await readPayloads(db, span)) payloads.set(`${span.lane}#${row.pos}`, row)
  const deliveries = await readDeliveries(db, dialect, spans)
  const entries = fit.flatMap(({ direction, pos, at, head }) => {
    const lane = `${direction}:${conversation}`
    const row = payloads.get(`${lane}#${pos}`)
    if (row === undefined) return []
    const parts = deliveries.get(lane)?.get(pos) ?? []
    return [{ direction, lane, pos, kind: row.kind, payload: row.payload, at, done: pos <= head, parts }]
  })
  return { entries, next: fit.length < all.length ? placeOf(fit, query.from) : undefined }
}

interface PageQuery {
  readonly order: 'asc' | 'desc'
  readonly from: TranscriptPlace
  readonly limit: number
}

/** One more than the limit, so that it shows whether the page is the last one. */
const readSizes = async (
  db: Db,
  direction: Direction,
  conversation: string,
  { order, from, limit }: PageQuery,
): Promise<readonly Sized[]> => {
  const lane = `${direction}:${conversation}`
  const beyond = order === 'asc' ? sql`entry.pos > ${from[direction]}` : sql`entry.pos < ${from[direction]}`
  const { rows } = await sql<Omit<Sized, 'direction'>>`
    select entry.pos, entry.at, lane.head, ${shownSize} + coalesce((
      select sum(octet_length(text)) from delivery
      where delivery.lane = entry.lane and delivery.pos = entry.pos), 0) as size
    from entry join lane on lane.id = entry.lane
    where entry.lane = ${lane} and ${beyond} order by entry.pos ${sql.raw(order)} limit ${limit + 1}`.execute(
    db,
  )
  return rows.map((row) => ({ direction, ...row }))
}

/** An entry before it is read. */
interface Sized extends Pick<TranscriptEntry, 'direction' | 'pos' | 'at'> {
  /** In bytes, all its parts included. */
  readonly size: number
  /** Of its lane. */
  readonly head: number
}

/** Both directions by time, each by its positions. */
const merge = (
  turns: readonly Sized[],
  replies: readonly Sized[],
  order: PageQuery['order'],
): readonly Sized[] => {
  /** Of the same time the turn is the older one. */
  const turnFirst = (one: Sized, other: Sized): boolean =>
    order === 'asc' ? one.at <= other.at : one.at > other.at
  const merged: Sized[] = []
  for (let turn = 0, reply = 0; ;) {
    const [one, other] = [turns[turn], replies[reply]]
    const next = one !== undefined && (other === undefined || turnFirst(one, other)) ? one : other
    if (next === undefined) return merged
    if (next === one) turn += 1
    else reply += 1
    merged.push(next)
  }
}

/** The first entries that a page holds; at least one. */
const fitting = (entries: readonly Sized[], limit: number): readonly Sized[] => {
  let left = bytesPerPage
  const end = entries.findIndex(({ size }, index) => {
    left -= size
    return index >= limit || (left < 0 && index > 0)
  })
  return end === -1 ? entries : entries.slice(0, end)
}

type Payload = Pick<TranscriptEntry, 'pos' | 'kind' | 'payload'>

const readPayloads = async (
  db: Db,
  { lane, after, through }: { readonly lane: string; readonly after: number; readonly through: number },
): Promise<readonly Payload[]> => {
  const { rows } = await sql<Payload>`select entry.pos, entry.kind, ${shownPayload} from entry
    where entry.lane = ${lane} and entry.pos > ${after} and entry.pos <= ${through}`.execute(db)
  return rows
}

/** Where a page ended, in both directions. */
const placeOf = (entries: readonly Sized[], from: TranscriptPlace): TranscriptPlace => {
  const last = (direction: Direction): number =>
    entries.findLast((entry) => entry.direction === direction)?.pos ?? from[direction]
  return { turn: last('turn'), reply: last('reply') }
}
