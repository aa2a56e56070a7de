import type { Vault } from '../../src/port.ts'
import type { SlackAddress } from './id.ts'
import { readFields, readList, readString, toWorkspace, type Workspace } from './wire.ts'

/** More installations of one shared channel are not remembered. */
const maxWorkspaces = 10

/** Where addresses lead as time goes on: channels get other ids, and of several installations in a channel one posts. */
export interface Routes {
  /** Notes that a workspace's installation sees a channel; gives the one that posts there, which is the first that saw it. */
  pin(channel: string, workspace: Workspace): Promise<Workspace>
  /** Where an address leads now. */
  resolve(address: SlackAddress): Promise<SlackAddress>
  /** A workspace's installation can post to the channel no more; tells whether another one can. */
  drop(channel: string, workspace: Workspace): Promise<boolean>
  /** A channel has another id from now on. */
  move(from: string, to: string): Promise<void>
}

const sameWorkspace = (one: Workspace, other: Workspace): boolean => one.team === other.team

/** A direct message belongs to one installation and keeps its id. */
const isDirect = (channel: string): boolean => channel.startsWith('D')

const keyOf = (channel: string): string => `channel:${channel}`

/** Keeps the routes in the records; `several`: there may be more than one installation. */
export const createRoutes = (records: Vault, several: boolean): Routes => {
  const find = async (channel: string): Promise<readonly Workspace[]> => {
    const record = readFields(await records.get(keyOf(channel)))
    return readList(record?.['workspaces']).map(({ team, enterprise }) => toWorkspace(team, enterprise))
  }
  const write = (channel: string, workspaces: readonly Workspace[]): Promise<void> =>
    records.set(keyOf(channel), { v: 1, workspaces: workspaces.map((workspace) => ({ ...workspace })) })

  const follow = async (channel: string): Promise<string> => {
    const record = readFields(await records.get(`moved:${channel}`))
    return readString(record?.['channel']) ?? channel
  }

  return {
    pin: async (channel, workspace) => {
      if (!several || isDirect(channel)) return workspace
      const known = await find(channel)
      const [first = workspace] = known
      if (known.some((one) => sameWorkspace(one, workspace)) || known.length >= maxWorkspaces) return first
      await write(channel, [...known, workspace])
      return first
    },
    resolve: async (address) => {
      if (isDirect(address.channel) || address.responseUrl !== undefined) return address
      const channel = await follow(address.channel)
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
    move: (from, to) => records.set(`moved:${from}`, { v: 1, channel: to }),
  }
}
