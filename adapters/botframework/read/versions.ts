import { hash } from 'node:crypto'
import type { Turn } from '../../../src/port.ts'

/** What messages said, as far as it is remembered. */
export interface Versions {
  /**
   * Notes what a message says since `turn.at`, and tells whether it is known to have said the same before. The same
   * turn may come again.
   */
  isRepetition(message: string, turn: Turn): boolean
}

interface Version {
  readonly at: number
  readonly digest: string
}

/** Whether the bot was spoken to counts as well: what it only overheard is new when it is told. */
const digestOf = ({ text, attachments, onlyInBridged = false }: Turn): string =>
  hash('sha256', JSON.stringify([text, attachments, onlyInBridged]), 'base64')

/** Digests in memory, of the latest `mostMessages`: Teams also tells of edits when only a preview or a reaction changed. */
export const createVersions = (mostMessages = 5000): Versions => {
  const known = new Map<string, readonly Version[]>()
  return {
    isRepetition: (message, turn) => {
      const version = { at: turn.at, digest: digestOf(turn) }
      const versions = known.get(message) ?? []
      const before = versions.filter(({ at }) => at < version.at)
      const latest = before.toSorted((left, right) => left.at - right.at).at(-1)
      known.delete(message)
      known.set(message, [...versions.filter(({ at }) => at !== version.at), version].slice(-8))
      for (const oldest of known.keys()) {
        if (known.size <= mostMessages) break
        known.delete(oldest)
      }
      return latest?.digest === version.digest
    },
  }
}
