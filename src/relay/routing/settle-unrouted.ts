import type { Delivery, Entry, NextStep, Settlement } from '../../store/lanes/types.ts'
import { explainFailure } from '../../util/failure.ts'
import { answerKey, answersTo } from '../commands.ts'
import type { RelayContext } from '../context.ts'
import { failureNoticeKey, sayToGuest } from '../entries/notice.ts'
import { turnGroup, turnLane } from '../ids.ts'
import { pauseAfter } from '../../util/retry-after.ts'
import { excerpt, hotelValues } from '../texts.ts'
import { composeTurn } from '../turns/compose.ts'
import { waitingPart } from '../turns/plan.ts'
import { languageAfter, noteLanguage, readMessageTimes, type ReadEntry } from '../turns/read-run.ts'
import {
  entriesAtOnce,
  findAnswer,
  hasEvaded,
  type Candidate,
  isWish,
  questionKey,
  reminderKey,
  toChoices,
  toList,
  explainNoRoute,
  type UnroutedRun,
} from './unrouted-run.ts'

const quoteLimit = 120

/** The reason of what a guest did not say; for people. */
const unanswered = 'The guest has not said which hotel it is for.'

/** Decides what becomes of a run whose hotel is not known. */
export type SettleUnrouted = (unrouted: UnroutedRun) => Promise<Settlement>

export const createSettleUnrouted = (context: RelayContext): SettleUnrouted => {
  const { times } = context
  const toSayings = createToSayings(context)
  const failEarly = createFailEarly(context)
  const choose = createChoose(context)
  const giveUp = createGiveUp(context)
  const nextStepOf = createNextStepOf(context)

  return async (unrouted) => {
    const { run, read, kept } = unrouted
    const answer = findAnswer(unrouted)
    if (answer !== undefined) return choose(unrouted, answer.one, answer.hotel)
    const over = expired(unrouted, times.giveUpMs)
    if (over.length > 0) return giveUp(unrouted, over)
    const last = read.at(-1)?.entry.pos ?? 0
    return {
      lane: run.lane,
      token: run.token,
      deliveries: failEarly(unrouted),
      doneThrough: (kept[0]?.entry.pos ?? last + 1) - 1,
      append: await toSayings(unrouted, read),
      note: noteLanguage(run.note, read),
      nextStep: nextStepOf(unrouted),
    }
  }
}

/** The lane goes to the hotel that the guest has named, with all that was kept; the answer itself stays here. */
const createChoose = (context: RelayContext) => {
  const { clock, log, wording } = context
  const toSayings = createToSayings(context)
  const failEarly = createFailEarly(context)

  return async (unrouted: UnroutedRun, one: ReadEntry, hotel: Candidate): Promise<Settlement> => {
    const { run, conversation, read, kept, address } = unrouted
    const { lane, token } = run
    const at = clock.now()
    const before = read.slice(0, read.indexOf(one) + 1)
    const done = before.filter((each) => isWish(each) || (each === one && each.turns.length > 0))
    const answers = await toSayings(unrouted, before, hotel)
    const key = answerKey(turnLane(conversation), one.entry.pos)
    const typed = one.ask?.choice === undefined && address !== undefined
    const texts = wording.forGuest(languageOf(unrouted), hotel.key)
    const text = texts.say('chosen', hotelValues(texts, hotel.name))
    const word = typed ? [sayToGuest(conversation, { text, address }, [key], at)] : []
    log.info({ lane, property: hotel.key }, 'the guest has chosen a hotel')
    return {
      lane,
      token,
      deliveries: [...failEarly(unrouted), ...done.map((each) => forUs(each, at))],
      doneThrough: Math.min(kept[0]?.entry.pos ?? Infinity, one.entry.pos + 1) - 1,
      append: [...answers, ...word],
      note: noteLanguage(run.note, read),
      nextStep: { next: 'move', group: turnGroup(hotel.key) },
    }
  }
}

/** The connector's answers to entries and its question, as far as they were not said yet; `hotel`: the one that the guest has named. */
const createToSayings = (context: RelayContext) => {
  const { store, wording, clock } = context

  /** The question: once for the entry that made it necessary, again for each wish for a new conversation, and one reminder. */
  const questions = (unrouted: UnroutedRun): readonly Entry[] => {
    const { run, conversation, candidates, address, kept } = unrouted
    const texts = wording.forGuest(languageOf(unrouted))
    const [first] = kept
    if (first === undefined || address === undefined) return []
    const ask = (name: 'whichHotel' | 'whichHotelAgain', ...keys: readonly string[]): Entry => {
      const text = texts.say(name, { hotels: toList(candidates) })
      return sayToGuest(conversation, { text, address, choices: toChoices(candidates) }, keys, clock.now())
    }
    const { pos } = first.entry
    const wishes = kept.filter(isWish).map(({ entry }) => answerKey(run.lane, entry.pos))
    const begun = isWish(first) ? wishes.slice(0, 1) : []
    return [
      ask('whichHotel', questionKey(run.lane, pos), ...begun),
      ...wishes.slice(begun.length).map((key) => ask('whichHotel', key)),
      ...(hasEvaded(unrouted) ? [ask('whichHotelAgain', reminderKey(run.lane, pos))] : []),
    ]
  }

  return async (
    unrouted: UnroutedRun,
    read: readonly ReadEntry[],
    hotel?: Candidate,
  ): Promise<readonly Entry[]> => {
    const { run, conversation, address, adapter, kept } = unrouted
    const commands = read.filter((one) => !(isWish(one) && kept.includes(one)))
    const answers = await answersTo(commands, { conversation, address, hotel, note: run.note }, context)
    const asks = hotel === undefined && adapter.asks !== false ? questions(unrouted) : []
    const said = [...answers, ...asks]
    const known = await store.log.recorded(said.flatMap(({ keys }) => keys))
    return said.filter(({ keys }) => !keys.some((key) => known.has(key)))
  }
}

/** The failed parts of entries before the first that is for a hotel: those that cannot be read, and notices for the staff of a hotel that the guest has left. */
const createFailEarly = (context: RelayContext) => {
  const fail = createFail(context)
  return ({ read, kept }: UnroutedRun): readonly Delivery[] =>
    read
      .slice(0, read.length - kept.length)
      .filter(({ notice, unreadable }) => notice !== undefined || unreadable !== undefined)
      .flatMap((one) => fail(one, one.unreadable ?? 'The guest has left this hotel for another one.'))
}

/** The failed parts of an entry that no hotel will read, in the words that one would have read. */
const createFail =
  ({ wording, clock }: RelayContext) =>
  ({ entry, turns, notice = '' }: ReadEntry, reason: string): readonly Delivery[] => {
    const common = { pos: entry.pos, target: '', at: clock.now() }
    const words = turns.map((turn) => ({
      author: turn.author.name,
      authorId: turn.author.id,
      text: composeTurn(turn, {}, wording.forStaff()),
    }))
    const parts = words.length > 0 ? words : [{ author: '', authorId: '', text: notice }]
    return parts.map((said, part) => ({
      ...waitingPart({ ...common, ...said, part }),
      state: 'failed' as const,
      reason,
    }))
  }

/** The guest's language, as far as it is known. */
const languageOf = ({ run, read }: UnroutedRun): string | undefined =>
  languageAfter(readMessageTimes(run.note), read).language

/** An entry that was for the connector: nothing of it goes to a hotel. */
const forUs = ({ entry, turns }: ReadEntry, at: number): Delivery => {
  const { author, text = '' } = turns[0] ?? {}
  const { name = '', id = '' } = author ?? {}
  const common = { pos: entry.pos, part: 0, target: '', at }
  const part = waitingPart({ ...common, text, author: name, authorId: id })
  return { ...part, state: 'sent', reason: 'It said which hotel is meant, and went to none.' }
}

/** The entries that have waited for an answer for too long. */
const expired = ({ run, kept, adapter }: UnroutedRun, giveUpMs: number): readonly ReadEntry[] => {
  const oldest = run.claimedAt - giveUpMs
  if (adapter.asks === false || run.failingSince === null || run.failingSince > oldest) return []
  const young = kept.findIndex(({ entry }) => entry.at > oldest)
  return young < 0 ? kept : kept.slice(0, young)
}

/** Ends entries for which no hotel was named in time, and tells the guest once. */
const createGiveUp = (context: RelayContext) => {
  const { wording, clock, log } = context
  const fail = createFail(context)
  const failEarly = createFailEarly(context)

  return (unrouted: UnroutedRun, over: readonly ReadEntry[]): Settlement => {
    const { run, conversation, address } = unrouted
    const { lane, token } = run
    const lost = over.filter(({ turns }) => turns.length > 0)
    const deliveries = lost.flatMap((one) => fail(one, unanswered))
    for (const { entry } of lost) log.error({ lane, pos: entry.pos, reason: unanswered }, 'turn failed')
    const words = excerpt(deliveries.map(({ text }) => text).join(' '), quoteLimit)
    const text = wording.forGuest(languageOf(unrouted)).say('turnsUnanswered', { text: words })
    const key = failureNoticeKey(lane, lost[0]?.entry.pos ?? 0)
    const told = address !== undefined && lost.length > 0
    return {
      lane,
      token,
      deliveries: [...failEarly(unrouted), ...deliveries],
      doneThrough: over.at(-1)?.entry.pos ?? 0,
      append: told ? [sayToGuest(conversation, { text, address }, [key], clock.now())] : [],
      nextStep: { next: 'release' },
    }
  }
}

/** Decides until when the rest of a run waits, and for what. */
const createNextStepOf =
  ({ clock, times, random, log }: RelayContext) =>
  (unrouted: UnroutedRun): NextStep => {
    const { run, read, kept, failure, adapter, address } = unrouted
    const now = clock.now()
    if (failure !== undefined || run.entries.length >= entriesAtOnce) {
      const at = now + pauseAfter(run.attempts, { firstMs: times.retryMs, maxMs: times.retryMaxMs, random })
      const reason = failure === undefined ? unanswered : explainFailure(failure)
      return { next: 'retry', at, reason, countAttempt: true }
    }
    const [first] = kept
    if (first === undefined) return { next: 'release' }
    const asks = adapter.asks !== false
    const reason = asks ? unanswered : explainNoRoute(adapter, unrouted.routing)
    if (!asks) log.error({ lane: run.lane, reason }, 'a conversation belongs to no property')
    const until = Math.max(first.entry.at, run.failingSince ?? now) + times.giveUpMs
    return {
      next: 'await',
      seen: read.at(-1)?.entry.pos ?? 0,
      until: asks ? until : now + times.giveUpMs,
      reason,
      asked: asks && address !== undefined,
    }
  }
