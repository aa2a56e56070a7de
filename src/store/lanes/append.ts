import { sql } from 'kysely'
import { type Columns, type StoreDialect, toStorable } from '../dialect.ts'
import type { LaneTable, Trx } from '../schema.ts'
import type { Entry } from './types.ts'

/** For each entry whether it was new, in the given order, and the groups of their lanes. */
export interface Appended {
  readonly isNew: readonly boolean[]
  readonly groups: readonly string[]
}

/**
 * Writes the entries whose keys are all unknown behind the ends of their lanes, in order; makes lanes that are missing.
 * The keys of an entry that was known are remembered as well. The lanes must be locked.
 */
export const appendEntries = async (
  trx: Trx,
  dialect: StoreDialect,
  given: readonly Entry[],
  now: number,
): Promise<Appended> => {
  const entries = given.map(withCleanIds)
  const known = await findKeys(
    trx,
    dialect,
    entries.flatMap(({ keys }) => keys),
  )
  const added = new Map<string, Place>()
  const fresh: Fresh[] = []
  const isNew = entries.map((entry) => {
    const earlier = entry.keys.map((key) => known.get(key)).find((place) => place !== undefined)
    const place = earlier ?? { lane: entry.lane, pos: 0 }
    for (const key of entry.keys) {
      if (known.has(key)) continue
      known.set(key, place)
      added.set(key, place)
    }
    if (earlier === undefined) fresh.push({ entry, place })
    return earlier === undefined
  })
  const groups = await extendLanes(trx, dialect, fresh, now)
  await insertEntries(trx, dialect, fresh)
  await insertKeys(trx, dialect, added)
  return { isNew, groups }
}

const newLane: Columns<NewLane> = {
  id: 'text',
  grp: 'text',
  tail: 'bigint',
  next_at: 'bigint',
  routing: 'text',
}

const entryColumns = { lane: 'text', pos: 'bigint', kind: 'text', payload: 'text', at: 'bigint' } as const

/** Ids are compared with what the database gives back. */
const withCleanIds = (entry: Entry): Entry => ({
  ...entry,
  lane: toStorable(entry.lane),
  keys: entry.keys.map(toStorable),
})

const findKeys = async (
  trx: Trx,
  dialect: StoreDialect,
  keys: readonly string[],
): Promise<Map<string, Place>> => {
  if (keys.length === 0) return new Map()
  const { rows } = await sql<Place & { key: string }>`
    select key, lane, pos from seen where key in ${dialect.list(keys)}`.execute(trx)
  return new Map(rows.map(({ key, lane, pos }) => [key, { lane, pos }]))
}

/** Where an entry stands; an entry's own place gets its position only once its lane's row is locked. */
interface Place {
  readonly lane: string
  pos: number
}

interface Fresh {
  readonly entry: Entry
  readonly place: Place
}

/**
 * Gives the places their positions. A healthy lane that was idle and one that awaits an entry queue up at `now`; any other
 * keeps its place.
 */
const extendLanes = async (
  trx: Trx,
  dialect: StoreDialect,
  fresh: readonly Fresh[],
  now: number,
): Promise<readonly string[]> => {
  if (fresh.length === 0) return []
  const lanes = new Map<string, NewLane>()
  for (const { entry } of fresh) {
    const { lane: id, group: grp, routing = '' } = entry
    const { tail = 0, ...first } = lanes.get(id) ?? { id, grp, routing, next_at: now }
    lanes.set(id, { ...first, tail: tail + 1 })
  }
  const added = dialect.table(newLane, [...lanes.values()])
  const { rows } = await sql<{ id: string; grp: string; tail: number }>`
    insert into lane (id, grp, tail, next_at, routing)
    select id, grp, tail, next_at, routing from ${added} as added where true order by id
    on conflict (id) do update set
      tail = lane.tail + excluded.tail,
      next_at = case
        when lane.awaiting > 0 or (lane.tail = lane.head and lane.failing_since is null) then excluded.next_at
        else lane.next_at
      end
    returning id, grp, tail`.execute(trx)
  const ends = new Map(rows.map(({ id, tail }) => [id, tail - (lanes.get(id)?.tail ?? 0)]))
  for (const { place } of fresh) {
    place.pos = (ends.get(place.lane) ?? 0) + 1
    ends.set(place.lane, place.pos)
  }
  return rows.map(({ grp }) => grp)
}

/** What appending writes of a lane. */
type NewLane = Pick<LaneTable, 'id' | 'grp' | 'tail' | 'next_at' | 'routing'>

const insertEntries = async (trx: Trx, dialect: StoreDialect, fresh: readonly Fresh[]): Promise<void> => {
  const rows = fresh.map(({ entry: { kind, payload, at }, place: { lane, pos } }) => ({
    lane,
    pos,
    kind,
    payload,
    at,
  }))
  await dialect.insert(trx, { table: 'entry', columns: entryColumns }, rows)
}

const insertKeys = async (
  trx: Trx,
  dialect: StoreDialect,
  added: ReadonlyMap<string, Place>,
): Promise<void> => {
  const rows = Array.from(added, ([key, { lane, pos }]) => ({ key, lane, pos }))
  await dialect.insert(trx, { table: 'seen', columns: { key: 'text', lane: 'text', pos: 'bigint' } }, rows)
}
