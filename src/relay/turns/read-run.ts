import {
  type Adapter,
  type Address,
  type Clock,
  type Json,
  PassingError,
  type Reading,
  type Turn,
} from '../../port.ts'
import type { Run, StoredEntry } from '../../store/lanes/types.ts'
import { resultWithin } from '../../util/time-limit.ts'
import type { RelayContext } from '../context.ts'
import { readNotice } from '../entries/notice.ts'
import { conversationOf, eventKey, platformOf } from '../ids.ts'

/** A waiting entry of a turn lane, read. */
export interface ReadEntry {
  readonly entry: StoredEntry
  readonly turns: readonly Turn[]
  /** It was written before something that the hotel has read already. */
  readonly late?: boolean
  /** The connector's own words to the staff. */
  readonly notice?: string
  /** Whose staff the notice is for; undefined in older records. */
  readonly noticeFor?: string | undefined
  readonly address?: Address
  /** The keys of what was written before it. */
  readonly after: readonly string[]
  /** What the guest asks of the connector itself, or that people are to be greeted. */
  readonly ask?: Omit<Reading, 'turns' | 'address' | 'after' | 'language'>
  /** The language of the one who wrote it. */
  readonly language?: string
  /** When it was written, and the platform's references of its turns, for an entry that was prepared before; for others the turns tell. */
  readonly writtenAt?: number
  readonly references?: readonly Json[]
  /** Why the entry cannot be read at all. */
  readonly unreadable?: string
}

/** The platform's references of what was read, by position. */
export const referencesOf = (read: readonly ReadEntry[]): ReadonlyMap<number, readonly Json[]> =>
  new Map(read.map(({ entry, turns, references = toReferences(turns) }) => [entry.pos, references]))

/** A payload that cannot be read this often is taken for unreadable; before that it may be a passing fault. */
const readAttempts = 4

/**
 * Reads a run's entries in order; those that were prepared before keep what was recorded of them. Stops before an
 * entry whose reading failed, unless it failed too often: then that one is unreadable. With `untilNew` it stops after one
 * that asks for a new conversation: what follows belongs there.
 */
export const readEntries = async (
  run: Run,
  adapter: Adapter,
  signal: AbortSignal,
  { untilNew, ...reader }: { readonly untilNew: boolean } & Reader,
): Promise<{ readonly read: readonly ReadEntry[]; readonly failure?: unknown }> => {
  const read: ReadEntry[] = []
  const severalBegun = run.entries.filter(({ deliveries }) => deliveries.length > 0).length > 1
  for (const entry of run.entries) {
    const begun = entry.deliveries.length > 0
    if (begun && !severalBegun) {
      read.push({ entry, turns: [], after: [], ...(await readReferences(entry, adapter, signal)) })
      continue
    }
    try {
      const one = await readOne(entry, adapter, signal, reader)
      // Look-ups that a stop cut short fell back to ids: the next start reads it whole.
      signal.throwIfAborted()
      read.push(begun ? asRecorded(one) : one)
      if (!begun && untilNew && one.ask?.command === 'new') break
    } catch (error) {
      signal.throwIfAborted()
      const passing = error instanceof PassingError || run.attempts < readAttempts
      if (read.length > 0 || passing) return { read, failure: error }
      const unreadable = error instanceof Error ? error.name : 'Error'
      read.push({ entry, turns: [], after: [], ...(begun ? {} : { unreadable }) })
    }
  }
  return { read }
}

/** An earlier message was recorded after the run was claimed: the run is claimed again, together with it. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError'
}

/** After this many times in a row it is not waited for: a lane may be longer than what can be claimed of it. */
const mostTimes = 20

/** Makes sure that what was written before something goes before it, on platforms whose events overtake each other. */
export const createAwaitEarlier = ({ store }: Pick<RelayContext, 'store'>) => {
  const times = new Map<string, number>()

  /** The last position in the run's lane of something that belongs before what was read. */
  const lastEarlier = async (lane: string, read: readonly ReadEntry[]): Promise<number> => {
    const platform = platformOf(conversationOf(lane))
    const keys = read.flatMap(({ after }) => after.map((key) => eventKey(platform, key)))
    if (keys.length === 0) return 0
    const recorded = [...(await store.log.recorded(keys)).values()]
    return Math.max(0, ...recorded.filter((entry) => entry.lane === lane).map(({ pos }) => pos))
  }

  /** Throws where something that belongs before what was read is not read yet: an `OvertakenError` where it was not claimed. */
  return async ({ lane, entries }: Run, read: readonly ReadEntry[]): Promise<void> => {
    const earlier = await lastEarlier(lane, read)
    const before = times.get(lane) ?? 0
    times.delete(lane)
    if (earlier <= (read.at(-1)?.entry.pos ?? 0)) return
    if (earlier <= (entries.at(-1)?.pos ?? 0))
      throw new Error(`What was written before could not be read yet in ${lane}.`)
    if (before >= mostTimes) return
    times.set(lane, before + 1)
    throw new OvertakenError(`What was written before was recorded in ${lane} while it was read.`)
  }
}

/** A turn's words and writer, before it was prepared for the hotel. */
export interface Unprepared {
  /** Its words; names of files where there are none. Empty for what carries nothing for the hotel. */
  readonly words: string
  readonly author: string
  /** Where its writer is told; undefined where the event does not say it. */
  readonly address: Address | undefined
  /** Its writer's. */
  readonly language: string | undefined
  /** Whether the hotel misses something: a command or a greeting is for us alone. */
  readonly isForHotel: boolean
}

/** A person waits for the answer, or a sender does. */
const timeLimitMs = 5_000

/** Asks the adapter what a recorded event says; undefined where it cannot say so within 5 s. Never rejects. */
export const readUnprepared = async (
  payload: string,
  adapter: Pick<Adapter, 'read'> | undefined,
  clock: Clock,
): Promise<Unprepared | undefined> => {
  if (adapter === undefined || payload === '') return undefined
  try {
    const reading = await resultWithin({ clock, ms: timeLimitMs }, (late) => adapter.read(payload, late))
    if (reading === undefined) return undefined
    const { turns, address, language } = reading
    const said = turns.flatMap(({ text, attachments }) => [text, ...attachments.map(({ name }) => name)])
    const words = said.filter((each) => each !== '').join(' ')
    return { words, author: turns[0]?.author.name ?? '', address, language, isForHotel: turns.length > 0 }
  } catch {
    return undefined
  }
}

/** For each lane the newest changed messages are remembered, no longer than 48 h: no platform repeats itself after that. */
const mostChanged = 100

const keptForMs = 48 * 3_600_000

/** When a lane's messages were written and changed, by the platform's clock, in milliseconds since 1970. */
export interface MessageTimes {
  /** When the newest message was written that the hotel was told of; 0: none was. */
  readonly newest: number
  /** When a message was edited or deleted last, by the platform's id of it. */
  readonly changed: ReadonlyMap<string, number>
  /** The guest's language (BCP 47), as far as it is known, and whether they have chosen it. */
  readonly language?: string | undefined
  readonly chosen?: boolean
}

/** The guest's language after what was read: the one that they chose last, else the one that the platform told last. */
export function languageAfter<Known extends Pick<MessageTimes, 'language' | 'chosen'>>(
  known: Known,
  read: readonly ReadEntry[],
): Known {
  const chooses = read.findLast(({ ask }) => ask?.chooses !== undefined)?.ask?.chooses
  if (chooses !== undefined) return { ...known, language: chooses, chosen: true }
  if (known.chosen === true) return known
  // What is answered to one person alone tells nothing of the others who read the conversation.
  const told = read.findLast(({ language, ask }) => language !== undefined && ask?.answerTo === undefined)
  return told === undefined ? known : { ...known, language: told.language }
}

/** The lane's note with the guest's language, for a run of which the hotel was told nothing. */
export function noteLanguage(note: string, read: readonly ReadEntry[]): string {
  return writeMessageTimes(languageAfter(readMessageTimes(note), read))
}

/** Reads what a lane's note says. */
export function readMessageTimes(note: string): MessageTimes {
  if (note === '') return { newest: 0, changed: new Map() }
  const { changed, ...times } = JSON.parse(note) as Omit<MessageTimes, 'changed'> & {
    readonly changed: readonly [string, number][]
  }
  return { ...times, changed: new Map(changed) }
}

/**
 * Removes the turns that a newer event has overtaken, across restarts and processes: versions of a message that was edited or deleted
 * since. Marks entries as late that were written before a message that the hotel has read already. Entries of one run are put in order
 * elsewhere.
 */
export function withoutOvertaken(read: readonly ReadEntry[], times: MessageTimes): readonly ReadEntry[] {
  const isCurrent = ({ message, at }: Turn): boolean =>
    message === undefined || at >= (times.changed.get(message) ?? 0)
  const isLate = ({ kind, message, at }: Turn): boolean =>
    kind === 'message' && message !== undefined && at < times.newest
  return read.map((entry) => {
    const turns = entry.turns.filter(isCurrent)
    const late = turns.some(isLate)
    return turns.length === entry.turns.length && !late ? entry : { ...entry, turns, late }
  })
}

/**
 * The lane's note once these entries are on their way; `told`: the positions that give the hotel something to read. Deletions always count,
 * so that a message that was deleted unseen stays unseen.
 */
export function noteMessageTimes(
  times: MessageTimes,
  read: readonly ReadEntry[],
  told: ReadonlySet<number>,
): string {
  const changed = new Map(times.changed)
  let { newest } = times
  for (const { entry, turns } of read)
    for (const { kind, message, at } of turns) {
      if (message === undefined || (kind !== 'deletion' && !told.has(entry.pos))) continue
      if (kind === 'message') newest = Math.max(newest, at)
      else changed.set(message, Math.max(changed.get(message) ?? 0, at))
    }
  return writeMessageTimes({ ...languageAfter(times, read), newest, changed })
}

function writeMessageTimes({ newest, changed, language, chosen }: MessageTimes): string {
  if (newest === 0 && changed.size === 0 && language === undefined) return ''
  return JSON.stringify({ newest, changed: keep(changed), language, chosen })
}

/** For whom is read: the hotel's time zone, where one is known, and its language. */
interface Reader {
  readonly timeZone?: string | undefined
  readonly language?: string | undefined
}

const readOne = async (
  entry: StoredEntry,
  adapter: Adapter,
  signal: AbortSignal,
  { timeZone, language: staffs }: Reader,
): Promise<ReadEntry> => {
  if (entry.kind === 'notice') {
    const { text, property } = readNotice(entry.payload)
    return { entry, turns: [], after: [], notice: text, noticeFor: property }
  }
  const reading = await adapter.read(entry.payload, signal, timeZone, staffs)
  const { turns, address, language, after = [], ...ask } = reading
  return {
    entry,
    turns,
    after,
    ask,
    ...(address === undefined ? {} : { address }),
    ...(language === undefined ? {} : { language }),
  }
}

/** An entry that was prepared before keeps its record; only when it was written is read again, and where its receipts go. */
const asRecorded = ({ entry, turns }: ReadEntry): ReadEntry => ({
  entry,
  turns: [],
  after: [],
  writtenAt: turns[0]?.at ?? entry.at,
  references: toReferences(turns),
})

const toReferences = (turns: readonly Turn[]): readonly Json[] =>
  turns.flatMap(({ reference }) => reference ?? [])

/** Where the receipts of an entry go that was on its way when the process ended. Its delivery does not depend on that. */
const readReferences = async (
  { kind, payload }: StoredEntry,
  adapter: Adapter,
  signal: AbortSignal,
): Promise<Pick<ReadEntry, 'references'>> => {
  if (kind === 'notice' || adapter.acknowledge === undefined) return {}
  // With the look-ups cut short: the event itself says it.
  const reading = await adapter.read(payload, AbortSignal.abort()).catch(() => undefined)
  signal.throwIfAborted()
  return reading === undefined ? {} : { references: toReferences(reading.turns) }
}

function keep(changed: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  const newestFirst = [...changed].toSorted(([, left], [, right]) => right - left).slice(0, mostChanged)
  const [[, latest] = ['', 0]] = newestFirst
  return newestFirst.filter(([, at]) => at > latest - keptForMs)
}
