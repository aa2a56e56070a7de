import type { Adapter, Clock } from '../port.ts'
import type { Bindings } from '../relay/threads/bindings.ts'
import { guestHasArrived, replyHasArrived, wasTold } from '../relay/entries/after-all.ts'
import { conversationOf, platformOf } from '../relay/ids.ts'
import { noticeForGuest, noticeForStaff, readNotice } from '../relay/entries/notice.ts'
import { waitingPart } from '../relay/turns/plan.ts'
import { readUnprepared } from '../relay/turns/read-run.ts'
import { readReply } from '../relay/entries/reply.ts'
import { explainToStaff } from '../relay/texts.ts'
import type { Repairs, FailedDelivery } from '../store/admin/types.ts'
import type { Conversations } from '../store/search/types.ts'
import type { Delivery, Entry, LaneLog } from '../store/lanes/types.ts'
import type { Wording } from '../relay/wording.ts'
import { unpreparedText } from '../transcript/lines.ts'

/** What telling people of a delivery that is given up needs. */
export interface TellOptions {
  readonly repairs: Pick<Repairs, 'payloadOf'>
  readonly conversations: Pick<Conversations, 'find'>
  readonly bindings: Pick<Bindings, 'find'>
  readonly wording: Wording
  readonly log: Pick<LaneLog, 'recorded'>
  /** By name; those that are off are missing. */
  readonly adapters: ReadonlyMap<string, Pick<Adapter, 'label' | 'read'>>
  /** The hotels' names for people, by key. */
  readonly propertyNames: ReadonlyMap<string, string>
  readonly clock: Clock
}

/** Who is told when something is given up or marked as delivered, and how. */
export interface RepairPlan {
  readonly told: 'guest' | 'staff' | 'nobody'
  /** The guest's or the hotel's name; empty where it is not known, and where no one is told. */
  readonly name: string
  /** The guest's platform, for people. */
  readonly platform: string
  /** What they read; empty where no one is told. */
  readonly text: string
  /** Its own words could not be read, so the notice does not quote them. */
  readonly withoutWords: boolean
  /** What is recorded with it. */
  readonly notices: readonly Entry[]
}

/** Plans whom to tell, and in which words, that a delivery is given up; changes nothing. */
export const planGiveUp = async (failed: FailedDelivery, options: TellOptions): Promise<RepairPlan> => {
  const { lane, kind } = failed
  const platform = platformNameOf(lane, options)
  const plan =
    kind === 'event' && lane.startsWith('turn:')
      ? await planForGuest(failed, options)
      : kind === 'reply'
        ? await planForStaff(failed, platform, options)
        : undefined
  if (plan === undefined)
    return { told: 'nobody', name: '', platform, text: '', withoutWords: false, notices: [] }
  const { notice, ...rest } = plan
  return { ...rest, platform, text: readNotice(notice.payload).text, notices: [notice] }
}

/** Finds out who is to be told that a delivery has arrived after all: those who were told that it failed. Changes nothing. */
export const planAfterAll = async (failed: FailedDelivery, options: TellOptions): Promise<RepairPlan> => {
  const platform = platformNameOf(failed.lane, options)
  const notices = await tellAfterAll(failed, platform, options)
  const [notice] = notices
  if (notice === undefined)
    return { told: 'nobody', name: '', platform, text: '', withoutWords: false, notices }
  const { text, property } = readNotice(notice.payload)
  const isReply = failed.kind === 'reply'
  const { propertyNames, conversations } = options
  const guest = isReply ? undefined : await conversations.find(conversationOf(failed.lane))
  const name = isReply ? (propertyNames.get(property ?? '') ?? property) : guest?.guest
  return { told: isReply ? 'staff' : 'guest', name: name ?? '', platform, text, withoutWords: false, notices }
}

/** The guest's platform of a lane, as people call it. */
const platformNameOf = (lane: string, { adapters }: Pick<TellOptions, 'adapters'>): string => {
  const name = platformOf(conversationOf(lane))
  return adapters.get(name)?.label ?? name
}

/** A turn that was never prepared has its words in the platform's event alone. */
const planForGuest = async (
  { lane, pos, text, unsure }: FailedDelivery,
  { repairs, conversations, bindings, wording, adapters, clock }: TellOptions,
): Promise<Addressee | undefined> => {
  const conversation = conversationOf(lane)
  const adapter = text === '' ? adapters.get(platformOf(conversation)) : undefined
  const payload = adapter === undefined ? '' : await repairs.payloadOf(lane, pos)
  const unprepared = await readUnprepared(payload, adapter, clock)
  const binding = await bindings.find(conversation)
  const address = binding?.address ?? unprepared?.address
  if (address === undefined || unprepared?.isForHotel === false) return undefined
  const words = text || (unprepared?.words ?? '')
  const texts = wording.forGuest(binding?.language ?? unprepared?.language, binding?.property)
  const about = { lane, parts: [partOf(pos, words, clock)], mayHaveArrived: unsure, texts, at: clock.now() }
  return {
    told: 'guest',
    name: unprepared?.author || ((await conversations.find(conversation))?.guest ?? ''),
    withoutWords: words === '',
    notice: noticeForGuest({ ...about, address }),
  }
}

type Addressee = Pick<RepairPlan, 'told' | 'name' | 'withoutWords'> & { readonly notice: Entry }

const partOf = (pos: number, text: string, clock: Clock): Delivery =>
  waitingPart({ pos, part: 0, text, target: '', author: '', at: clock.now() })

const planForStaff = async (
  failed: FailedDelivery,
  platform: string,
  { bindings, wording, propertyNames, clock }: TellOptions,
): Promise<Addressee | undefined> => {
  const { lane, pos, text, unsure } = failed
  const binding = await bindings.find(conversationOf(lane))
  if (failed.payload === '') return undefined
  const { property = binding?.property } = readReply(failed.payload)
  if (property === undefined) return undefined
  // The thread of a hotel that the conversation has left gets nothing more.
  if (binding !== undefined && property !== binding.property) return undefined
  const words = text || unpreparedText(failed)
  const texts = wording.forStaff(property)
  const reason = explainToStaff('given up', { platform, failedForMs: 0 }, texts)
  const about = { lane, parts: [partOf(pos, words, clock)], mayHaveArrived: unsure, texts, at: clock.now() }
  return {
    told: 'staff',
    name: propertyNames.get(property) ?? property,
    withoutWords: words === '',
    notice: noticeForStaff({ ...about, property, platform, reason }),
  }
}

const tellAfterAll = async (
  failed: FailedDelivery,
  platform: string,
  options: TellOptions,
): Promise<readonly Entry[]> => {
  const { lane, pos, kind, text, retryOf } = failed
  const { bindings, wording, log, clock } = options
  if ((kind !== 'event' && kind !== 'reply') || failed.payload === '') return []
  const failedPos = failed.nextAt === null ? pos : (retryOf ?? undefined)
  if (!(await wasTold(lane, failedPos, log))) return []
  const binding = await bindings.find(conversationOf(lane))
  if (binding === undefined) return []
  const arrived = { lane, pos, texts: [text || unpreparedText(failed)], at: clock.now() }
  const { address, language } = binding
  if (kind === 'event')
    return [guestHasArrived(arrived, address, wording.forGuest(language, binding.property))]
  const { property = binding.property } = readReply(failed.payload)
  if (property !== binding.property) return []
  return [replyHasArrived(arrived, { property, platform }, wording.forStaff(property))]
}
