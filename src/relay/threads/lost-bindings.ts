import { type Address, PassingError, type Reading } from '../../port.ts'
import type { Keyv } from 'keyv'
import { type Bindings, createBindings, type LostBindings } from './bindings.ts'
import type { RelayContext } from '../context.ts'
import { platformOf, turnLane } from '../ids.ts'

/** How many of a guest's last events are read to find where they are. */
const eventsRead = 20

/** Bindings in Keyv, behind which the database stands; `keyv` must be made with `throwOnErrors: true`. */
export const createLastingBindings = (keyv: Keyv, known: Known): Bindings =>
  createBindings(keyv, createLostBindings(known))

type Known = Pick<RelayContext, 'store' | 'adapters' | 'log'> & {
  /** Whether the bindings are kept outside the database: only then they may be older than it. */
  readonly isSeparate: boolean
}

/**
 * Makes bindings anew, from the database, that the Keyv backend has lost: it takes the thread from the list of threads, and the address of
 * replies from the guest's last events. Who opened the thread is not known any more, so all authors are named. Nothing is found where
 * everything that the guest wrote was erased.
 */
const createLostBindings = ({ store, adapters, log, isSeparate }: Known): LostBindings => {
  const find: LostBindings['find'] = async (conversation) => {
    const thread = await store.threads.lastBound(conversation)
    const adapter = adapters.get(platformOf(conversation))
    if (thread === undefined || adapter === undefined) return undefined
    const { property, threadId, activeAt } = thread
    const { signal } = new AbortController()
    let address: Address | undefined
    let ended: boolean | undefined
    for (const { payload, done } of await store.log.newestEvents(turnLane(conversation), eventsRead)) {
      const reading = await adapter.read(payload, signal).catch(unlessPassing)
      address ??= reading?.address
      if (done && reading?.command === 'new') ended ??= true
      if (done && (reading?.turns.length ?? 0) > 0) ended ??= false
      if (address !== undefined && ended !== undefined) break
    }
    if (address === undefined) return undefined
    log.info({ conversation, threadId }, 'binding made anew')
    const binding = { v: 1, conversation, property, threadId, firstAuthor: '', address, activeAt } as const
    return ended === true ? { ...binding, closed: true } : binding
  }

  const newer: LostBindings['newer'] = async (binding) => {
    const { conversation } = binding
    const newest = await store.threads.lastBound(conversation)
    if (newest === undefined || newest.threadId === binding.threadId) return undefined
    // One that the records do not know is newer than they are: a backup of them was put back.
    const [own] = await store.threads.byId([binding.threadId])
    if (own === undefined || own.startedAt >= newest.startedAt) return undefined
    log.warn({ conversation, threadId: binding.threadId }, 'an old binding came back from the backend')
    const { property, threadId, activeAt } = newest
    const { address } = binding
    // Where the guest was then is better than nothing.
    const known = { v: 1, conversation, property, threadId, firstAuthor: '', address, activeAt } as const
    return (await find(conversation)) ?? known
  }

  return {
    find,
    ...(isSeparate ? { newer } : {}),
    conversationOf: async (threadId) => {
      const [thread] = await store.threads.byId([threadId])
      return thread?.bound === true ? thread.conversation : undefined
    },
  }
}

/** Lets a passing failure through, since the event may be read later; an event that can never be read tells nothing. */
function unlessPassing(error: unknown): Reading | undefined {
  if (error instanceof PassingError) throw error
  return undefined
}
