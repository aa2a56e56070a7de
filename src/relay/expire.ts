import type { Delivery, Entry, Run, Settlement, StoredEntry } from '../store/types.ts'
import { explainFailure } from '../util/failure.ts'
import type { RelayContext } from './context.ts'
import { OvertakenError } from './overtaken.ts'
import type { HeldLanes } from './held-lanes.ts'
import { conversationOf } from './ids.ts'
import { noticeForGuest } from './notices.ts'
import { waitingPart } from './plan.ts'

/** The first entries of a run that have waited for too long in a lane that has failed for too long. */
const expiredEntries = (
  { failingSince, entries }: Run,
  { clock, times }: RelayContext,
): readonly StoredEntry[] => {
  const oldest = clock.now() - times.giveUpMs
  if (failingSince === null || failingSince > oldest) return []
  const young = entries.findIndex(({ at }) => at > oldest)
  return young === -1 ? entries : entries.slice(0, young)
}

const failedParts = ({ pos, deliveries }: StoredEntry, reason: string, at: number): readonly Delivery[] => {
  const parts =
    deliveries.length > 0 ? deliveries : [waitingPart({ pos, part: 0, text: '', target: '', author: '', at })]
  return parts.map((part) => (part.state === 'sent' ? part : { ...part, state: 'failed', reason, at }))
}

/**
 * What ends the entries of a run that could not even be prepared for `giveUpMs`, and tells the guest; undefined while
 * there are none.
 */
const expire = async (run: Run, reason: string, context: RelayContext): Promise<Settlement | undefined> => {
  const { bindings, clock, texts, log } = context
  const expired = expiredEntries(run, context)
  const last = expired.at(-1)
  if (last === undefined) return undefined
  const { lane, token } = run
  const at = clock.now()
  const address = (await bindings.find(conversationOf(lane)))?.address
  const append: Entry[] = []
  const deliveries = expired.flatMap((entry) => {
    log.error({ lane, pos: entry.pos, reason }, 'turn failed')
    const parts = failedParts(entry, reason, at)
    const mayHaveArrived = entry.deliveries.some(({ state }) => state === 'sending' || state === 'sent')
    if (address !== undefined && entry.kind === 'event')
      append.push(noticeForGuest({ lane, parts, mayHaveArrived, address, texts, at }))
    return parts
  })
  return { lane, token, deliveries, doneThrough: last.pos, append, fate: { next: 'release' } }
}

/** Lets a run that cannot be prepared wait, by itself; what waited for too long ends as failed. One that was overtaken is claimed again at once. */
export const putOff = async (
  run: Run,
  error: unknown,
  lanes: HeldLanes,
  context: RelayContext,
): Promise<void> => {
  if (error instanceof OvertakenError) {
    await context.store.log.release([run])
    return lanes.letGo(run)
  }
  const reason = explainFailure(error)
  const settlement = await expire(run, reason, context).catch(() => undefined)
  if (settlement === undefined) return lanes.postpone(run, error)
  await context.store.log.settle(settlement)
  lanes.letGo(run)
}
