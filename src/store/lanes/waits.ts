import { sql } from 'kysely'
import type { Clock } from '../../port.ts'
import { asLimit, asText, type Backend, type Columns, type StoreDialect } from '../dialect.ts'
import type { Trx, WaitTable } from '../schema.ts'
import type { UntoldStay, Wait, Waits } from '../types.ts'
import { appendEntries } from './append.ts'
import type { WaitChange } from './types.ts'

/** So many times of one wait are remembered: those of its first messages, and of the newest. */
const mostTimes = 100

/** Who waits for the staff, on a database. */
export const createWaits = ({ db, dialect, transact }: Backend, clock: Clock): Waits => ({
  of: async (thread) => {
    const { rows } = await sql<Pick<WaitTable, 'since' | 'replied'>>`
      select since, replied from wait where thread = ${asText(thread)}`.execute(db)
    return rows.map(({ since, replied }) => ({ since, isReplied: replied === 1 }))[0]
  },
  running: async ({ property, limit, before, unless }) => {
    const early = before === undefined ? sql`` : sql`and since <= ${before}`
    const open = unless === undefined ? sql`` : sql`and (step < ${unless} or alarm <> '')`
    const { rows } = await sql<WaitTable & { readonly since: number }>`
      select * from wait where property = ${asText(property)} and since is not null ${early} ${open}
      order by since, thread limit ${asLimit(limit)}`.execute(db)
    return rows.map(toWait)
  },
  resolved: async (changes) => {
    if (changes.length > 0) await transact((trx) => writeWaits(trx, dialect, changes))
  },
  alarmed: async ({ thread, since, step, alarm }, nextStep, nextAlarm) => {
    const { numUpdatedRows } = await db
      .updateTable('wait')
      .set({ step: nextStep, alarm: nextAlarm })
      .where('thread', '=', thread)
      .where('since', '=', since)
      .where('step', '=', step)
      .where('alarm', '=', alarm)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  },
  untoldStays: async (property, limit) => {
    const { rows } = await sql<UntoldStay>`
      select thread, conversation, at, coalesce((
        select payload from delivery join entry on entry.lane = delivery.lane and entry.pos = delivery.pos
        where target = wait.thread and native_id is not null and awaits_reply = 1 order by delivery.pos limit 1), '') as payload
      from wait where property = ${asText(property)} and stay = 1 order by at limit ${asLimit(limit)}`.execute(
      db,
    )
    return rows
  },
  stayTold: (thread, entries) =>
    transact(async (trx) => {
      await dialect.lockLanes(
        trx,
        entries.map(({ lane }) => lane),
      )
      const { numAffectedRows = 0n } =
        await sql`update wait set stay = 0 where thread = ${thread} and stay = 1`.execute(trx)
      if (numAffectedRows > 0n) await appendEntries(trx, dialect, entries, clock.now())
      return numAffectedRows > 0n
    }),
})

/**
 * Records what happened to those who wait. A message counts only where it is not answered yet, and a reply answers only what reached Mews
 * before it was written: so it does not matter which of the two is recorded first.
 */
export const writeWaits = async (
  trx: Trx,
  dialect: StoreDialect,
  changes: readonly WaitChange[],
): Promise<void> => {
  if (changes.length === 0) return
  const rows = await lock(trx, dialect, changes)
  const next = new Map(rows)
  for (const change of changes) {
    for (const [thread, row] of next) if (concerns(change, row)) next.set(thread, apply(change, row))
  }
  const changed = [...next.values()].filter((row) => row !== rows.get(row.thread))
  if (changed.length === 0) return
  const written = dialect.table(columns, changed)
  await sql`
    update wait set since = written.since, later = written.later, answered = written.answered,
      replied = written.replied, at = written.at, step = written.step, alarm = written.alarm
    from ${written} as written where wait.thread = written.thread`.execute(trx)
}

const columns: Columns<WaitTable> = {
  thread: 'text',
  conversation: 'text',
  property: 'text',
  since: 'bigint',
  later: 'text',
  answered: 'bigint',
  replied: 'bigint',
  at: 'bigint',
  step: 'bigint',
  alarm: 'text',
  stay: 'bigint',
}

const toWait = ({ thread, conversation, property, since, later, step, alarm }: Running): Wait => ({
  thread,
  conversation,
  property,
  since,
  latest: timesOf({ since, later }).at(-1) ?? since,
  step,
  alarm,
})

type Running = WaitTable & { readonly since: number }

/** Makes the rows of these threads, and locks them with those of the conversations that are answered, in one order everywhere. */
const lock = async (
  trx: Trx,
  dialect: StoreDialect,
  changes: readonly WaitChange[],
): Promise<ReadonlyMap<string, WaitTable>> => {
  const places = new Map(changes.map((change) => [change.thread, placeOf(change)]))
  const answered = changes.flatMap((change) => ('answeredAt' in change ? [change.conversation] : []))
  if (answered.length > 0) {
    const { rows } = await sql<WaitTable>`select * from wait
      where conversation in ${dialect.list(answered)} and since is not null`.execute(trx)
    for (const { thread, conversation, property } of rows)
      places.set(thread, { thread, conversation, property, stay: 0 })
  }
  const given = dialect.table(placeColumns, [...places.values()])
  const { rows } = await sql<WaitTable>`
    insert into wait (thread, conversation, property, stay)
    select thread, conversation, property, stay from ${given} as given where true order by thread
    on conflict (thread) do update set property = excluded.property
    returning *`.execute(trx)
  return new Map(rows.map((row) => [row.thread, row]))
}

const placeColumns = { thread: 'text', conversation: 'text', property: 'text', stay: 'bigint' } as const

const placeOf = (change: WaitChange): Pick<WaitTable, keyof typeof placeColumns> => {
  const { thread, conversation, property } = change
  return { thread, conversation, property, stay: 'asksStay' in change && change.asksStay ? 1 : 0 }
}

const concerns = (change: WaitChange, { thread, conversation, property }: WaitTable): boolean =>
  thread === change.thread ||
  ('answeredAt' in change && conversation === change.conversation && property === change.property)

const apply = (change: WaitChange, row: WaitTable): WaitTable => {
  if ('reachedAt' in change) return begin(row, change.reachedAt)
  const replied = 'answeredAt' in change && change.thread === row.thread ? 1 : row.replied
  return end({ ...row, replied }, 'answeredAt' in change ? change.answeredAt : change.resolvedAt)
}

/** A guest's messages have reached the thread. */
const begin = (row: WaitTable, reachedAt: readonly number[]): WaitTable => {
  const open = reachedAt.filter((at) => !isAnswered(at, row.answered))
  return open.length === 0 ? row : withTimes(row, [...timesOf(row), ...open])
}

/** Everything up to then is answered. What reached Mews later begins a wait of its own. */
const end = (row: WaitTable, at: number): WaitTable => {
  const answered = Math.max(row.answered, at)
  const left = timesOf(row).filter((time) => !isAnswered(time, answered))
  const over = left[0] === row.since ? {} : { step: 0, alarm: '' }
  return withTimes({ ...row, ...over, answered, at: Math.max(row.at, answered) }, left)
}

/** Mews shows whole seconds: of what happened within one the reply counts as the later. */
const isAnswered = (at: number, answered: number): boolean => Math.floor(at / 1000) * 1000 <= answered

const timesOf = ({ since, later }: Pick<WaitTable, 'since' | 'later'>): readonly number[] =>
  since === null ? [] : [since, ...later.split(' ').filter(Boolean).map(Number)]

const withTimes = (row: WaitTable, times: readonly number[]): WaitTable => {
  const sorted = times.toSorted((one, other) => one - other)
  const kept = sorted.length <= mostTimes ? sorted : [...sorted.slice(0, mostTimes - 1), sorted.at(-1) ?? 0]
  const [since = null, ...later] = kept
  return { ...row, since, later: later.join(' '), at: Math.max(row.at, sorted.at(-1) ?? 0) }
}
