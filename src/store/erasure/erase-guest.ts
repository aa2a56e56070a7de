import { sql } from 'kysely'
import { type EntryRow, type Parts, readEntries, readParts } from './read-rows.ts'
import { createQuotes } from './quotes.ts'
import { createRedact, mapTexts } from './redact.ts'
import type { Erased } from '../admin/types.ts'
import { forgetNames } from '../search/words.ts'
import type { StoreDialect } from '../dialect.ts'
import { isGuest } from './find-guest.ts'
import type { LaneTable, ThreadTable, Trx } from '../schema.ts'

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
 * lines in everybody else's. Waiting messages of others stay as they are and are counted as `left`. What others wrote is read some
 * megabytes at a time; of the guest's own lines only digests are kept meanwhile.
 */
export const eraseGuest = async (
  trx: Trx,
  dialect: StoreDialect,
  { conversation, nameOrId }: { readonly conversation: string; readonly nameOrId: string },
  now: number,
): Promise<ErasedGuest> => {
  const ids = [`turn:${conversation}`, `reply:${conversation}`]
  await dialect.lockLanes(trx, ids)
  const heads = await readHeads(trx, dialect, ids)
  const threads = await readThreads(trx, conversation)
  const traces = await findTraces(trx, { ids, heads, threads, nameOrId })
  const change = createChanges(traces, heads)
  const erased = { entries: 0, parts: 0 }
  for await (const rows of readEntries(trx, ids)) {
    const entries = differs(rows, rows.map(change.entry))
    await writeErased(trx, dialect, { entries, parts: [], threads: [] })
    erased.entries += entries.length
  }
  for await (const rows of readParts(trx, ids)) {
    const parts = differs(rows, rows.map(change.part))
    await writeErased(trx, dialect, { entries: [], parts, threads: [] })
    erased.parts += parts.length
  }
  const changed = differs(threads, threads.map(change.thread))
  await writeErased(trx, dialect, { entries: [], parts: [], threads: changed })
  if (traces.givenUp.size > 0) await takeLane(trx, conversation, now)
  await forget(trx, dialect, conversation, traces.names)
  return {
    erased: {
      entries: erased.entries,
      deliveries: erased.parts,
      threads: changed.length,
      givenUp: traces.givenUp.size,
      left: change.left.size,
    },
    isTraced: (payload) => mapTexts(payload, traces.redact) !== payload,
  }
}

const readHeads = async (trx: Trx, dialect: StoreDialect, ids: readonly string[]): Promise<Heads> => {
  const { rows } = await sql<Pick<LaneTable, 'id' | 'head'>>`
    select id, head from lane where id in ${dialect.list(ids)}`.execute(trx)
  return new Map(rows.map(({ id, head }) => [id, head]))
}

/** How far each lane has come. */
type Heads = ReadonlyMap<string, number>

const readThreads = async (trx: Trx, conversation: string): Promise<readonly ThreadRow[]> => {
  const { rows } = await sql<ThreadRow>`
    select reference, sender, subject, thread_id from thread where conversation = ${conversation}`.execute(
    trx,
  )
  return rows
}

/** What is looked for, and where the guest wrote. */
interface FoundTraces {
  readonly names: ReadonlySet<string>
  readonly redact: (text: string) => string
  readonly isOwnThread: (thread: ThreadRow) => boolean
  /** Places of the guest's own messages, and those of them that had not arrived. */
  readonly places: ReadonlySet<string>
  readonly givenUp: ReadonlySet<string>
  /** Places of notices that quote what was written. */
  readonly quoting: ReadonlySet<string>
}

interface Search {
  readonly ids: readonly string[]
  readonly heads: Heads
  readonly threads: readonly ThreadRow[]
  readonly nameOrId: string
}

const findTraces = async (trx: Trx, { ids, heads, threads, nameOrId }: Search): Promise<FoundTraces> => {
  const matches = isGuest(nameOrId)
  const authors = new Set<string>()
  const found = new Set([nameOrId])
  const places = new Set<string>()
  const givenUp = new Set<string>()
  const quotes = createQuotes()
  for await (const rows of readParts(trx, ids)) {
    for (const row of rows) {
      if (row.author === '' || !matches({ name: row.author, id: row.author_id })) continue
      authors.add(row.author)
      found.add(row.author_id)
      places.add(placeOf(row))
      if (!isDone(row, heads)) givenUp.add(placeOf(row))
      quotes.add(row.text)
    }
  }
  const byName = [nameOrId, ...authors].map(isGuest)
  const isOwnThread = ({ sender }: ThreadRow): boolean =>
    sender !== '' && byName.some((isMeant) => isMeant({ name: sender }))
  const names = new Set([...authors, ...threads.filter(isOwnThread).map(({ sender }) => sender)])
  const redact = createRedact({ names: [...names], ids: [...found], quotes })
  return { names, redact, isOwnThread, places, givenUp, quoting: await findQuoting(trx, ids, heads) }
}

const findQuoting = async (trx: Trx, ids: readonly string[], heads: Heads): Promise<ReadonlySet<string>> => {
  const quoting = new Set<string>()
  for (const lane of ids) {
    const { rows } = await sql<{ lane: string; pos: number }>`select lane, pos from entry
      where lane = ${lane} and pos <= ${heads.get(lane) ?? 0} and kind = 'notice'`.execute(trx)
    for (const row of rows) quoting.add(placeOf(row))
  }
  return quoting
}

/** What becomes of each row; `left`: places on their way that contain a trace. */
const createChanges = (traces: FoundTraces, heads: Heads) => {
  const { redact, places, quoting, isOwnThread } = traces
  const left = new Set<string>()
  const change = (row: EntryRow | Parts, text: string, struck: (text: string) => string): string => {
    if (places.has(placeOf(row)) || quoting.has(placeOf(row))) return ''
    const next = struck(text)
    if (next === text || isDone(row, heads)) return next
    left.add(placeOf(row))
    return text
  }
  return {
    left,
    entry: (row: EntryRow): EntryRow => ({
      ...row,
      payload: change(row, row.payload, (it) => mapTexts(it, redact)),
    }),
    part: (row: Parts): Parts => {
      const next = { ...row, text: change(row, row.text, redact) }
      if (!places.has(placeOf(row))) return next
      const isEnded = row.state === 'sent' || row.state === 'failed'
      const ended = isEnded ? {} : { state: 'failed' as const, reason: erasedReason }
      return { ...next, author: '', author_id: '', ...ended }
    },
    thread: (row: ThreadRow): ThreadRow =>
      isOwnThread(row)
        ? { ...row, subject: `ref ${row.reference}`, sender: row.thread_id === null ? 'Guest' : '' }
        : { ...row, subject: redact(row.subject) },
  }
}

/** Takes the lane from a holder that still has the old words, by a greater token. */
const takeLane = async (trx: Trx, conversation: string, now: number): Promise<void> => {
  await sql`update lane set token = token + 1, lease_until = 0, next_at = ${now}, attempts = 0,
    failing_since = null, reason = null where id = ${`turn:${conversation}`}`.execute(trx)
}

const forget = async (
  trx: Trx,
  dialect: StoreDialect,
  conversation: string,
  names: ReadonlySet<string>,
): Promise<void> => {
  const { rows } = await sql<{ id: string }>`
    select id from conversation where id = ${conversation} and guest in ${dialect.list([...names])}`.execute(
    trx,
  )
  await forgetNames(
    trx,
    dialect,
    rows.map(({ id }) => id),
  )
}

type ThreadRow = Pick<ThreadTable, 'reference' | 'sender' | 'subject' | 'thread_id'>

const isDone = ({ lane, pos }: Pick<Parts, 'lane' | 'pos'>, heads: Heads): boolean =>
  pos <= (heads.get(lane) ?? 0)

const placeOf = ({ lane, pos }: { readonly lane: string; readonly pos: number }): string => `${lane}#${pos}`

const differs = <Row extends object>(old: readonly Row[], next: readonly Row[]): readonly Row[] =>
  next.filter((row, index) => {
    const before = old[index]
    return (
      before === undefined || Object.entries(row).some(([name, value]) => Reflect.get(before, name) !== value)
    )
  })

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
    const rows = dialect.table({ lane: 'text', pos: 'bigint', payload: 'text' }, chunk)
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
