import type { Adapter } from '../../src/port.ts'
import type { ChannexClient } from './client.ts'
import type { Guests } from './guests.ts'
import { readAddress } from './id.ts'
import type { OneByOne } from './one-by-one.ts'
import { toFailure } from './outcome.ts'
import { isAirbnb } from './provider.ts'

/** What `createResolved` needs. */
export interface ResolvedOptions {
  readonly client: Pick<ChannexClient, 'closeThread'>
  readonly guests: Guests
  readonly oneByOne: OneByOne
}

/** Closes a thread that the staff resolved. Airbnb's conversations cannot be closed; Channex opens a closed one with the next message. */
export const createResolved = (options: ResolvedOptions): NonNullable<Adapter['resolved']> => {
  const { client, guests, oneByOne } = options
  return async (address, signal) => {
    const threadId = readAddress(address)
    if (threadId === undefined) return { outcome: 'rejected', reason: 'the stored address cannot be read' }
    const { provider } = await guests.find(threadId, undefined, signal)
    if (isAirbnb(provider)) return { outcome: 'sent' }
    try {
      await oneByOne(threadId, () => client.closeThread(threadId, signal))
      return { outcome: 'sent' }
    } catch (error) {
      return toFailure(error)
    }
  }
}
