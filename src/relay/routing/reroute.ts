import type { Adapter } from '../../port.ts'
import type { Run } from '../../store/lanes/types.ts'
import { closeBinding } from '../commands.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { conversationOf, turnGroup, unroutedGroup } from '../ids.ts'
import type { Plan } from '../turns/plan.ts'
import type { ReadEntry } from '../turns/read-run.ts'
import { propertyOf, readRouting } from './router.ts'

/**
 * For a run that ends with the wish for a new conversation, which may be for another property: makes the plan that moves the lane, with
 * the wish still in it, to where that is found out. Undefined for every other run.
 */
export type Reroute = (
  run: Run,
  read: readonly ReadEntry[],
  adapter: Adapter,
) => (() => Promise<Plan>) | undefined

export const createReroute = (context: RelayContext, { key }: HotelConnection): Reroute => {
  /** The lane's group by the present routes. */
  const groupAnew = (routing: string, adapter: Adapter): string | undefined => {
    const kept = readRouting(routing)
    if (kept === undefined) return undefined
    const property = propertyOf(context.route(adapter.name, kept), adapter)
    return property === undefined ? unroutedGroup(adapter.name) : turnGroup(property)
  }

  return (run, read, adapter) => {
    const last = read.at(-1)
    if (last?.ask?.command !== 'new') return undefined
    const moveTo = groupAnew(run.routing, adapter)
    if (moveTo === undefined || moveTo === run.group) return undefined
    return async () => {
      const conversation = conversationOf(run.lane)
      const binding = await context.bindings.find(conversation)
      await closeBinding(read, binding === undefined ? {} : { binding }, context)
      const nothing = { address: undefined, references: new Map(), parts: [], note: run.note, notices: [] }
      return { ...nothing, run, conversation, property: key, through: last.entry.pos - 1, moveTo }
    }
  }
}
