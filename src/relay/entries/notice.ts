import type { Address, Choice, Json } from '../../port.ts'
import type { Delivery, Entry } from '../../store/lanes/types.ts'
import { conversationOf, platformOf, replyGroup, replyLane, turnGroup, turnLane } from '../ids.ts'
import { excerpt, type Texts } from '../texts.ts'

/** Something the connector itself says, in either direction. A notice that fails makes no further notice. */
export interface Notice {
  readonly v: 1
  readonly text: string
  /** Towards the guest only. */
  readonly address?: Address
  readonly choices?: readonly Choice[]
  /** Towards the staff only: whose staff is meant. */
  readonly property?: string
}

const quoteLimit = 120

/** The words of a failed entry, for quoting; empty where it has none, or could not be read. */
export const quote = (parts: readonly string[]): string => excerpt(parts.join(' '), quoteLimit)

/** The key of the one notice that an entry failed. */
export const failureNoticeKey = (lane: string, pos: number): string => `notice:${lane}:${pos}`

/** Tells the guest that what they wrote did not reach the hotel, once for each entry. */
export const noticeForGuest = (options: {
  readonly lane: string
  readonly parts: readonly Delivery[]
  readonly mayHaveArrived: boolean
  readonly address: Address
  readonly texts: Texts
  readonly at: number
}): Entry => {
  const { lane, parts, mayHaveArrived, address, texts, at } = options
  const quoted = quote(parts.map(({ text }) => text))
  const notDelivered = quoted === '' ? 'turnUnreadable' : 'turnNotDelivered'
  const text = texts.say(mayHaveArrived ? 'turnMaybeDelivered' : notDelivered, {
    text: quoted || texts.say('noText'),
  })
  const key = failureNoticeKey(lane, parts[0]?.pos ?? 0)
  return sayToGuest(conversationOf(lane), { text, address }, [key], at)
}

/** Tells the staff, in the thread, that a reply did not reach the guest, once for each entry. */
export const noticeForStaff = (options: {
  readonly lane: string
  readonly property: string
  readonly platform: string
  readonly parts: readonly Delivery[]
  readonly mayHaveArrived: boolean
  readonly reason: string
  readonly texts: Texts
  readonly at: number
}): Entry => {
  const { lane, property, platform, parts, mayHaveArrived, reason, texts, at } = options
  const said = texts.say(mayHaveArrived ? 'replyMaybeDelivered' : 'replyNotDelivered', {
    platform,
    text: quote(parts.map(({ text }) => text)) || texts.say('noText'),
    reason,
  })
  const key = failureNoticeKey(lane, parts[0]?.pos ?? 0)
  return sayToStaff(conversationOf(lane), { text: said, property }, [key], at)
}

/** Says something to the staff of a property, in the conversation's thread, once for each key. */
export const sayToStaff = (
  conversation: string,
  said: { readonly text: string; readonly property: string },
  keys: readonly string[],
  at: number,
): Entry => {
  const notice: Notice = { v: 1, ...said }
  return {
    lane: turnLane(conversation),
    group: turnGroup(said.property),
    kind: 'notice',
    keys,
    payload: JSON.stringify(notice),
    at,
  }
}

/** Says something to the guest, once for each key. */
export const sayToGuest = (
  conversation: string,
  said: Omit<Notice, 'v' | 'property'>,
  keys: readonly string[],
  at: number,
): Entry => {
  const notice: Notice = { v: 1, ...said }
  return {
    lane: replyLane(conversation),
    group: replyGroup(platformOf(conversation)),
    kind: 'notice',
    keys,
    payload: JSON.stringify(notice),
    at,
  }
}

/** Reads a stored notice. */
export const readNotice = (payload: string): Notice => JSON.parse(payload) as Notice & Json
