import { sql } from 'kysely'
import type { Backend, Columns, StoreDialect } from '../dialect.ts'
import type { Db, DeliveryTable, Trx } from '../schema.ts'
import type { Delivery, Recorded } from './types.ts'

const columns: Columns<DeliveryTable> = {
  lane: 'text',
  pos: 'bigint',
  part: 'bigint',
  state: 'text',
  text: 'text',
  target: 'text',
  author: 'text',
  author_id: 'text',
  started_at: 'bigint',
  native_id: 'text',
  possibly_twice: 'bigint',
  awaits_reply: 'bigint',
  reason: 'text',
  at: 'bigint',
}

const identity: readonly string[] = ['lane', 'pos', 'part']

const names = Object.keys(columns)

const overwrite = sql.join(
  names
    .filter((name) => !identity.includes(name))
    .map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`),
)

/** Writes deliveries over what is known of the same lane, position and part; the last one given counts. */
export const writeDeliveries = async (
  trx: Trx,
  dialect: StoreDialect,
  deliveries: readonly (Delivery & { readonly lane: string })[],
): Promise<void> => {
  if (deliveries.length === 0) return
  const last = new Map(
    deliveries.map((it) => [JSON.stringify([it.lane, it.pos, it.part]), toRow(it.lane, it)]),
  )
  const ending = sql`on conflict (lane, pos, part) do update set ${overwrite}`
  await dialect.insert(trx, { table: 'delivery', columns, ending }, [...last.values()])
}

/** What is known of the entries in the spans: by lane, then by position, the parts in order. */
export const readDeliveries = async (
  db: Db,
  dialect: StoreDialect,
  spans: readonly Span[],
): Promise<ReadonlyMap<string, ReadonlyMap<number, readonly Delivery[]>>> => {
  const wanted = dialect.table({ lane: 'text', after: 'bigint', through: 'bigint' }, spans)
  const { rows } = await sql<DeliveryTable>`
    select delivery.* from ${wanted} as wanted
    join delivery on delivery.lane = wanted.lane and delivery.pos > wanted.after and delivery.pos <= wanted.through
    order by delivery.lane, delivery.pos, delivery.part`.execute(db)
  const found = new Map<string, Map<number, Delivery[]>>()
  for (const row of rows) {
    const ofLane = found.get(row.lane) ?? new Map<number, Delivery[]>()
    found.set(row.lane, ofLane)
    ofLane.set(row.pos, [...(ofLane.get(row.pos) ?? []), toDelivery(row)])
  }
  return found
}

/** What is recorded under keys, each with what is known of its parts. */
export const readRecorded = (
  { dialect, transact }: Backend,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Recorded>> =>
  transact(async (trx) => {
    const { rows } = await sql<{ key: string; lane: string; pos: number }>`
      select key, lane, pos from seen where key in ${dialect.list(keys)}`.execute(trx)
    const places = new Map(rows.map(({ lane, pos }) => [`${pos} ${lane}`, { lane, pos }]))
    const spans = Array.from(places.values(), ({ lane, pos }) => ({ lane, after: pos - 1, through: pos }))
    const found = await readDeliveries(trx, dialect, spans)
    return new Map(
      rows.map(({ key, lane, pos }) => [key, { lane, pos, deliveries: found.get(lane)?.get(pos) ?? [] }]),
    )
  })

/** The native ids that deliveries to the targets were given since then. */
export const readNativeIds = async (
  db: Db,
  dialect: StoreDialect,
  targets: readonly string[],
  since: number,
): Promise<ReadonlySet<string>> => {
  const { rows } = await sql<{ native_id: string }>`
    select native_id from delivery
    where target in ${dialect.list(targets)} and at >= ${since} and native_id is not null`.execute(db)
  return new Set(rows.map((row) => row.native_id))
}

/** Which Mews message ids a delivery was given, or an entry has as its key `mews:<id>`. */
export const readKnownMessages = async (
  db: Db,
  dialect: StoreDialect,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  const keys = ids.map((id) => `mews:${id}`)
  const { rows } = await sql<{ key: string }>`
    select key from seen where key in ${dialect.list(keys)}
    union all
    select 'mews:' || native_id from delivery
    where native_id in ${dialect.list(ids)} and native_id is not null`.execute(db)
  const known = new Set(rows.map(({ key }) => key))
  return new Set(ids.filter((id) => known.has(`mews:${id}`)))
}

/** Whether a part of a lane's newest entry of a kind before a position has failed. */
export const readLastHasFailed = async (
  db: Db,
  { lane, kind, before }: { readonly lane: string; readonly kind: string; readonly before: number },
): Promise<boolean> => {
  const { rows } = await sql<{ failed: number }>`
    select count(*) as failed from delivery where lane = ${lane} and state = 'failed' and pos = (
      select pos from entry where lane = ${lane} and kind = ${kind} and pos < ${before}
      order by pos desc limit 1)`.execute(db)
  return (rows[0]?.failed ?? 0) > 0
}

/** The positions of one lane that a claim hands out: beyond `after`, up to `through`. */
export interface Span {
  readonly lane: string
  readonly after: number
  readonly through: number
}

const toRow = (lane: string, delivery: Delivery): DeliveryTable => {
  const { startedAt, nativeId, possiblyTwice, awaitsReply = false, authorId = '', ...same } = delivery
  return {
    ...same,
    lane,
    author_id: authorId,
    started_at: startedAt,
    native_id: nativeId,
    possibly_twice: possiblyTwice ? 1 : 0,
    awaits_reply: awaitsReply ? 1 : 0,
  }
}

const toDelivery = (row: DeliveryTable): Delivery => {
  const { lane: _, author_id, started_at, native_id, possibly_twice, awaits_reply, ...same } = row
  return {
    ...same,
    ...(author_id === '' ? {} : { authorId: author_id }),
    ...(awaits_reply === 1 ? { awaitsReply: true } : {}),
    startedAt: started_at,
    nativeId: native_id,
    possiblyTwice: possibly_twice === 1,
  }
}
