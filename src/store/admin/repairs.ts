import { sql } from 'kysely'
import type { Clock } from '../../port.ts'
import { appendEntries } from '../lanes/append.ts'
import type { RepairResult, Repairs } from './types.ts'
import { readDeliveries, writeDeliveries } from '../lanes/deliveries.ts'
import { writeWaits } from '../lanes/waits.ts'
import type { Backend } from '../dialect.ts'
import type { LaneTable, Trx } from '../schema.ts'
import { createFailures } from './failures.ts'
import type { Delivery, Entry } from '../lanes/types.ts'

/** The repairs of deliveries, each in one transaction. */
export const createRepairs = (backend: Backend, clock: Clock): Repairs => {
  const { dialect, transact } = backend

  const repair = (id: string, pos: number, others: readonly string[], work: Work): Promise<RepairResult> =>
    transact(async (trx) => {
      await dialect.lockLanes(trx, [id, ...others])
      const place = await read(trx, dialect, id, pos)
      return place === undefined ? 'not there' : work(trx, place)
    })

  /** Ends an entry with the given state if it is the first that waits in its lane, or has failed. */
  const end = async (
    trx: Trx,
    { lane, deliveries }: Place,
    pos: number,
    change: Pick<Delivery, 'state' | 'reason'>,
  ): Promise<RepairResult> => {
    const now = clock.now()
    if (pos > lane.head + 1) return 'not first'
    const waits = pos > lane.head
    const ended = partsOf(deliveries, pos, now)
      .filter(({ state }) => (waits ? state !== 'sent' : state === 'failed'))
      .map((part) => ({ ...part, ...change, at: now, lane: lane.id }))
    if (!waits && ended.length === 0) return 'not there'
    await writeDeliveries(trx, dialect, ended)
    if (waits) await pass(trx, lane, now)
    return 'done'
  }

  return {
    ...createFailures(backend),
    retry: (id, pos) =>
      repair(id, pos, [], async (trx, place) => {
        if (pos > place.lane.head) return retryWaiting(trx, place, clock.now())
        if (!place.deliveries.some(({ state }) => state === 'failed')) return 'not there'
        return retryFailed(trx, dialect, place, clock.now())
      }),
    giveUp: (id, pos, reason, notices: readonly Entry[]) =>
      repair(
        id,
        pos,
        notices.map(({ lane }) => lane),
        async (trx, place) => {
          if (pos <= place.lane.head) return 'not there'
          const result = await end(trx, place, pos, { state: 'failed', reason })
          if (result === 'done') await appendEntries(trx, dialect, notices, clock.now())
          return result
        },
      ),
    markDelivered: (id, pos, reason, { notices, waits = [] }) =>
      repair(
        id,
        pos,
        notices.map(({ lane }) => lane),
        async (trx, place) => {
          const result = await end(trx, place, pos, { state: 'sent', reason })
          if (result !== 'done') return result
          await appendEntries(trx, dialect, notices, clock.now())
          await writeWaits(trx, dialect, waits)
          return result
        },
      ),
  }
}

/** Repairs one entry; runs with its lane locked. */
type Work = (trx: Trx, place: Place) => Promise<RepairResult>

interface Place {
  readonly lane: LaneTable
  readonly entry: { readonly kind: string; readonly payload: string; readonly at: number }
  readonly deliveries: readonly Delivery[]
}

const read = async (
  trx: Trx,
  dialect: Backend['dialect'],
  id: string,
  pos: number,
): Promise<Place | undefined> => {
  const { rows: lanes } = await sql<LaneTable>`select * from lane where id = ${id}`.execute(trx)
  const { rows: entries } = await sql<Place['entry']>`
    select kind, payload, at from entry where lane = ${id} and pos = ${pos}`.execute(trx)
  const found = await readDeliveries(trx, dialect, [{ lane: id, after: pos - 1, through: pos }])
  const [lane, entry] = [lanes[0], entries[0]]
  return lane === undefined || entry === undefined
    ? undefined
    : { lane, entry, deliveries: found.get(id)?.get(pos) ?? [] }
}

/** What was to be sent, or a part without words for an entry that was not prepared yet. */
const partsOf = (deliveries: readonly Delivery[], pos: number, at: number): readonly Delivery[] => {
  if (deliveries.length > 0) return deliveries
  const nothing = { text: '', target: '', author: '', nativeId: null, possiblyTwice: false, reason: null }
  return [{ ...nothing, pos, part: 0, state: 'waiting', startedAt: at, at }]
}

/** Ends the first waiting entry. A greater token takes the lane from its holder. */
const pass = async (trx: Trx, { id, head }: LaneTable, now: number): Promise<void> => {
  await sql`update lane set head = ${head + 1}, token = token + 1, lease_until = 0, next_at = ${now},
    attempts = 0, failing_since = null, reason = null where id = ${id}`.execute(trx)
}

const retryWaiting = async (trx: Trx, { lane }: Place, now: number): Promise<RepairResult> => {
  await sql`update lane set next_at = ${now} where id = ${lane.id}`.execute(trx)
  return 'done'
}

/** Moves a failed entry to the end of its lane. Parts that arrived stay recorded; parts without words or a thread are prepared again. */
const retryFailed = async (
  trx: Trx,
  dialect: Backend['dialect'],
  { lane, entry, deliveries }: Place,
  now: number,
): Promise<RepairResult> => {
  if (entry.payload === '') return 'erased'
  const [first] = deliveries
  if (first === undefined) return 'not there'
  const { id, grp } = lane
  const key = `retry:${id}:${first.pos}`
  const again = { lane: id, group: grp, kind: entry.kind, keys: [key], payload: entry.payload, at: now }
  await appendEntries(trx, dialect, [again], now)
  const place = await sql<{ pos: number }>`select pos from seen where key = ${key}`.execute(trx)
  const pos = place.rows[0]?.pos ?? 0
  await sql`update entry set retry_of = ${first.pos} where lane = ${id} and pos = ${pos}`.execute(trx)
  const anew = deliveries.every(
    ({ text, target }) => text === '' || (id.startsWith('turn:') && target === ''),
  )
  const moved = deliveries.map((part) =>
    part.state === 'failed' ? { ...part, state: 'waiting' as const, startedAt: now, at: now } : part,
  )
  if (!anew)
    await writeDeliveries(
      trx,
      dialect,
      moved.map((part) => ({ ...part, pos, lane: id })),
    )
  await sql`delete from delivery where lane = ${id} and pos = ${first.pos}`.execute(trx)
  return 'done'
}
