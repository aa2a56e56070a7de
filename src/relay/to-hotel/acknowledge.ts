import type { Acknowledgement, Json } from '../../port.ts'
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

export const createAcknowledge = ({ adapters }: RelayContext): Acknowledge => {
  const tell = (
    { conversation, address, references }: Plan,
    positions: Iterable<number>,
    state: Acknowledgement['state'],
    signal: AbortSignal,
  ): void => {
    const adapter = adapters.get(platformOf(conversation))
    if (adapter?.acknowledge === undefined || address === undefined) return
    for (const pos of positions)
      for (const reference of references.get(pos) ?? [])
        void adapter.acknowledge({ address, reference, state }, signal)
  }

  return {
    recorded: (plan, signal) => tell(plan, new Set(plan.parts.map(({ pos }) => pos)), 'recorded', signal),

    settled: (plan, signal) => {
      const failed = new Set(plan.parts.filter(({ state }) => state === 'failed').map(({ pos }) => pos))
      const delivered = new Set(plan.parts.map(({ pos }) => pos).filter((pos) => !failed.has(pos)))
      tell(plan, failed, 'failed', signal)
      tell(plan, delivered, 'delivered', signal)
    },
  }
}
