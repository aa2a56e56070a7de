import type { Delivery, Run, Settlement, StoredEntry } from '../../store/lanes/types.ts'
import { explainFailure } from '../../util/failure.ts'
import type { RelayContext } from '../context.ts'
import { OvertakenError } from '../turns/read-run.ts'
import type { HeldLanes } from '../lanes/held-lanes.ts'
import { conversationOf, propertyOfGroup } from '../ids.ts'
import { noticeForGuest } from '../entries/notice.ts'
import { waitingPart, waitsIn } from '../turns/plan.ts'

/** Whether a run's first entry had waited for too long when it was claimed, in a lane that had failed for too long. */
export const isExpired = (
  { failingSince, claimedAt }: Run,
  { at }: StoredEntry,
  { times }: Pick<RelayContext, 'times'>,
): boolean => {
  const oldest = claimedAt - times.giveUpMs
  return failingSince !== null && failingSince <= oldest && at <= oldest
}

/** Lets a run that cannot be prepared wait, by itself; what waited for too long ends as failed. One that was overtaken is claimed again at once. */
export const createPutOff = (context: RelayContext, lanes: HeldLanes) => {
  const { store, log } = context
  const expire = createExpire(context)

  /** Settles or gives back a run, and lets go of it whatever comes of that. */
  const end = async (run: Run, settle: () => Promise<unknown>): Promise<void> => {
    try {
      await settle()
    } catch (error) {
      log.error({ lane: run.lane, err: error }, 'lane left until its lease ends')
    }
    lanes.letGo(run)
  }

  return async (run: Run, error: unknown): Promise<void> => {
    if (error instanceof OvertakenError) return end(run, () => store.log.release([run]))
    const settlement = await expire(run, explainFailure(error)).catch(() => undefined)
    if (settlement === undefined) return lanes.postpone(run, error)
    return end(run, () => store.log.settle(settlement))
  }
}

/**
 * Ends a run's first entry that could not even be prepared for `giveUpMs`, and tells the guest; undefined while that is not due. The
 * entries behind it have not been tried yet.
 */
const createExpire = (context: RelayContext) => {
  const { bindings, clock, wording, log } = context
  return async (run: Run, reason: string): Promise<Settlement | undefined> => {
    const { lane, token, entries } = run
    const [entry] = entries
    if (entry === undefined || !isExpired(run, entry, context)) return undefined
    const { pos, kind, deliveries } = entry
    const at = clock.now()
    const { address, language, property } = (await bindings.find(conversationOf(lane))) ?? {}
    const texts = wording.forGuest(language, property)
    log.error({ lane, pos, reason }, 'turn failed')
    const parts = failedParts(entry, reason, at)
    const mayHaveArrived = deliveries.some(({ state }) => state === 'sending' || state === 'sent')
    const told = address !== undefined && kind === 'event'
    const append = told ? [noticeForGuest({ lane, parts, mayHaveArrived, address, texts, at })] : []
    const waits = waitsIn({ parts, conversation: conversationOf(lane), property: propertyOfGroup(run.group) })
    return { lane, token, deliveries: parts, doneThrough: pos, append, waits, nextStep: { next: 'release' } }
  }
}

const failedParts = ({ pos, deliveries }: StoredEntry, reason: string, at: number): readonly Delivery[] => {
  const parts =
    deliveries.length > 0 ? deliveries : [waitingPart({ pos, part: 0, text: '', target: '', author: '', at })]
  return parts.map((part) => (part.state === 'sent' ? part : { ...part, state: 'failed', reason, at }))
}
