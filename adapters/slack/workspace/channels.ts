import { LRUCache } from 'lru-cache'
import type { Clock, Vault } from '../../../src/port.ts'
import type { SlackAddress } from '../id.ts'
import { type Fields, readFields, readList, readString, toWorkspace, type Workspace } from '../wire.ts'

/** How many installations of one shared channel are remembered. */
const maxWorkspaces = 10

/** How many changes of one channel's id are followed. */
const maxMoves = 8

/** How long another instance's record may go unseen. */
const freshForMs = 60_000

/** The same, for a channel that is not known to have had another id: Slack may tell of its first messages before it tells of the change. */
export const unmovedForMs = 2000

/** The same, for the first installation that is noted in a channel. */
const unpinnedForMs = 5000

/** Keeps addresses current: channels get other ids, and of several installations in a channel one posts. */
export interface Routes {
  /** Notes that a workspace's installation sees a channel; gives the one that posts there, which is the first that saw it. */
  pin(channel: string, workspace: Workspace): Promise<Workspace>
  /** The workspaces whose installations are known to see a channel, the one that posts there first; of a direct message none are. */
  workspaces(channel: string): Promise<readonly Workspace[]>
  /** The one that posts there, as was known a moment ago; undefined while none is. */
  poster(channel: string): Promise<Workspace | undefined>
  /** Where an address leads now. */
  resolve(address: SlackAddress): Promise<SlackAddress>
  /** Notes that a workspace's installation can no longer post to the channel; tells whether another one can. */
  drop(channel: string, workspace: Workspace): Promise<boolean>
  /** A channel has another id from now on; may be told again, and of several changes in any order. */
  move(from: string, to: string): Promise<void>
  /** The first id of a channel, by which its conversations are known. */
  origin(channel: string): Promise<string>
  /** Every id that a channel had until it got this one, the first at the beginning. */
  ids(channel: string): Promise<readonly string[]>
  /** A channel's id now. */
  current(channel: string): Promise<string>
}

/** Keeps the routes in the records; `several`: there may be more than one installation. */
export const createRoutes = (records: Vault, several: boolean, clock: Clock): Routes => {
  const moves = createMoves(records, clock)
  const posters = new LRUCache<string, { readonly workspace: Workspace | undefined }>({
    max: 10_000,
    ttl: freshForMs,
    ttlResolution: 0,
    perf: clock,
  })
  const find = async (channel: string): Promise<readonly Workspace[]> => {
    const record = readFields(await records.get(channelKey(channel)))
    return readList(record?.['workspaces']).map(({ team, enterprise }) => toWorkspace(team, enterprise))
  }
  const write = async (channel: string, workspaces: readonly Workspace[]): Promise<void> => {
    await records.set(channelKey(channel), {
      v: 1,
      workspaces: workspaces.map((workspace) => ({ ...workspace })),
    })
    posters.delete(channel)
  }

  return {
    origin: moves.origin,
    ids: moves.ids,
    current: moves.current,
    workspaces: async (channel) => (several && !isDirect(channel) ? find(channel) : []),
    poster: async (channel) => {
      if (!several || isDirect(channel)) return undefined
      const known = posters.get(channel)
      if (known !== undefined) return known.workspace
      const [workspace] = await find(channel)
      posters.set(channel, { workspace }, { ttl: workspace === undefined ? unpinnedForMs : freshForMs })
      return workspace
    },
    pin: async (channel, workspace) => {
      if (!several || isDirect(channel)) return workspace
      const known = await find(channel)
      const next = including(known, workspace)
      if (next !== known) await write(channel, next)
      return next[0] ?? workspace
    },
    resolve: async (address) => {
      if (isDirect(address.channel) || address.responseUrl !== undefined) return address
      const channel = await moves.current(address.channel)
      const [first] = several ? await find(channel) : []
      if (first === undefined) return { ...address, channel }
      const { enterprise: _, ...rest } = address
      return { ...rest, ...first, channel }
    },
    drop: async (channel, workspace) => {
      if (!several || isDirect(channel)) return false
      const left = (await find(channel)).filter((one) => !sameWorkspace(one, workspace))
      await write(channel, left)
      return left.length > 0
    },
    move: async (from, to) => {
      const known = several ? await find(from) : []
      if (known.length > 0 && (await find(to)).length === 0) await write(to, known)
      await moves.move(from, to)
    },
  }
}

/** How long another instance's record may go unseen. */
const unknownForMs = 5000

/** Which channels are direct messages of several people: the id of a newer one looks like any channel's. */
export interface Groups {
  /** Remembers the channel of a message that says so itself. */
  note(event: Fields): Promise<void>
  has(channel: string): Promise<boolean>
}

/** Keeps them in the records. */
export const createGroups = (records: Vault, clock: Clock): Groups => {
  const groups = new LRUCache<string, boolean>({ max: 10_000, ttl: 0, ttlResolution: 0, perf: clock })
  return {
    note: async (event) => {
      const channel = readString(event['channel'])
      if (event['channel_type'] !== 'mpim' || channel === undefined || groups.get(channel) === true) return
      await records.set(groupKey(channel), { v: 1 })
      groups.set(channel, true)
    },
    has: async (channel) => {
      const known = groups.get(channel)
      if (known !== undefined) return known
      const found = (await records.get(groupKey(channel))) !== undefined
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

/** How long Slack may take to tell that a channel has another id. */
const untoldForMs = 120_000

/** Slack usually tells within a second, so it is asked again soon at first. */
const askAgainMs = { first: 1000, longest: 5000 } as const

/** Channels that Slack does not know by their id any more, and of whose new id it may tell in a moment. */
export interface MissingChannels {
  /** Slack does not know the channel: after how many milliseconds to ask again; 0 where it will not come back. */
  miss(channel: string): Promise<number>
  /** Slack knows it. */
  found(channel: string): void
}

/**
 * A group's direct message gets another id as it becomes a private channel, and a private channel with an old id as it is shared. For two
 * minutes after Slack first refused the old id, the new one may still be told.
 */
export const createMissingChannels = (
  groups: Pick<Groups, 'has'>,
  routes: Pick<Routes, 'origin'>,
  clock: Pick<Clock, 'monotonic'>,
): MissingChannels => {
  const missingSince = new LRUCache<string, number>({ max: 10_000 })
  const mayMove = async (channel: string): Promise<boolean> =>
    channel.startsWith('G') || (await groups.has(channel)) || (await groups.has(await routes.origin(channel)))
  return {
    miss: async (channel) => {
      if (!(await mayMove(channel))) return 0
      const now = clock.monotonic()
      const since = missingSince.get(channel) ?? now
      missingSince.set(channel, since)
      const { first, longest } = askAgainMs
      return now - since < untoldForMs ? Math.min(Math.max(now - since, first), longest) : 0
    },
    found: (channel) => void missingSince.delete(channel),
  }
}

const createMoves = (records: Vault, clock: Clock): Moves => {
  const origins = new LRUCache<string, string>({
    max: 10_000,
    ttl: freshForMs,
    ttlResolution: 0,
    perf: clock,
  })
  /** From a channel's id on, as far as is known. */
  const follow = async (prefix: 'moved' | 'was', channel: string): Promise<readonly string[]> => {
    const found = [channel]
    while (found.length <= maxMoves) {
      const next = readString(readFields(await records.get(`${prefix}:${found.at(-1)}`))?.['channel'])
      if (next === undefined || next === channel) return found
      found.push(next)
    }
    return found
  }
  return {
    current: async (channel) => (await follow('moved', channel)).at(-1) ?? channel,
    ids: async (channel) => (await follow('was', channel)).toReversed(),
    origin: async (channel) => {
      if (isDirect(channel)) return channel
      const known = origins.get(channel)
      if (known !== undefined) return known
      const origin = (await follow('was', channel)).at(-1) ?? channel
      origins.set(channel, origin, origin === channel ? { ttl: unmovedForMs } : {})
      return origin
    },
    move: async (from, to) => {
      await records.set(`moved:${from}`, { v: 1, channel: to })
      await records.set(`was:${to}`, { v: 1, channel: from })
      origins.clear()
    },
  }
}

type Moves = Pick<Routes, 'move' | 'origin' | 'ids' | 'current'>

/** A direct message belongs to one installation and keeps its id. */
const isDirect = (channel: string): boolean => channel.startsWith('D')

const channelKey = (channel: string): string => `channel:${channel}`

/** The workspaces of a channel with one more; one that is known is replaced where it has moved into or out of an organisation. */
const including = (known: readonly Workspace[], workspace: Workspace): readonly Workspace[] => {
  const place = known.findIndex((one) => sameWorkspace(one, workspace))
  if (place === -1) return known.length < maxWorkspaces ? [...known, workspace] : known
  return known[place]?.enterprise === workspace.enterprise ? known : known.with(place, workspace)
}

const sameWorkspace = (one: Workspace, other: Workspace): boolean => one.team === other.team

const groupKey = (channel: string): string => `group:${channel}`
