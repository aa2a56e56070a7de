import type { RelayContext } from '../context.ts'
import { failPart } from '../turns/fail.ts'
import { platformOf } from '../ids.ts'
import type { OpenThread } from './open-thread.ts'
import { openParts, type Plan, update } from '../turns/plan.ts'
import { GivenUpError } from '../property/call.ts'
import { recordPlans } from '../turns/record-plans.ts'
import type { Ending } from '../worker.ts'

/** Opens a new thread for a plan whose thread takes no messages any more, and turns what is still open in it there. */
export const createReplaceThread =
  (context: RelayContext, openThread: OpenThread) =>
  async (plan: Plan, ending: Ending): Promise<Plan> => {
    const { store, bindings, adapters, clock, log } = context
    const { conversation } = plan
    const [first] = openParts(plan)
    const old = await bindings.find(conversation)
    if (first === undefined || old === undefined) return plan
    const [row] = await store.threads.byId([old.threadId])
    const turn = {
      kind: 'message',
      author: { id: old.firstAuthor, name: row?.sender ?? first.author },
      text: first.text,
      attachments: [],
      at: clock.now(),
    } as const
    const platform = adapters.get(platformOf(conversation))?.label ?? platformOf(conversation)
    const since = plan.run.entries.find(({ pos }) => pos === first.pos)?.at ?? clock.now()
    const opening = {
      conversation,
      platform,
      first: turn,
      address: old.address,
      since,
      replaces: first.target,
      boundTo: old.threadId,
    }
    try {
      const { threadId } = await openThread(opening, ending)
      log.info({ conversation, from: first.target, to: threadId }, 'thread replaced')
      update(
        plan,
        openParts(plan).map((part) => ({ ...part, target: threadId })),
      )
      plan.replaced = true
    } catch (error) {
      if (!(error instanceof GivenUpError)) throw error
      const { through = Infinity } = error
      const over = new Set(plan.run.entries.filter(({ at }) => at <= through).map(({ pos }) => pos))
      for (const part of openParts(plan)) if (over.has(part.pos)) failPart(plan, part, error.message, context)
      await recordPlans([plan], context)
    }
    return plan
  }
