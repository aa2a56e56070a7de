import { sql } from 'kysely'
import { createRedact, mapTexts } from './redact.ts'
import type { Erased } from './types.ts'
import { forgetNames } from '../search/words.ts'
import type { StoreDialect } from '../dialect.ts'
import { isGuest } from './find-guest.ts'
import type { DeliveryTable, LaneTable, ThreadTable, Trx } from '../schema.ts'

const rowsAtOnce = 500

/** The reason of waiting entries that an erasure ends. */
export const erasedReason = 'It was erased before it was delivered.'

const partColumns = {
  lane: 'text',
  pos: 'bigint',
  part: 'bigint',
  state: 'text',
  text: 'text',
  author: 'text',
  author_id: 'text',
  reason: 'text',
} as const

export interface ErasedGuest {
  readonly erased: Erased
  /** Whether a record contains the guest's name, id or words. */
  readonly isTraced: (payload: string) => boolean
}

/**
 * Removes one guest from a conversation in which others have written, too: the guest's own messages go, and their names, ids and quoted
 * lines in everybody else's. Waiting messages of others stay as they are and are counted as `left`.
 */
export const eraseGuest = async (
  trx: Trx,
  dialect: StoreDialect,
  { conversation, nameOrId }: { readonly conversation: string; readonly nameOrId: string },
  now: number,
): Promise<ErasedGuest> => {
  const recorded = await read(trx, dialect, conversation)
  const { nextEntries, nextParts, nextThreads, names, redact, givenUp, left } = plan(recorded, nameOrId)
  const entries = differs(recorded.entries, nextEntries)
  const parts = differs(recorded.parts, nextParts)
  const threads = differs(recorded.threads, nextThreads)
  await writeErased(trx, dialect, { entries, parts, threads })
  // A greater token takes the lane from a holder that still has the old words.
  if (givenUp.size > 0)
    await sql`update lane set token = token + 1, lease_until = 0, next_at = ${now}, attempts = 0,
      failing_since = null, reason = null where id = ${`turn:${conversation}`}`.execute(trx)
  const { rows: named } = await sql<{ id: string }>`
    select id from conversation where id = ${conversation} and guest in ${dialect.list([...names])}`.execute(
    trx,
  )
  await forgetNames(
    trx,
    dialect,
    named.map(({ id }) => id),
  )
  return {
    erased: {
      entries: entries.length,
      deliveries: parts.length,
      threads: threads.length,
      givenUp: givenUp.size,
      left,
    },
    isTraced: (payload) => mapTexts(payload, redact) !== payload,
  }
}

const read = async (trx: Trx, dialect: StoreDialect, conversation: string): Promise<Recorded> => {
  const ids = [`turn:${conversation}`, `reply:${conversation}`]
  await dialect.lockLanes(trx, ids)
  const { rows: lanes } = await sql<LaneTable>`
    select * from lane where id in ${dialect.list(ids)}`.execute(trx)
  const { rows: entries } = await sql<EntryRow>`
    select lane, pos, kind, payload from entry where lane in ${dialect.list(ids)}`.execute(trx)
  const { rows: parts } = await sql<Parts>`
    select lane, pos, part, state, text, author, author_id, reason from delivery
    where lane in ${dialect.list(ids)}`.execute(trx)
  const { rows: threads } = await sql<ThreadRow>`
    select reference, sender, subject, thread_id from thread where conversation = ${conversation}`.execute(
    trx,
  )
  return { lanes, entries, parts, threads }
}

/** What is recorded of one conversation. */
interface Recorded {
  readonly lanes: readonly LaneTable[]
  readonly entries: readonly EntryRow[]
  readonly parts: readonly Parts[]
  readonly threads: readonly ThreadRow[]
}

type EntryRow = Pick<Parts, 'lane' | 'pos'> & { readonly kind: string; readonly payload: string }

type Parts = Pick<
  DeliveryTable,
  'lane' | 'pos' | 'part' | 'state' | 'text' | 'author' | 'author_id' | 'reason'
>

type ThreadRow = Pick<ThreadTable, 'reference' | 'sender' | 'subject' | 'thread_id'>

/** Redacts each row; `left` counts entries on their way that contain a trace. */
const plan = ({ lanes, entries, parts, threads }: Recorded, nameOrId: string) => {
  const matches = isGuest(nameOrId)
  const isOwn = (part: Parts): boolean =>
    part.author !== '' && matches({ name: part.author, id: part.author_id })
  const own = parts.filter(isOwn)
  const byName = [nameOrId, ...own.map(({ author }) => author)].map(isGuest)
  const ownThread = ({ sender }: ThreadRow): boolean =>
    sender !== '' && byName.some((isMeant) => isMeant({ name: sender }))
  const places = new Set(own.map(placeOf))
  const names = new Set([
    ...own.map(({ author }) => author),
    ...threads.filter(ownThread).map(({ sender }) => sender),
  ])
  const redact = createRedact({
    names: [...names],
    ids: [...new Set([nameOrId, ...own.map(({ author_id }) => author_id)])],
    texts: own.map(({ text }) => text),
  })
  const heads = new Map(lanes.map(({ id, head }) => [id, head]))
  const isDone = ({ lane, pos }: EntryRow | Parts): boolean => pos <= (heads.get(lane) ?? 0)
  const quoting = new Set(entries.filter((it) => it.kind === 'notice' && isDone(it)).map(placeOf))
  const left = new Set<string>()
  const change = (row: EntryRow | Parts, text: string, struck: (text: string) => string): string => {
    if (places.has(placeOf(row)) || quoting.has(placeOf(row))) return ''
    const next = struck(text)
    if (next === text || isDone(row)) return next
    left.add(placeOf(row))
    return text
  }
  const nextEntries = entries.map((row) => ({
    ...row,
    payload: change(row, row.payload, (it) => mapTexts(it, redact)),
  }))
  const nextParts = parts.map((row) => {
    const next = { ...row, text: change(row, row.text, redact) }
    if (!places.has(placeOf(row))) return next
    const ended =
      row.state === 'sent' || row.state === 'failed' ? {} : { state: 'failed' as const, reason: erasedReason }
    return { ...next, author: '', author_id: '', ...ended }
  })
  const nextThreads = threads.map((row) =>
    ownThread(row)
      ? { ...row, subject: `ref ${row.reference}`, sender: row.thread_id === null ? 'Guest' : '' }
      : { ...row, subject: redact(row.subject) },
  )
  const givenUp = new Set(own.filter((row) => !isDone(row)).map(placeOf))
  return { nextEntries, nextParts, nextThreads, names, redact, givenUp, left: left.size }
}

const placeOf = ({ lane, pos }: { readonly lane: string; readonly pos: number }): string => `${lane}#${pos}`

const differs = <Row extends object>(old: readonly Row[], next: readonly Row[]): readonly Row[] =>
  next.filter((row, index) => JSON.stringify(row) !== JSON.stringify(old[index]))

interface Changed {
  readonly entries: readonly EntryRow[]
  readonly parts: readonly Parts[]
  readonly threads: readonly ThreadRow[]
}

const writeErased = async (
  trx: Trx,
  dialect: StoreDialect,
  { entries, parts, threads }: Changed,
): Promise<void> => {
  await inChunks(entries, (chunk) => {
    const rows = dialect.table({ lane: 'text', pos: 'bigint', kind: 'text', payload: 'text' }, chunk)
    return sql`update entry set payload = changed.payload from ${rows} as changed
      where entry.lane = changed.lane and entry.pos = changed.pos`.execute(trx)
  })
  await inChunks(parts, (chunk) => {
    const rows = dialect.table(partColumns, chunk)
    return sql`update delivery set state = changed.state, text = changed.text, author = changed.author,
        author_id = changed.author_id, reason = changed.reason from ${rows} as changed
      where delivery.lane = changed.lane and delivery.pos = changed.pos
        and delivery.part = changed.part`.execute(trx)
  })
  await inChunks(threads, (chunk) => {
    const rows = dialect.table(
      { reference: 'text', sender: 'text', subject: 'text', thread_id: 'text' },
      chunk,
    )
    return sql`update thread set sender = changed.sender, subject = changed.subject from ${rows} as changed
      where thread.reference = changed.reference`.execute(trx)
  })
}

const inChunks = async <Row>(rows: readonly Row[], write: (chunk: readonly Row[]) => Promise<unknown>) => {
  for (let at = 0; at < rows.length; at += rowsAtOnce) await write(rows.slice(at, at + rowsAtOnce))
}
