import type { Address } from '../port.ts'
import type { Entry } from '../store/lanes/types.ts'
import type { Bound } from './threads/bind.ts'
import type { RelayContext } from './context.ts'
import { conversationKey, platformOf, turnLane } from './ids.ts'
import { sayToGuest } from './entries/notice.ts'
import { type WrittenSince, writtenInMewsTime } from './restore/doubt.ts'
import { languageAfter, readMessageTimes, type ReadEntry } from './turns/read-run.ts'
import { hotelValues, type TextName } from './texts.ts'
import { languageNames } from './locales.ts'

/** Where commands are given. */
export interface Asked {
  readonly conversation: string
  /** Where an answer goes whose entry names no address. */
  readonly address: Address | undefined
  /** Undefined while it is not known which one is meant; without a name while Mews has not told it. */
  readonly hotel: { readonly key: string; readonly name: string | undefined } | undefined
  /** The lane's note, which has the guest's language. */
  readonly note: string
  /** How many of the guest's messages before it are not with the hotel. Left out: none. */
  readonly ahead?: number
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
  { conversation, address, hotel, note, ahead = 0 }: Asked,
  context: RelayContext,
): Promise<readonly Entry[]> => {
  const { wording, clock } = context
  const at = clock.now()
  const answers: Entry[] = []
  let speaker = readMessageTimes(note)
  for (const one of read) {
    const { entry, ask, language } = one
    speaker = languageAfter(speaker, [one])
    const { command, where, choice, greet, chooses, about = [], answerTo = address } = ask ?? {}
    if (answerTo === undefined) continue
    // What one person alone reads is said in their language, whatever the conversation's is.
    const texts = wording.forGuest(
      speaker.chosen ? speaker.language : (language ?? speaker.language),
      hotel?.key,
    )
    const named = hotelValues(texts, hotel?.name)
    const say = (text: string, key: string): void =>
      void answers.push(sayToGuest(conversation, { text, address: answerTo }, [key], at))
    const key = answerKey(turnLane(conversation), entry.pos)
    if (greet !== undefined) {
      const text = greet === 'person' ? 'greetPerson' : 'greetGroup'
      say(texts.say(text, named), `greeting:${conversation}`)
    }
    if (choice !== undefined && hotel !== undefined) say(texts.say('chosen', named), key)
    if (command === 'status') {
      const others = about.map((id) => conversationKey(platformOf(conversation), id))
      const conversations = [...new Set([conversation, ...others])]
      const kept = hotel === undefined ? read.filter(({ turns }) => turns.length > 0).length : ahead
      const [name, waiting] = await statusText(conversations, kept, hotel !== undefined, context)
      say(texts.say(name, { ...named, waiting }), key)
    } else if (command === 'language') {
      const known = languageNames()
      const languages = new Intl.ListFormat(texts.language).format(known)
      say(chooses === undefined ? texts.say('languages', { languages }) : texts.say('language'), key)
    } else if (command !== undefined) {
      const name = where === undefined ? command : textsWhere[where][command]
      say(texts.say(name, named), key)
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

/**
 * How far what was written in some conversations, the first of them the one that asks, has come. `kept`: so many of its messages wait, for
 * the hotel or until it is `known` which one they are for.
 */
const statusText = async (
  [asking = '', ...others]: readonly string[],
  kept: number,
  known: boolean,
  { store }: RelayContext,
): Promise<readonly [TextName, number]> => {
  const states = others.length === 0 ? [] : await store.log.states(others.map(turnLane))
  const waiting = [...states.values()].reduce((sum, state) => sum + state.waiting, kept)
  if (waiting > 0) return [known ? 'statusWaiting' : 'statusUnrouted', waiting]
  const threads = await Promise.all([asking, ...others].map((key) => store.threads.latest(key)))
  return [threads.every((thread) => thread === undefined) ? 'statusNone' : 'statusDelivered', 0]
}
