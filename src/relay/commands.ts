import type { Address } from '../port.ts'
import type { Entry } from '../store/lanes/types.ts'
import type { Bound } from './threads/bind.ts'
import type { RelayContext } from './context.ts'
import { conversationKey, platformOf, replyLane, turnLane } from './ids.ts'
import { sayToGuest } from './entries/notice.ts'
import { type WrittenSince, writtenInMewsTime } from './restore/doubt.ts'
import type { ReadEntry } from './turns/read-run.ts'
import { fill, type TextName } from './texts.ts'

/** Where commands are given. */
export interface Asked {
  readonly conversation: string
  /** Where an answer goes whose entry names no address. */
  readonly address: Address | undefined
  /** The property's name; undefined while it is not known which one is meant. */
  readonly hotel: string | undefined
}

/** The key under which an answer to an entry is known. */
export const answerKey = (lane: string, pos: number): string => `answer:${lane}:${pos}`

const textsWhere = {
  channel: { help: 'helpOutside', new: 'newOutside' },
  group: { help: 'helpGroup', new: 'newGroup' },
} as const

/** The connector's own answers to the entries of a run: to commands and choices, and a greeting once for each conversation. */
export const answersTo = async (
  read: readonly ReadEntry[],
  { conversation, address, hotel }: Asked,
  context: RelayContext,
): Promise<readonly Entry[]> => {
  const { texts, clock } = context
  const at = clock.now()
  const property = hotel ?? texts.anyHotel
  const answers: Entry[] = []
  for (const { entry, ask } of read) {
    const { command, where, choice, greet, about = [], answerTo = address } = ask ?? {}
    if (answerTo === undefined) continue
    const say = (text: string, key: string): void =>
      void answers.push(sayToGuest(conversation, { text, address: answerTo }, [key], at))
    const key = answerKey(turnLane(conversation), entry.pos)
    if (greet !== undefined) {
      const text = greet === 'person' ? texts.greetPerson : texts.greetGroup
      say(fill(text, { property }), `greeting:${conversation}`)
    }
    if (choice !== undefined && hotel !== undefined) say(fill(texts.chosen, { property }), key)
    if (command === 'status') {
      const others = about.map((id) => conversationKey(platformOf(conversation), id))
      const conversations = [...new Set([conversation, ...others])]
      const [name, values] = await statusText(conversations, countSilent(read), hotel !== undefined, context)
      say(fill(texts[name], { property, ...values }), key)
    } else if (command !== undefined) {
      const name = where === undefined ? command : textsWhere[where][command]
      say(fill(texts[name], { property }), key)
    }
  }
  return answers
}

/**
 * Leaves out wishes for a new conversation that were granted already: after a backup was put back, a platform may tell once more of one
 * whose thread is bound again. Another thread is not to follow.
 */
export const withoutGranted = async (
  read: readonly ReadEntry[],
  { binding }: Pick<Bound, 'binding'>,
  restored: WrittenSince,
  { store }: Pick<RelayContext, 'store'>,
): Promise<readonly ReadEntry[]> => {
  const isAsked = read.some(({ ask }) => ask?.command === 'new')
  if (!isAsked || restored.span === undefined || binding === undefined) return read
  const [thread] = await store.threads.byId([binding.threadId])
  if (thread === undefined || thread.startedAt > restored.span.until) return read
  return read.map((one) => {
    const { command, askedAt, ...rest } = one.ask ?? {}
    const isGranted = (writtenInMewsTime(askedAt, restored) ?? askedAt ?? Infinity) <= thread.startedAt
    return command === 'new' && isGranted ? { ...one, ask: rest } : one
  })
}

/** Notes that the next turn is to open another thread. */
export const closeBinding = async (
  read: readonly ReadEntry[],
  { binding }: Pick<Bound, 'binding'>,
  { bindings }: RelayContext,
): Promise<void> => {
  const asked = read.some(({ ask }) => ask?.command === 'new')
  if (asked && binding !== undefined) await bindings.write({ ...binding, closed: true })
}

/** How far what was written in some conversations has come; `silent`: so many waiting entries carry nothing for a hotel; `known`: it is known for which one they are. */
const statusText = async (
  conversations: readonly string[],
  silent: number,
  known: boolean,
  { store }: RelayContext,
): Promise<readonly [TextName, Readonly<Record<string, string>>]> => {
  const states = await store.log.states(conversations.flatMap((key) => [turnLane(key), replyLane(key)]))
  const waiting = [...states.values()].reduce((sum, state) => sum + state.waiting, -silent)
  if (waiting > 0) {
    const name = known ? 'statusWaiting' : 'statusUnrouted'
    return [waiting === 1 ? `${name}One` : name, { waiting: String(waiting) }]
  }
  const threads = await Promise.all(conversations.map((key) => store.threads.latest(key)))
  return [threads.every((thread) => thread === undefined) ? 'statusNone' : 'statusDelivered', {}]
}

/** How many entries carry nothing for a hotel, as the command that asks. */
const countSilent = (read: readonly ReadEntry[]): number =>
  read.filter(
    ({ entry, turns, notice }) => turns.length + entry.deliveries.length === 0 && notice === undefined,
  ).length
