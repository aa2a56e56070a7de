import type { Acknowledgement } from '../../port.ts'
import type { RelayContext } from '../context.ts'
import { platformOf } from '../ids.ts'
import { lastAddress } from '../threads/bind.ts'
import type { Plan } from '../turns/plan.ts'
import { type ReadEntry, referencesOf } from '../turns/read-run.ts'

/** Whose turns, and where their platform finds them. */
type Told = Pick<Plan, 'conversation' | 'address' | 'references'>

/** Shows guests how far what they wrote has come. Nothing waits for it, and after a restart it may be left out. */
export interface Acknowledge {
  /** What was read is for the hotel, whether or not it has a thread yet. Telling it again does no harm. */
  read(conversation: string, read: readonly ReadEntry[], signal: AbortSignal): void
  recorded(plan: Plan, signal: AbortSignal): void
  settled(plan: Plan, signal: AbortSignal): void
}

export const createAcknowledge = ({ adapters }: RelayContext): Acknowledge => {
  const tell = (
    { conversation, address, references }: Told,
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
    read: (conversation, read, signal) => {
      const certain = read.filter(({ turns }) => turns.some(({ onlyInBridged }) => onlyInBridged !== true))
      const told = { conversation, address: lastAddress(read), references: referencesOf(certain) }
      tell(told, told.references.keys(), 'recorded', signal)
    },

    recorded: (plan, signal) => tell(plan, new Set(plan.parts.map(({ pos }) => pos)), 'recorded', signal),

    settled: (plan, signal) => {
      const failed = new Set(plan.parts.filter(({ state }) => state === 'failed').map(({ pos }) => pos))
      const delivered = new Set(plan.parts.map(({ pos }) => pos).filter((pos) => !failed.has(pos)))
      tell(plan, failed, 'failed', signal)
      tell(plan, delivered, 'delivered', signal)
    },
  }
}
