import type { Clock, Vault } from '../../../src/port.ts'
import { readFields, readString } from '../wire.ts'

const everyMs = 5 * 60_000
const maxBots = 10_000
const key = 'bots'

/** Our own bot users, one in each workspace: what one of them writes in a shared channel is nothing for the others. */
export interface Bots {
  readonly has: (user: string) => boolean
  /** Remembers users that Slack itself names as our bots, in memory. */
  note(users: readonly string[]): void
  /** Remembers the bot user of a new installation for good. */
  add(user: string): Promise<void>
  /** Learns from the records what other installations there are, at most every five minutes. */
  refresh(): Promise<void>
}

/** Keeps our bot users in memory and in the records. */
export const createBots = (records: Vault, clock: Clock): Bots => {
  const known = new Set<string>()
  let freshUntil = -Infinity
  const note = (users: readonly string[]): void => {
    for (const user of users) if (known.size < maxBots) known.add(user)
  }
  const read = async (): Promise<readonly string[]> => {
    const users = readFields(await records.get(key))?.['users']
    return Array.isArray(users) ? users.flatMap((user) => readString(user) ?? []) : []
  }
  return {
    has: (user) => known.has(user),
    note,
    add: async (user) => {
      note([user])
      const users = await read()
      if (!users.includes(user)) await records.set(key, { v: 1, users: [...users, user].slice(-maxBots) })
    },
    refresh: async () => {
      if (clock.monotonic() < freshUntil) return
      note(await read())
      freshUntil = clock.monotonic() + everyMs
    },
  }
}
