import { sql } from 'kysely'
import type { Clock } from '../../port.ts'
import { joinWords, toWords, writeWords } from './words.ts'
import type { Backend, Columns, StoreDialect } from '../dialect.ts'
import { createMarks } from '../marks.ts'
import type { LaneTable, Trx } from '../schema.ts'

const columns: Columns<Row> = {
  id: 'text',
  platform: 'text',
  property: 'text',
  guest: 'text',
  search: 'text',
  last_at: 'bigint',
}

/** What is recorded now may carry a time that lies so far back: another instance's clock, a slow commit. */
const overlapMs = 30_000

const chunk = 5_000

/** Conversations of one transaction: small enough that messages on their way hardly notice. */
const writtenAtOnce = 500

const seenUntil = 'conversations:seen'

/** Updates the property of these lanes' conversations, where they are indexed already. */
export const writeProperties = async (
  trx: Trx,
  dialect: StoreDialect,
  lanes: readonly Pick<LaneTable, 'id' | 'grp'>[],
): Promise<void> => {
  const rows = lanes.map(({ id, grp }) => ({ id: afterColon(id), property: propertyOf(grp) }))
  await sql`update conversation set property = moved.property
    from ${dialect.table({ id: 'text', property: 'text' }, rows)} as moved
    where conversation.id = moved.id`.execute(trx)
}

/** Indexes what was recorded since the last run in the list of conversations. */
export const createIndexConversations = (backend: Backend, clock: Clock): (() => Promise<void>) => {
  const { db } = backend
  const marks = createMarks(backend)
  const note = createList(backend)

  const take = async (from: number): Promise<{ readonly last: number; readonly more: boolean }> => {
    const { rows } = await sql<{ lane: string; at: number; entries: number }>`
      select lane, max(at) as at, count(*) as entries from
        (select lane, at from entry where payload <> '' and at >= ${from} order by at limit ${chunk}) as taken
      group by lane`.execute(db)
    const latest = new Map<string, number>()
    let last = from
    let entries = 0
    for (const row of rows) {
      const id = afterColon(row.lane)
      if (!row.lane.startsWith('hook:')) latest.set(id, Math.max(row.at, latest.get(id) ?? 0))
      last = Math.max(last, row.at)
      entries += row.entries
    }
    await note(latest)
    return { last, more: entries === chunk }
  }

  return async () => {
    const seen = Number((await marks.get(seenUntil)) ?? 0)
    let from = Math.max(0, seen - overlapMs)
    for (;;) {
      const { last, more } = await take(from)
      const next = Math.max(seen, Math.min(last, clock.now()))
      if (next > seen) await marks.set(seenUntil, String(next))
      if (!more) return
      from = last > from ? last : from + 1
    }
  }
}

interface Row {
  readonly id: string
  readonly platform: string
  readonly property: string
  readonly guest: string
  readonly search: string
  readonly last_at: number
}

const afterColon = (text: string): string => text.slice(text.indexOf(':') + 1)

/** Empty while a lane has none. */
const propertyOf = (group: string): string => (group.startsWith('turn:') ? afterColon(group) : '')

/** The list of conversations: when each was last heard of. */
const createList = ({ db, dialect, transact }: Backend) => {
  const read = async (latest: ReadonlyMap<string, number>): Promise<readonly Row[]> => {
    // All writers use one order, so that concurrent ones wait instead of failing.
    const ids = [...latest.keys()].toSorted()
    const { rows: lanes } = await sql<{ id: string; grp: string }>`
      select id, grp from lane where id in ${dialect.list(ids.map((each) => `turn:${each}`))}`.execute(db)
    const { rows: threads } = await sql<{ conversation: string; sender: string }>`
      select conversation, sender from thread where conversation in ${dialect.list(ids)} and sender <> ''
      order by started_at`.execute(db)
    const properties = new Map(lanes.map((lane) => [afterColon(lane.id), propertyOf(lane.grp)]))
    const guests = new Map(threads.map(({ conversation, sender }) => [conversation, sender]))
    return ids.map((each) => {
      const guest = guests.get(each) ?? ''
      return {
        id: each,
        platform: each.slice(0, each.indexOf(':')),
        property: properties.get(each) ?? '',
        guest,
        search: joinWords(toWords(guest, each)),
        last_at: latest.get(each) ?? 0,
      }
    })
  }

  const write = async (trx: Trx, rows: readonly Row[]): Promise<void> => {
    const { rows: named } = await sql<{ id: string }>`
      select id from conversation where guest <> '' and id in ${dialect.list(rows.map(({ id }) => id))}`.execute(
      trx,
    )
    const known = new Set(named.map(({ id }) => id))
    await writeWords(
      trx,
      dialect,
      rows.filter(({ id, guest }) => guest !== '' || !known.has(id)),
    )
    await sql`insert into conversation (id, platform, property, guest, search, last_at)
      select id, platform, property, guest, search, last_at from ${dialect.table(columns, rows)} as seen where true
      on conflict (id) do update set
        property = case when excluded.property <> '' then excluded.property else conversation.property end,
        search = case when excluded.guest <> '' then excluded.search else conversation.search end,
        guest = case when excluded.guest <> '' then excluded.guest else conversation.guest end,
        last_at = case when excluded.last_at > conversation.last_at
          then excluded.last_at else conversation.last_at end`.execute(trx)
  }

  /** Conversations that the list knows too little about: a name may come later than the conversation. */
  const news = async (latest: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>> => {
    const { rows } = await sql<Pick<Row, 'id' | 'last_at'>>`
      select id, last_at from conversation
      where id in ${dialect.list([...latest.keys()])} and guest <> '' and property <> ''`.execute(db)
    const known = new Map(rows.map(({ id, last_at }) => [id, last_at]))
    return new Map([...latest].filter(([id, at]) => at > (known.get(id) ?? -1)))
  }

  return async (latest: ReadonlyMap<string, number>): Promise<void> => {
    const changed = await news(latest)
    if (changed.size === 0) return
    const rows = await read(changed)
    for (let at = 0; at < rows.length; at += writtenAtOnce)
      await transact((trx) => write(trx, rows.slice(at, at + writtenAtOnce)))
  }
}
