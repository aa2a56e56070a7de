import type { Delivery, Entry, Run } from '../../store/lanes/types.ts'
import { hookLane } from '../ids.ts'
import { waitingPart } from '../turns/plan.ts'

/** A message that Mews announced: that it exists, not what it says. */
export interface Announced {
  readonly id: string
  /** Where Mews said so. */
  readonly threadId?: string
}

/** The record of announced messages; each is taken once however often it is announced. */
export const announcementEntries = (
  property: string,
  announced: readonly Announced[],
  at: number,
): readonly Entry[] =>
  announced.map((message) => ({
    lane: hookLane(property),
    group: hookLane(property),
    kind: 'announcement',
    keys: [`${hookLane(property)}:${message.id}`],
    payload: JSON.stringify(message),
    at,
  }))

/** Reads a recorded announcement. */
export const readAnnouncement = (payload: string): Announced => JSON.parse(payload) as Announced

const minute = 60_000

/** When a message that was not there is looked for again: Mews shows one up to some minutes after it announced it. */
const lookAgainAfterMs: readonly number[] = [5_000, 20_000, 80_000, 5 * minute, 20 * minute, 65 * minute]

/** The record of a message that was not there. It waits in a lane of its own, so that it outlives a restart and holds up no other. */
export const pendingEntry = (property: string, announced: Announced, at: number): Entry => ({
  lane: `${hookLane(property)}:${announced.id}`,
  group: hookLane(property),
  kind: 'announcement',
  keys: [`pending:${hookLane(property)}:${announced.id}`],
  payload: JSON.stringify(announced),
  at,
})

/** Whether a claimed lane is one of these. */
export const isPending = ({ lane, group }: Pick<Run, 'lane' | 'group'>): boolean => lane !== group

/** Whether a message that was recorded as missing is to be looked for by now; a clock that was set makes it so at once. */
export const isDue = (recordedAt: number, now: number): boolean =>
  Math.abs(now - recordedAt) >= (lookAgainAfterMs[0] ?? 0)

/** When to look next; undefined where that was the last time. It takes both time and `looks`, since setting the clock makes it only seem long ago. */
export const nextLook = (recordedAt: number, looks: number, now: number): number | undefined => {
  const elapsed = Math.abs(now - recordedAt)
  const after = lookAgainAfterMs.find((ms) => ms > elapsed)
  if (after !== undefined) return now + after - elapsed
  const pause = lookAgainAfterMs[looks]
  return pause === undefined ? undefined : now + pause
}

/** Shown by `deliveries` and the console for a message that was never found. */
export const lostDelivery = (pos: number, { id }: Announced, at: number): Delivery => ({
  ...waitingPart({ pos, part: 0, text: `Message ${id}, which Mews announced`, target: '', author: '', at }),
  state: 'failed',
  reason:
    'Mews announced it and did not show it within an hour. If the staff see it in one of the guests’ threads, try again; it may also belong to another integration.',
})
