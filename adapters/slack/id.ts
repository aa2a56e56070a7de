import type { Address, Arrival, ConversationId } from '../../src/port.ts'
import type { Workspace } from './wire.ts'

/** A conversation's place in Slack: flat in a direct message, else the thread that begins with the message `threadTs`. */
export interface Place {
  readonly channel: string
  readonly threadTs?: string
}

/**
 * Where a reply goes: the place, the workspace whose installation posts it, the address of a private answer, and the `ts` of a message of
 * ours that it replaces.
 */
export interface SlackAddress extends Place, Workspace {
  readonly responseUrl?: string
  readonly replaces?: string
}

const channelPattern = /^[A-Z][A-Z0-9]{1,63}$/
const threadPattern = /^\d{1,20}\.\d{1,20}$/

/** `D0INES`, or `C0LOBBY:1793640011.000219` for a thread; undefined for ids that are not Slack's. */
export const toConversationId = ({ channel, threadTs }: Place): ConversationId | undefined => {
  if (!channelPattern.test(channel)) return undefined
  if (threadTs === undefined) return channel as ConversationId
  return threadPattern.test(threadTs) ? (`${channel}:${threadTs}` as ConversationId) : undefined
}

/** The place that `toConversationId` named; undefined for any other text. */
export const readConversationId = (id: string): Place | undefined => {
  const colon = id.indexOf(':')
  const place =
    colon === -1 ? { channel: id } : { channel: id.slice(0, colon), threadTs: id.slice(colon + 1) }
  return toConversationId(place) === undefined ? undefined : place
}

/** What a property's routes are matched against; a channel may go by several ids. */
export const toRouting = (
  { team, enterprise }: Workspace,
  channel: string | readonly string[],
): Arrival['routing'] => ({
  ...(enterprise === undefined ? {} : { enterprise }),
  ...(team === '' ? {} : { team }),
  channel,
})

/** The address as it is stored: `{ v: 1, team, enterprise?, channel, threadTs?, responseUrl?, replaces? }`. */
export const toAddress = ({
  team,
  enterprise,
  channel,
  threadTs,
  responseUrl,
  replaces,
}: SlackAddress): Address => ({
  v: 1,
  team,
  ...(enterprise === undefined ? {} : { enterprise }),
  channel,
  ...(threadTs === undefined ? {} : { threadTs }),
  ...(responseUrl === undefined ? {} : { responseUrl }),
  ...(replaces === undefined ? {} : { replaces }),
})

/** A stored address; undefined when it is not one of ours. */
export const readAddress = (address: Address): SlackAddress | undefined => {
  const { v, team, channel, ...rest } = address
  if (v !== 1 || typeof team !== 'string' || typeof channel !== 'string') return undefined
  const optional = (['enterprise', 'threadTs', 'responseUrl', 'replaces'] as const).flatMap((name) =>
    rest[name] === undefined ? [] : [[name, rest[name]] as const],
  )
  if (optional.some(([, value]) => typeof value !== 'string')) return undefined
  return { team, channel, ...Object.fromEntries(optional) }
}
