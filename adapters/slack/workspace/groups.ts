import { LRUCache } from 'lru-cache'
import type { Clock, Vault } from '../../../src/port.ts'
import type { Routes } from './channels.ts'
import { readString, type Fields } from '../wire.ts'

/** How long another instance's record may go unseen. */
const unknownForMs = 5000

/** Which channels are direct messages of several people: the id of a newer one looks like any channel's. */
export interface Groups {
  /** Remembers the channel of a message that says so itself. */
  note(event: Fields): Promise<void>
  has(channel: string): Promise<boolean>
}

const keyOf = (channel: string): string => `group:${channel}`

/** Keeps them in the records. */
export const createGroups = (records: Vault, clock: Clock): Groups => {
  const groups = new LRUCache<string, boolean>({ max: 10_000, ttl: 0, ttlResolution: 0, perf: clock })
  return {
    note: async (event) => {
      const channel = readString(event['channel'])
      if (event['channel_type'] !== 'mpim' || channel === undefined || groups.get(channel) === true) return
      await records.set(keyOf(channel), { v: 1 })
      groups.set(channel, true)
    },
    has: async (channel) => {
      const known = groups.get(channel)
      if (known !== undefined) return known
      const found = (await records.get(keyOf(channel))) !== undefined
      groups.set(channel, found, found ? {} : { ttl: unknownForMs })
      return found
    },
  }
}

/**
 * An event of a group's direct message as a message there tells of itself; undefined for every other event. A mention does not say in what
 * kind of channel it stands (https://docs.slack.dev/reference/events/app_mention); and where the group has become a private channel, maybe
 * under another id, its conversation goes on.
 */
export const readGroupEvent = async (
  event: Fields,
  groups: Groups,
  routes: Pick<Routes, 'origin'>,
): Promise<Fields | undefined> => {
  const { type, channel_type: kind } = event
  const channel = readString(event['channel'])
  const mayBe = (type === 'app_mention' && kind === undefined) || (type === 'message' && kind === 'group')
  if (!mayBe || channel === undefined) return undefined
  const inGroup = (await groups.has(channel)) || (await groups.has(await routes.origin(channel)))
  return inGroup ? { ...event, channel_type: 'mpim' } : undefined
}
