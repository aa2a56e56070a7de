import type { Acknowledgement, Adapter, Json } from '../../port.ts'
import type { RelayContext } from '../context.ts'
import { platformOf } from '../ids.ts'
import type { Plan } from '../turns/plan.ts'
import type { ReadEntry } from '../turns/read-run.ts'

/** The platform's references of a run's turns, by position. */
export const referencesOf = (read: readonly ReadEntry[]): ReadonlyMap<number, readonly Json[]> =>
  new Map(read.map(({ entry, turns }) => [entry.pos, turns.flatMap(({ reference }) => reference ?? [])]))

/** Shows guests how far what they wrote has come. Nothing waits for it, and after a restart it may be left out. */
export interface Acknowledge {
  recorded(plan: Plan, signal: AbortSignal): void
  settled(plan: Plan, signal: AbortSignal): void
}

export const createAcknowledge = ({ adapters }: RelayContext): Acknowledge => ({
  recorded: (plan, signal) =>
    tell(
      adapters.get(platformOf(plan.conversation)),
      plan,
      [...new Set(plan.parts.map(({ pos }) => pos))],
      'recorded',
      signal,
    ),

  settled: (plan, signal) => {
    const adapter = adapters.get(platformOf(plan.conversation))
    const failed = new Set(plan.parts.filter(({ state }) => state === 'failed').map(({ pos }) => pos))
    const delivered = new Set(plan.parts.map(({ pos }) => pos).filter((pos) => !failed.has(pos)))
    tell(adapter, plan, [...failed], 'failed', signal)
    tell(adapter, plan, [...delivered], 'delivered', signal)
  },
})

const tell = (
  adapter: Adapter | undefined,
  { address, references }: Plan,
  positions: readonly number[],
  state: Acknowledgement['state'],
  signal: AbortSignal,
): void => {
  if (adapter?.acknowledge === undefined || address === undefined) return
  for (const reference of positions.flatMap((pos) => references.get(pos) ?? [])) {
    void adapter.acknowledge({ address, reference, state }, signal)
  }
}
