import type { Adapter, Address, Choice } from '../../port.ts'
import type { RestoredSpan } from '../../store/restored.ts'
import type { Delivery, Entry, Run, StoredEntry } from '../../store/lanes/types.ts'
import type { Binding } from '../threads/bindings.ts'
import type { RelayContext } from '../context.ts'
import { noticeForStaff, readNotice } from '../entries/notice.ts'
import { waitingPart } from '../turns/plan.ts'
import { splitText } from '../../util/text.ts'
import { readReply } from '../entries/reply.ts'
import { explainToStaff, fill, type StaffReason } from '../texts.ts'
import { doubt, doubtfulSince } from '../restore/restored.ts'

/** One reply or notice on its way to a guest. */
export interface Draft {
  readonly run: Run
  readonly entry: StoredEntry
  /** What its parts are named for: never another entry's of the lane. */
  readonly name: string
  /** Which property's the conversation is; undefined where it is bound to none. */
  readonly binding: Pick<Binding, 'property'> | undefined
  /** Nothing tells any more where the conversation is: what the guest wrote was erased, and the binding is lost. */
  readonly isLost: boolean
  /** Undefined when it is not known where the conversation is. */
  readonly address: Address | undefined
  /** Go with the last part. */
  readonly choices: readonly Choice[] | undefined
  /** Whose staff wrote it; undefined for a notice. */
  readonly property: string | undefined
  /** In order; replaced as they go. */
  parts: readonly Delivery[]
}

/** Reads an entry and cuts it into the platform's parts; what was cut before stays as it was recorded. */
export const draftEntry = (
  run: Run,
  entry: StoredEntry,
  { binding, lost, span }: Place,
  adapter: Adapter,
  { clock, texts, propertyNames }: Pick<RelayContext, 'clock' | 'texts' | 'propertyNames'>,
): Draft => {
  const notice = entry.kind === 'reply' ? undefined : readNotice(entry.payload)
  const reply = notice === undefined ? readReply(entry.payload) : undefined
  const boundTo = binding ?? lost
  const property = reply === undefined ? undefined : (reply.property ?? boundTo?.property)
  const hotel = propertyNames.get(property ?? '') ?? ''
  const text = notice?.text ?? fill(texts.reply, { property: hotel, text: reply?.text ?? '' })
  const place = { pos: entry.pos, target: '', author: '', at: clock.now() }
  const fresh = (): readonly Delivery[] =>
    adapter.split(text).map((piece, part) => waitingPart({ ...place, part, text: piece }))
  const moment = { recordedAt: entry.at, writtenAt: reply?.createdAt }
  const since = doubtfulSince(moment, span, adapter.confirm !== undefined)
  const anew = (): readonly Delivery[] => (since === undefined ? fresh() : doubt(fresh(), since))
  const parts = entry.deliveries.length > 0 ? entry.deliveries : anew()
  const address = notice?.address ?? binding?.address
  // By its id a reply is the same one in a backup that was put back, whatever its position is there.
  const name = reply === undefined ? `${entry.pos}|${entry.at}` : reply.messageId
  const isLost = address === undefined && lost !== undefined
  return { run, entry, name, binding: boundTo, isLost, address, choices: notice?.choices, property, parts }
}

/** Shorter parts are not cut: their length is not what is wrong with them. */
const shortestCut = 500

/**
 * Cuts a part that the platform found too long into halves; false when it is too short for that. What follows it is
 * counted anew: it was never tried.
 */
export const cutPart = (draft: Draft, part: Delivery): boolean => {
  if (part.text.length < shortestCut) return false
  const halves = splitText(part.text, Math.ceil(part.text.length / 2))
  const waiting = halves.map((text) => ({ ...part, text, state: 'waiting' as const, reason: null }))
  draft.parts = draft.parts
    .toSpliced(part.part, 1, ...waiting)
    .map((each, index) => ({ ...each, part: index }))
  return true
}

/** Ends a draft as failed; resolves with what tells the staff, once, of the parts that did not arrive. */
export const failDraft = (
  draft: Draft,
  reason: string,
  kind: StaffReason,
  adapter: Adapter,
  { texts, clock, log }: Pick<RelayContext, 'texts' | 'clock' | 'log'>,
): readonly Entry[] => {
  const { run, binding, parts, property, entry } = draft
  const at = clock.now()
  const lost = parts.filter(({ state }) => state !== 'sent')
  draft.parts = parts.map((part) => (part.state === 'sent' ? part : { ...part, state: 'failed', reason, at }))
  log.error({ lane: run.lane, pos: entry.pos, reason }, 'reply failed')
  // The thread of a hotel that the conversation has left is not to be told what others write.
  if (binding === undefined || property !== binding.property) return []
  const mayHaveArrived = lost.some(({ state, possiblyTwice }) => state === 'sending' || possiblyTwice)
  const platform = adapter.label
  const failedForMs = run.claimedAt - (run.failingSince ?? run.claimedAt)
  const why = explainToStaff(kind, { platform, failedForMs }, texts)
  return [
    noticeForStaff({
      lane: run.lane,
      property,
      platform,
      parts: lost,
      mayHaveArrived,
      reason: why,
      texts,
      at,
    }),
  ]
}

/** What is known of a conversation before its entries are read. */
interface Place {
  readonly binding: Binding | undefined
  /** Where there is no binding: the thread that it was bound to. */
  readonly lost?: Pick<Binding, 'property'> | undefined
  readonly span: RestoredSpan | undefined
}
