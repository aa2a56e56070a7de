import type { Clock } from '../port.ts'
import type { Bindings } from '../relay/bindings.ts'
import { conversationOf, platformOf } from '../relay/ids.ts'
import { readReply } from '../relay/reply.ts'
import { noticeForGuest, noticeForStaff } from '../relay/notices.ts'
import { waitingPart } from '../relay/plan.ts'
import { explainToStaff } from '../relay/staff-reasons.ts'
import type { Texts } from '../relay/texts.ts'
import type { RepairResult, Repairs, Troubled } from '../store/books-types.ts'
import type { Entry } from '../store/types.ts'
import { unpreparedText } from '../transcript/lines.ts'

/** What an operator may do about a delivery. */
export const repairActions = ['retry', 'give-up', 'mark-delivered'] as const

export type RepairAction = (typeof repairActions)[number]

export interface RepairOptions {
  readonly repairs: Repairs
  readonly bindings: Bindings
  readonly texts: Texts
  /** The platforms' names for people, by adapter name. */
  readonly platformLabels: ReadonlyMap<string, string>
  readonly clock: Clock
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

/** What tells whoever wrote it that it is given up; nothing for notices, and where nobody can be told. */
const noticesFor = async (
  troubled: Troubled,
  { bindings, texts, platformLabels, clock }: RepairOptions,
): Promise<readonly Entry[]> => {
  const { lane, pos, kind, text, unsure } = troubled
  const conversation = conversationOf(lane)
  const written = kind === 'event' || kind === 'reply'
  const binding = written ? await bindings.find(conversation) : undefined
  if (binding === undefined) return []
  const at = clock.now()
  const parts = [
    waitingPart({ pos, part: 0, text: text || unpreparedText(troubled), target: '', author: '', at }),
  ]
  const about = { lane, parts, mayHaveArrived: unsure, texts, at }
  if (lane.startsWith('turn:')) return [noticeForGuest({ ...about, address: binding.address })]
  const { property = binding.property } = readReply(troubled.payload)
  if (property !== binding.property) return []
  const platform = platformLabels.get(platformOf(conversation)) ?? platformOf(conversation)
  const why = explainToStaff('given up', { platform, failedForMs: 0 }, texts)
  return [noticeForStaff({ ...about, property, platform, reason: why })]
}

/** Does what an operator asks about a delivery, and tells the people concerned. */
export const createRepair =
  (options: RepairOptions) =>
  async (action: RepairAction, id: string): Promise<RepairResult> => {
    const { repairs } = options
    const place = readDeliveryPlace(id)
    const troubled = place === undefined ? undefined : await repairs.find(place.lane, place.pos)
    if (troubled === undefined) return 'not there'
    const { lane, pos } = troubled
    if (action === 'retry') return repairs.retry(lane, pos)
    if (action === 'mark-delivered')
      return repairs.markDelivered(lane, pos, 'An operator marked it as delivered.')
    if (lane.startsWith('hook:')) return 'not there'
    const reason = 'An operator gave it up.'
    return repairs.giveUp(lane, pos, reason, await noticesFor(troubled, options))
  }
