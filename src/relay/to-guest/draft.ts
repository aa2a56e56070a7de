import type { Adapter, Address, Choice } from '../../port.ts'
import { putBackReason, type RestoredSpan } from '../../store/restored.ts'
import type { Delivery, Entry, Run, StoredEntry } from '../../store/lanes/types.ts'
import type { Binding } from '../threads/bindings.ts'
import type { RelayContext } from '../context.ts'
import { noticeForStaff, readNotice } from '../entries/notice.ts'
import { waitingPart } from '../turns/plan.ts'
import { splitText } from '../../util/text.ts'
import { readReply, type Reply } from '../entries/reply.ts'
import { explainToStaff, type StaffReason } from '../texts.ts'
import { doubt, doubtfulSince } from '../restore/doubt.ts'

/** One reply or notice on its way to a guest. It is never changed: a step gives back what it has become. */
export interface Draft {
  readonly run: Run
  readonly entry: StoredEntry
  /** Its parts are named for this; different for each entry of the lane. */
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
  /** What the staff wrote; undefined for a notice. */
  readonly reply?: Reply | undefined
  /** In order. */
  readonly parts: readonly Delivery[]
}

/** Reads an entry and cuts it into the platform's parts; what was cut before stays as it was recorded. */
export const createDraftEntry =
  ({ clock, wording, propertyNames }: RelayContext, adapter: Adapter) =>
  (run: Run, entry: StoredEntry, { binding, lost, span }: Known): Draft => {
    const notice = entry.kind === 'reply' ? undefined : readNotice(entry.payload)
    const reply = notice === undefined ? readReply(entry.payload) : undefined
    const boundTo = binding ?? lost
    const property = reply === undefined ? undefined : (reply.property ?? boundTo?.property)
    const hotel = propertyNames.get(property ?? '') ?? ''
    const texts = wording.forGuest(binding?.language, property)
    const text = notice?.text ?? texts.say('reply', { property: hotel, text: reply?.text ?? '' })
    const common = { pos: entry.pos, target: '', author: '', at: clock.now() }
    const cut = (): readonly Delivery[] =>
      adapter.split(text).map((piece, part) => waitingPart({ ...common, part, text: piece }))
    const moment = { recordedAt: entry.at, writtenAt: reply?.createdAt }
    const since = doubtfulSince(moment, span, adapter.confirm !== undefined)
    const anew = (): readonly Delivery[] => (since === undefined ? cut() : doubt(cut(), since))
    const kept = reply === undefined ? entry.deliveries : entry.deliveries.map(notBefore(reply.createdAt))
    const parts = kept.length > 0 ? kept : anew()
    const address = notice?.address ?? binding?.address
    // By its id a reply is the same one in a backup that was put back, whatever its position is there.
    const name = reply === undefined ? `${entry.pos}|${entry.at}` : reply.messageId
    const isLost = address === undefined && lost !== undefined
    const about = { run, entry, name, binding: boundTo, isLost, address, property, reply }
    return { ...about, choices: notice?.choices, parts }
  }

/** A part that waited in a backup is looked up from when its reply was written: the time of the backup is by a clock that may have been wrong. */
const notBefore =
  (writtenAt: number) =>
  (part: Delivery): Delivery =>
    part.state === 'sending' && part.reason?.startsWith(putBackReason) === true
      ? { ...part, startedAt: writtenAt }
      : part

/** The draft with one part as it is now. */
export const withPart = (draft: Draft, delivery: Delivery): Draft => ({
  ...draft,
  parts: draft.parts.with(delivery.part, delivery),
})

/** Shorter parts are not cut: their length is not what is wrong with them. */
const shortestCut = 500

/**
 * The draft with a part in halves that the platform found too long; undefined when it is too short for that. The parts behind it are
 * numbered anew: they were never tried.
 */
export const cutPart = (draft: Draft, part: Delivery): Draft | undefined => {
  if (part.text.length < shortestCut) return undefined
  const halves = splitText(part.text, Math.ceil(part.text.length / 2))
  const waiting = halves.map((text) => ({ ...part, text, state: 'waiting' as const, reason: null }))
  const parts = draft.parts
    .toSpliced(part.part, 1, ...waiting)
    .map((each, index) => ({ ...each, part: index }))
  return { ...draft, parts }
}

/** Ends a draft as failed; `notices` tell the staff, once, of the parts that did not arrive. */
export const createFailDraft =
  ({ wording, clock, log }: RelayContext, { label: platform }: Adapter) =>
  (
    draft: Draft,
    reason: string,
    kind: StaffReason,
  ): { readonly failed: Draft; readonly notices: readonly Entry[] } => {
    const { run, binding, parts: before, property, entry } = draft
    const { lane } = run
    const at = clock.now()
    const failed = {
      ...draft,
      parts: before.map((part) =>
        part.state === 'sent' ? part : ({ ...part, state: 'failed', reason, at } as const),
      ),
    }
    log.error({ lane, pos: entry.pos, reason }, 'reply failed')
    // The thread of a hotel that the conversation has left is not to be told what others write.
    if (binding === undefined || property !== binding.property) return { failed, notices: [] }
    const parts = before.filter(({ state }) => state !== 'sent')
    const mayHaveArrived = parts.some(({ state, possiblyTwice }) => state === 'sending' || possiblyTwice)
    const texts = wording.forStaff(property)
    const failedForMs = run.claimedAt - (run.failingSince ?? run.claimedAt)
    const why = explainToStaff(kind, { platform, failedForMs }, texts)
    const what = { lane, property, platform, parts, mayHaveArrived, reason: why }
    return { failed, notices: [noticeForStaff({ ...what, texts, at })] }
  }

/** A conversation's state before its entries are read. */
interface Known {
  readonly binding: Binding | undefined
  /** Where there is no binding: the thread that it was bound to. */
  readonly lost?: Pick<Binding, 'property'> | undefined
  readonly span: RestoredSpan | undefined
}
