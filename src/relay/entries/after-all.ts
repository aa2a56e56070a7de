import type { Address } from '../../port.ts'
import type { Entry, LaneLog, StoredEntry } from '../../store/lanes/types.ts'
import type { RelayContext } from '../context.ts'
import { conversationOf } from '../ids.ts'
import { failureNoticeKey, quote, sayToGuest, sayToStaff } from './notice.ts'
import type { Draft } from '../to-guest/draft.ts'
import type { Plan } from '../turns/plan.ts'
import type { Texts } from '../texts.ts'

/** Whether its writer was told that an entry failed. */
export const wasTold = async (
  lane: string,
  pos: number | undefined,
  { recorded }: Pick<LaneLog, 'recorded'>,
): Promise<boolean> => {
  if (pos === undefined) return false
  const key = failureNoticeKey(lane, pos)
  return (await recorded([key])).has(key)
}

/** Notices that tell the guest that the hotel has a turn after all, by position: for turns that are tried again and whose failure the guest was told of. */
export const turnsAfterAll = async (
  lane: string,
  read: readonly { readonly entry: StoredEntry }[],
  { parts, address, texts }: Pick<Plan, 'parts' | 'address'> & { readonly texts: Texts },
  { store, clock }: Pick<RelayContext, 'store' | 'clock'>,
): Promise<ReadonlyMap<number, Entry>> => {
  const told = new Map<number, Entry>()
  if (address === undefined) return told
  for (const { entry } of read) {
    const { pos, retryOf } = entry
    if (!(await wasTold(lane, retryOf, store.log))) continue
    const said = parts.filter((part) => part.pos === pos).map(({ text }) => text)
    told.set(pos, guestHasArrived({ lane, pos, texts: said, at: clock.now() }, address, texts))
  }
  return told
}

/** The notice that tells the staff that a reply has arrived after all, where they were told that it did not. The thread of a hotel that the guest has left gets nothing more. */
export const replyAfterAll = async (
  { run, entry, binding, property, parts }: Draft,
  platform: string,
  { store, wording, clock }: Pick<RelayContext, 'store' | 'wording' | 'clock'>,
): Promise<readonly Entry[]> => {
  const { lane } = run
  if (property === undefined || property !== binding?.property) return []
  if (!(await wasTold(lane, entry.retryOf, store.log))) return []
  const arrived = { lane, pos: entry.pos, texts: parts.map(({ text }) => text), at: clock.now() }
  return [replyHasArrived(arrived, { property, platform }, wording.forStaff(property))]
}

/** Tells the guest that the hotel has it after all, once for each entry. */
export const guestHasArrived = (arrived: Arrived, address: Address, words: Texts): Entry => {
  const { lane, pos, texts, at } = arrived
  const text = words.say('turnDeliveredAfterAll', { text: quote(texts) || words.say('noText') })
  return sayToGuest(conversationOf(lane), { text, address }, [afterAllKey(lane, pos)], at)
}

/** Tells the staff, in the thread, that the guest has it after all, once for each entry. */
export const replyHasArrived = (
  arrived: Arrived,
  { property, platform }: { readonly property: string; readonly platform: string },
  words: Texts,
): Entry => {
  const { lane, pos, texts, at } = arrived
  const text = words.say('replyDeliveredAfterAll', { platform, text: quote(texts) || words.say('noText') })
  return sayToStaff(conversationOf(lane), { text, property }, [afterAllKey(lane, pos)], at)
}

/** Something that arrived although its writer was told that it did not. */
interface Arrived {
  readonly lane: string
  readonly pos: number
  /** Its words, part by part. */
  readonly texts: readonly string[]
  readonly at: number
}

const afterAllKey = (lane: string, pos: number): string => `after-all:${lane}:${pos}`
