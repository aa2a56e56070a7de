import type { RepairResult, Repairs, Troubled } from '../store/books-types.ts'
import { type GiveUpPlan, planAfterAll, planGiveUp, type TellOptions } from './give-up.ts'

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
export const deliveryPlaceId = ({ lane, pos }: Pick<Troubled, 'lane' | 'pos'>): string => `${lane}#${pos}`

const find = async (id: string, { repairs }: RepairOptions): Promise<Troubled | undefined> => {
  const place = readDeliveryPlace(id)
  return place === undefined ? undefined : repairs.find(place.lane, place.pos)
}

/** Says who would be told if a delivery were given up; undefined where it does not wait. Changes nothing. */
export const createPreview =
  (options: RepairOptions) =>
  async (id: string): Promise<GiveUpPlan | undefined> => {
    const troubled = await find(id, options)
    const waits = troubled !== undefined && troubled.nextAt !== null && !troubled.lane.startsWith('hook:')
    return waits ? planGiveUp(troubled, options) : undefined
  }

/** Does what an operator asks about a delivery, and tells the people concerned. */
export const createRepair =
  (options: RepairOptions) =>
  async (action: RepairAction, id: string): Promise<RepairResult> => {
    const { repairs } = options
    const troubled = await find(id, options)
    if (troubled === undefined) return 'not there'
    const { lane, pos } = troubled
    if (action === 'retry') return repairs.retry(lane, pos)
    if (action === 'mark-delivered') {
      const notices = await planAfterAll(troubled, options)
      return repairs.markDelivered(lane, pos, 'An operator marked it as delivered.', notices)
    }
    if (lane.startsWith('hook:')) return 'not there'
    const { notices } = await planGiveUp(troubled, options)
    return repairs.giveUp(lane, pos, 'An operator gave it up.', notices)
  }
