import type { Vault } from '../../../src/port.ts'
import { readFields } from '../../../src/util/json.ts'

/** The newest that are kept of each thread: more than can have the same words within minutes. */
const maxClaims = 30

/** Which message of a thread each part has become, kept over restarts; both methods reject when the vault fails. */
export interface Claims {
  /** Delivery ids by message id. */
  of(threadId: string): Promise<ReadonlyMap<string, string>>
  add(threadId: string, messageId: string, deliveryId: string): Promise<void>
}

const toKey = (threadId: string): string => `sent:${threadId}`

/** Keeps claims in the vault, without any words. Calls for one thread must not overlap. */
export const createClaims = (vault: Vault): Claims => {
  const of = async (threadId: string): Promise<ReadonlyMap<string, string>> => {
    const stored = Object.entries(readFields(await vault.get(toKey(threadId))) ?? {})
    return new Map(stored.map(([messageId, deliveryId]) => [messageId, String(deliveryId)]))
  }
  return {
    of,
    add: async (threadId, messageId, deliveryId) => {
      const claims = [...(await of(threadId)), [messageId, deliveryId] as const]
      await vault.set(toKey(threadId), Object.fromEntries(claims.slice(-maxClaims)))
    },
  }
}
