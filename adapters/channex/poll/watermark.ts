import type { Vault } from '../../../src/port.ts'
import { readCount, readFields } from '../../../src/util/json.ts'

/** The first look goes back this far. */
export const firstLookMs = 24 * 60 * 60_000

/** A booking site may hand a message over this much later than it was written. */
export const latenessMs = 24 * 60 * 60_000

/** How far a property has been looked through; milliseconds since 1970, by Channex's clock. */
export interface Looked {
  /** Messages from before this are ignored. */
  readonly begun: number
  readonly until: number
  /** Properties that could not be read while the others were, and until when each was looked through. */
  readonly apart: Readonly<Record<string, number>>
}

/** How far the guests' conversations have been looked through, kept over restarts; every method rejects when the vault fails. */
export interface Watermark {
  /** Undefined before the first look. */
  get(): Promise<Looked | undefined>
  set(looked: Looked): Promise<void>
  /** Notes a message for a property that is not set up: once it is, its first look goes back to `at` or earlier. */
  begin(propertyId: string, at: number): Promise<number>
}

/** `propertyId`: undefined where every property is meant. */
export const createWatermark = (vault: Vault, propertyId: string | undefined): Watermark => {
  const get = async (key: string): Promise<Looked | undefined> => {
    const stored = readFields(await vault.get(key))
    const begun = readCount(stored?.['begun'])
    const until = readCount(stored?.['until'])
    return begun === undefined || until === undefined
      ? undefined
      : { begun, until, apart: readApart(stored?.['apart']) }
  }
  return {
    get: () => get(toKey(propertyId)),
    set: (looked) => vault.set(toKey(propertyId), { v: 1, ...looked }),
    begin: async (other, at) => {
      // It may be set up by its own id, or by reading every property from then on.
      for (const key of [toKey(undefined), toKey(other)])
        if ((await get(key)) === undefined) await vault.set(key, { v: 1, begun: at, until: at })
      return (await get(toKey(other)))?.until ?? at
    },
  }
}

const readApart = (value: unknown): Looked['apart'] =>
  Object.fromEntries(
    Object.entries(readFields(value) ?? {}).flatMap(([propertyId, stored]) => {
      const until = readCount(stored)
      return until === undefined ? [] : [[propertyId, until]]
    }),
  )

const toKey = (propertyId: string | undefined): string => `looked:${propertyId ?? 'every property'}`
