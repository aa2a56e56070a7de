import { readReply } from '../relay/entries/reply.ts'
import { conversationOf } from '../relay/ids.ts'
import type { RepairResult, Repairs, FailedDelivery } from '../store/admin/types.ts'
import type { WaitChange } from '../store/lanes/types.ts'
import { type RepairPlan, planAfterAll, planGiveUp, type TellOptions } from './give-up.ts'

/** What came of a repair, and who is told of it. */
export interface Repaired {
  readonly result: RepairResult
  readonly told: RepairPlan['told']
}

/** What an operator may do about a delivery. */
export const repairActions = ['retry', 'give-up', 'mark-delivered'] as const

export type RepairAction = (typeof repairActions)[number]

export interface RepairOptions extends TellOptions {
  readonly repairs: Repairs
}

/** The lane and position in a delivery's id, `<lane>#<position>`; undefined for anything else. */
export const readDeliveryPlace = (
  id: string,
): { readonly lane: string; readonly pos: number } | undefined => {
  const [, lane, pos] = /^((?:turn|reply|hook):.+)#(\d{1,15})$/s.exec(id) ?? []
  return lane === undefined ? undefined : { lane, pos: Number(pos) }
}

/** A delivery's id, as people name it. */
export const deliveryPlaceId = ({ lane, pos }: Pick<FailedDelivery, 'lane' | 'pos'>): string =>
  `${lane}#${pos}`

/** Says who would be told if a delivery were given up or marked as delivered; undefined where that is not possible. Changes nothing. */
export const createPreview =
  (options: RepairOptions) =>
  async (action: Exclude<RepairAction, 'retry'>, id: string): Promise<RepairPlan | undefined> => {
    const failed = await find(id, options)
    if (failed === undefined) return undefined
    if (action === 'mark-delivered') return planAfterAll(failed, options)
    const waits = failed.nextAt !== null && !failed.lane.startsWith('hook:')
    return waits ? planGiveUp(failed, options) : undefined
  }

/** Does what an operator asks about a delivery, and tells the people concerned. */
export const createRepair =
  (options: RepairOptions) =>
  async (action: RepairAction, id: string): Promise<Repaired> => {
    const { repairs } = options
    const failed = await find(id, options)
    if (failed === undefined) return untold('not there')
    const { lane, pos } = failed
    if (action === 'retry') return untold(await repairs.retry(lane, pos))
    if (action === 'mark-delivered') {
      const { notices, told } = await planAfterAll(failed, options)
      const follows = { notices, waits: waitsEnded(failed) }
      return of(told, await repairs.markDelivered(lane, pos, 'An operator marked it as delivered.', follows))
    }
    if (lane.startsWith('hook:')) return untold('not there')
    const { notices, told } = await planGiveUp(failed, options)
    return of(told, await repairs.giveUp(lane, pos, 'An operator gave it up.', notices))
  }

const find = async (id: string, { repairs }: RepairOptions): Promise<FailedDelivery | undefined> => {
  const place = readDeliveryPlace(id)
  return place === undefined ? undefined : repairs.find(place.lane, place.pos)
}

/** A reply that an operator brought to the guest ends the guest's wait. */
const waitsEnded = ({ lane, kind, payload }: FailedDelivery): readonly WaitChange[] => {
  if (kind !== 'reply' || payload === '') return []
  const { threadId: thread, createdAt: answeredAt, property } = readReply(payload)
  return property === undefined ? [] : [{ thread, conversation: conversationOf(lane), property, answeredAt }]
}

const untold = (result: RepairResult): Repaired => ({ result, told: 'nobody' })

const of = (told: RepairPlan['told'], result: RepairResult): Repaired =>
  result === 'done' ? { result, told } : untold(result)
