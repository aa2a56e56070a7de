import { sql } from 'kysely'
import { writeProperties } from '../search/index-conversations.ts'
import { writeDeliveries } from './deliveries.ts'
import { writeWaits } from './waits.ts'
import type { Columns, StoreDialect } from '../dialect.ts'
import type { LaneTable, Trx } from '../schema.ts'
import type { Settlement } from './types.ts'

/** For each settlement whether it counted, in the given order, and the groups of released lanes in which something still waits. */
export interface Settled {
  readonly accepted: readonly boolean[]
  readonly groups: readonly string[]
}

/**
 * Writes the progress of lanes whose token still holds them, and nothing for the others. Several settlements of one lane
 * count one after the other. The lanes must be locked.
 */
export const settleLanes = async (
  trx: Trx,
  dialect: StoreDialect,
  settlements: readonly Settlement[],
  now: number,
): Promise<Settled> => {
  if (settlements.length === 0) return { accepted: [], groups: [] }
  const lanes = await readLanes(
    trx,
    dialect,
    settlements.map(({ lane }) => lane),
  )
  const changed = new Map<string, LaneTable>()
  const accepted = settlements.map((settlement) => {
    const lane = changed.get(settlement.lane) ?? lanes.get(settlement.lane)
    if (lane === undefined || lane.lease_until === 0 || lane.token !== settlement.token) return false
    changed.set(lane.id, advance(lane, settlement, now))
    return true
  })
  const deliveries = settlements
    .filter((_, index) => accepted[index])
    .flatMap(({ lane, deliveries: written = [] }) => written.map((delivery) => ({ ...delivery, lane })))
  await updateLanes(trx, dialect, [...changed.values()])
  const moved = [...changed.values()].filter(({ id, grp }) => grp !== lanes.get(id)?.grp)
  if (moved.length > 0) await writeProperties(trx, dialect, moved)
  await writeDeliveries(trx, dialect, deliveries)
  await writeWaits(
    trx,
    dialect,
    settlements.flatMap(({ waits = [] }, index) => (accepted[index] ? waits : [])),
  )
  const ready = [...changed.values()].filter(
    ({ lease_until, head, tail }) => lease_until === 0 && tail > head,
  )
  return { accepted, groups: ready.map(({ grp }) => grp) }
}

const healthy = { attempts: 0, failing_since: null, reason: null }

const progress: Columns<Progress> = {
  id: 'text',
  grp: 'text',
  head: 'bigint',
  lease_until: 'bigint',
  next_at: 'bigint',
  attempts: 'bigint',
  failing_since: 'bigint',
  reason: 'text',
  awaiting: 'bigint',
  note: 'text',
}

const readLanes = async (
  trx: Trx,
  dialect: StoreDialect,
  ids: readonly string[],
): Promise<ReadonlyMap<string, LaneTable>> => {
  const { rows } = await sql<LaneTable>`
    select * from lane where id in ${dialect.list(ids)}`.execute(trx)
  return new Map(rows.map((row) => [row.id, row]))
}

/** The lane after a settlement. Progress ends a failure: attempts and the time it has lasted belong to one entry. */
const advance = (
  lane: LaneTable,
  { doneThrough = lane.head, note = lane.note, nextStep }: Settlement,
  now: number,
): LaneTable => {
  const noted: LaneTable = note === lane.note ? lane : { ...lane, note }
  const moved: LaneTable = doneThrough > lane.head ? { ...noted, ...healthy, head: doneThrough } : noted
  if (nextStep.next === 'hold') return moved
  const free = { ...moved, lease_until: 0, awaiting: 0 }
  switch (nextStep.next) {
    case 'release':
      return { ...free, ...healthy, next_at: now }
    case 'move':
      return { ...free, ...healthy, next_at: now, grp: nextStep.group }
    case 'await':
      return {
        ...free,
        awaiting: nextStep.asked ? 2 : 1,
        next_at: free.tail > nextStep.seen ? now : nextStep.until,
        failing_since: free.failing_since ?? now,
        reason: nextStep.reason,
      }
    case 'retry':
      return {
        ...free,
        next_at: nextStep.at,
        attempts: free.attempts + (nextStep.countAttempt ? 1 : 0),
        failing_since: free.failing_since ?? now,
        reason: nextStep.reason,
      }
    default:
      return nextStep satisfies never
  }
}

const updateLanes = async (trx: Trx, dialect: StoreDialect, lanes: readonly LaneTable[]): Promise<void> => {
  if (lanes.length === 0) return
  const settled = dialect.table(progress, lanes)
  await sql`
    update lane set
      grp = settled.grp, head = settled.head, lease_until = settled.lease_until, next_at = settled.next_at,
      attempts = settled.attempts, failing_since = settled.failing_since, reason = settled.reason, awaiting = settled.awaiting,
      note = settled.note
    from ${settled} as settled where lane.id = settled.id`.execute(trx)
}

/** The columns that a settlement may change; a lane's end, token and routing stay. */
type Progress = Pick<
  LaneTable,
  | 'id'
  | 'grp'
  | 'head'
  | 'lease_until'
  | 'next_at'
  | 'attempts'
  | 'failing_since'
  | 'reason'
  | 'awaiting'
  | 'note'
>
