import type { Adapter, Address, Choice } from '../../port.ts'
import type { Run } from '../../store/lanes/types.ts'
import { fold } from '../../util/text.ts'
import type { RelayContext } from '../context.ts'
import { choiceId, conversationOf } from '../ids.ts'
import { lastAddress } from '../threads/bind.ts'
import { readEntries, type ReadEntry } from '../turns/read-run.ts'
import type { Routing } from './router.ts'

/** A lane's run whose hotel is not known. */
export interface UnroutedRun {
  readonly run: Run
  readonly conversation: string
  readonly adapter: Adapter
  readonly routing: Routing
  /** The hotels that may be meant. */
  readonly candidates: readonly Candidate[]
  readonly read: readonly ReadEntry[]
  /** Why what follows could not be read yet. */
  readonly failure: unknown
  /** Where the guest can be asked; undefined where that is not known. */
  readonly address: Address | undefined
  /** The entries that wait for the guest's answer: from the first that needs a hotel on. */
  readonly kept: readonly ReadEntry[]
  /** When the question began to be sent; undefined before. */
  readonly askedAt: number | undefined
}

/** The most entries that are claimed of one conversation; it gets further ones only once some of these are given up. */
export const entriesAtOnce = 5_000

/** The keys of a lane's question and its reminder; `pos`: the entry that made it necessary. */
export const questionKey = (lane: string, pos: number): string => `question:${lane}:${pos}`

export const reminderKey = (lane: string, pos: number): string => `reminder:${lane}:${pos}`

/** Whether the guest asks for a new conversation. */
export const isWish = ({ ask }: ReadEntry): boolean => ask?.command === 'new'

/** Says why a lane waits on a platform where no guest can be asked: no route is for it. */
export const explainNoRoute = (adapter: Adapter, routing: Routing): string => {
  const parts = Object.entries(routing).map(([name, value]) => `${name} ${[value].flat().join(' or ')}`)
  const from = [adapter.label, ...parts].join(', ')
  return `No property has a route for this conversation (${from}). Add it to the routes of a property in CONFIG_FILE.`
}

/** Reads a run, and finds out how far its question has come. Rejects when nothing of it can be read. */
export const readUnrouted = async (
  run: Run,
  { adapter, routing, candidates }: Pick<UnroutedRun, 'adapter' | 'routing' | 'candidates'>,
  { bindings, store }: RelayContext,
  signal: AbortSignal,
): Promise<UnroutedRun> => {
  const conversation = conversationOf(run.lane)
  const { read, failure } = await readEntries(run, adapter, signal, { untilNew: false })
  if (read.length === 0) {
    const what = adapter.asks === false ? explainNoRoute(adapter, routing) : 'An event could not be read.'
    throw new Error(what, { cause: failure })
  }
  const address = lastAddress(read) ?? (await bindings.find(conversation))?.address
  const first = read.findIndex((one) => needsHotel(one, address !== undefined))
  const kept = first < 0 ? [] : read.slice(first)
  const key = questionKey(run.lane, kept[0]?.entry.pos ?? 0)
  const question = (await store.log.recorded([key])).get(key)?.deliveries
  const begun = question?.find(({ state }) => state === 'sent' || state === 'sending')
  return {
    run,
    conversation,
    adapter,
    routing,
    candidates,
    read,
    failure,
    address,
    kept,
    askedAt: begun?.startedAt,
  }
}

/** The first entry that says which hotel is meant: a choice at any time, words only once the question was asked and when they say nothing else. */
export const findAnswer = (
  unrouted: UnroutedRun,
): { readonly one: ReadEntry; readonly hotel: Candidate } | undefined => {
  const { read, candidates } = unrouted
  for (const one of read) {
    const { turns, ask } = one
    const [turn] = turns
    const words = turn?.kind === 'message' && turn.attachments.length === 0 ? turn.text : ''
    const named = isAfterQuestion(one, unrouted) ? findNamed(candidates, words) : undefined
    const hotel = ask?.choice === undefined ? named : findChosen(candidates, ask.choice)
    if (hotel !== undefined) return { one, hotel }
  }
  return undefined
}

/** Whether the guest has written on since the question without an answer to it. */
export const hasEvaded = (unrouted: UnroutedRun): boolean =>
  unrouted.kept.some((one) => one.turns.length > 0 && isAfterQuestion(one, unrouted))

/** A property that a guest may mean. */
export interface Candidate {
  readonly key: string
  /** For people. */
  readonly name: string
}

/** As people press it. */
export const toChoices = (candidates: readonly Candidate[]): readonly Choice[] =>
  candidates.map(({ key, name }) => ({ id: choiceId(key), label: name }))

/** As people read it, each with the number by which it can be named. */
export const toList = (candidates: readonly Candidate[]): string =>
  candidates.map(({ name }, index) => `${index + 1}. ${name}`).join('\n')

/** The hotel of a choice that was pressed. */
export const findChosen = (candidates: readonly Candidate[], id: string): Candidate | undefined =>
  candidates.find(({ key }) => choiceId(key) === id)

/** The hotel that is all that a text says: by its name, or its number in the list. Undefined for a name that two of them have. */
export const findNamed = (candidates: readonly Candidate[], text: string): Candidate | undefined => {
  const words = tidy(text)
  if (words === '') return undefined
  const named = candidates.filter(({ name }) => tidy(name) === words)
  if (named.length > 0) return named.length === 1 ? named[0] : undefined
  return /^\d{1,3}$/.test(words) ? candidates[Number(words) - 1] : undefined
}

/** Whether an entry needs a hotel: it is for one, or asks for a new conversation with one. */
const needsHotel = (one: ReadEntry, canAsk: boolean): boolean =>
  one.turns.some(({ onlyInBridged }) => onlyInBridged !== true) || (isWish(one) && canAsk)

/** Whether an entry was written with the question in sight. */
const isAfterQuestion = ({ entry }: ReadEntry, { askedAt }: UnroutedRun): boolean =>
  askedAt !== undefined && entry.at > askedAt

/** Words without what does not matter in a name: case, accents, punctuation at the ends, and how much space there is. */
const tidy = (text: string): string =>
  fold(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
