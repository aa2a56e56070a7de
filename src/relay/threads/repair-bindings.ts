import type { RelayContext } from '../context.ts'

/**
 * Completes a property's bindings of which a crash may have left one direction unwritten; for its sender alone, before it
 * sends. Where nothing was written yet, the conversation's lane is still before its cursor and binds it again.
 */
export const repairBindings = async (
  { store, bindings, log }: RelayContext,
  property: string,
): Promise<void> => {
  for (const { conversation, threadId, ...thread } of await store.threads.unbound()) {
    if (threadId === null || thread.property !== property) continue
    const binding = await bindings.find(conversation)
    if (binding?.threadId !== threadId) continue
    await bindings.write(binding)
    await store.threads.bound(conversation, threadId)
    log.info({ conversation, threadId }, 'binding repaired')
  }
}
