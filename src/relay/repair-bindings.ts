import type { RelayContext } from './context.ts'

/**
 * Completes bindings of which a crash may have left one direction unwritten. Where nothing was written yet, the
 * conversation's lane is still before its cursor and binds it again.
 */
export const repairBindings = async ({ store, bindings, log }: RelayContext): Promise<void> => {
  for (const { conversation, threadId } of await store.threads.unbound()) {
    if (threadId === null) continue
    const binding = await bindings.find(conversation)
    if (binding?.threadId !== threadId) continue
    await bindings.write(binding)
    await store.threads.bound(threadId)
    log.info({ conversation, threadId }, 'binding repaired')
  }
}
