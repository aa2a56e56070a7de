import type { ConversationId } from '../../../src/port.ts'
import { isCompleted, saysTheSame } from '../text/content.ts'
import type { Post } from '../send/echoes.ts'
import { toConversationId, type Place } from '../id.ts'
import type { Routes } from '../workspace/channels.ts'
import {
  isMarked,
  readDeliveryId,
  readFields,
  readMessage,
  readString,
  type Envelope,
  type Fields,
  type Message,
} from '../wire.ts'

/** A guest's message, edit or deletion in a conversation that is, or may be, bridged. */
export interface GuestEvent {
  readonly kind: 'message' | 'edit' | 'deletion'
  readonly conversation: ConversationId
  readonly place: Place
  /** As it is now; for a deletion, as it was. */
  readonly message: Message
  /** When it was written, edited or deleted: Slack's `ts`. */
  readonly at: string
  /** It belongs to the hotel only where the conversation is bridged already. */
  readonly onlyInBridged: boolean
  /** It was written to the bot alone or mentions it, so it may be a command. */
  readonly addressed: boolean
  /** Files that were taken away from it. */
  readonly removed: readonly Fields[]
  /** An app has posted it, in somebody's name or as a bot: Slack tells which when it is asked. */
  readonly byApp: boolean
  /** It deletes the first message of a thread without replies. */
  readonly endsThread: boolean
  /** It stands in a direct message of several people. */
  readonly inGroup: boolean
}

/** What an event means to us: a guest's message, our own post, or nothing. `why` may be logged. */
export type SlackEvent =
  | GuestEvent
  | { readonly kind: 'echo'; readonly deliveryId: string; readonly post: Post }
  | { readonly kind: 'ignored'; readonly why: string }

const written: ReadonlySet<string | undefined> = new Set([
  undefined,
  'file_share',
  'thread_broadcast',
  'me_message',
  'message_share',
])

const slackUsers: ReadonlySet<string> = new Set(['USLACK', 'USLACKBOT'])

/** Ids that an event is compared with. */
export interface KnownIds {
  /** Whether a user is one of our bots, of whatever workspace. */
  readonly isBot: (user: string) => boolean
  /** Whether every message of a channel is for the hotel, mention or not. */
  readonly isOpen: (channel: string) => boolean
}

/** The conversation a message belongs to: a direct message is one as a whole, elsewhere each thread is. */
export const toPlace = (channel: string, { ts, threadTs }: Message, flat: boolean): Place => {
  const root = flat && threadTs === ts ? undefined : threadTs
  const thread = root ?? (flat ? undefined : ts)
  return thread === undefined ? { channel } : { channel, threadTs: thread }
}

const nothing: KnownIds = { isBot: () => false, isOpen: () => false }

/** Classifies an event without any look-up. `origin` is the first id of its channel, where that differs. */
export const readEvent = (envelope: Envelope, knownIds: KnownIds = nothing, origin?: string): SlackEvent => {
  const { event } = envelope
  if (event['type'] !== 'message' && event['type'] !== 'app_mention') return ignored('event type')
  const posted = readMessage(event)
  const deliveryId = readDeliveryId(posted)
  if (isOurs(posted, envelope, knownIds))
    return deliveryId === undefined || posted.ts === undefined
      ? ignored('our own')
      : { kind: 'echo', deliveryId, post: toPost(posted.ts, posted, readString(event['channel'])) }
  const change = readChange(event)
  if (typeof change === 'string') return ignored(change)
  // If an edit adds the mention, `message_changed` reports it as well.
  if (event['type'] === 'app_mention' && posted.edited) return ignored('an edit, told as one')
  const { message } = change
  if (isOurs(message, envelope, knownIds)) return ignored('our own')
  if (message.user === undefined || slackUsers.has(message.user)) return ignored('not a person')
  return locate(envelope, change, knownIds, origin)
}

/** Classifies an event whose conversation may be known by an earlier id of its channel. Rejects with `PassingError`. */
export const readKnownEvent = async (
  envelope: Envelope,
  knownIds: KnownIds,
  routes: Pick<Routes, 'origin'>,
): Promise<SlackEvent> => {
  const channel = readString(envelope.event['channel'])
  return readEvent(envelope, knownIds, channel === undefined ? undefined : await routes.origin(channel))
}

const ignored = (why: string): SlackEvent => ({ kind: 'ignored', why })

/** Checks metadata and bot user as well: in a shared channel our app is another bot in each workspace, and some posts lack an app id. */
const isOurs = (message: Message, { appId, botUsers }: Envelope, { isBot }: KnownIds): boolean =>
  (appId !== undefined && message.appId === appId) ||
  isMarked(message) ||
  (message.user !== undefined && (botUsers.includes(message.user) || isBot(message.user)))

const toPost = (ts: string, { threadTs }: Message, channel: string | undefined): Post => ({
  ts,
  ...(threadTs === undefined ? {} : { threadTs }),
  ...(channel === undefined ? {} : { channel }),
})

/** What happened to which message, or why it does not matter. */
const readChange = (event: Envelope['event']): Change | string => {
  const message = readMessage(event)
  if (written.has(message.subtype)) return { kind: 'message', message }
  const previous = readFields(event['previous_message'])
  const before = readString(previous?.['ts']) === undefined ? undefined : readMessage(previous ?? {})
  if (message.subtype === 'message_deleted')
    return before === undefined
      ? 'deletion of nothing'
      : { kind: 'deletion', message: before, leavesNothing: !(Number(previous?.['reply_count'] ?? 0) > 0) }
  if (message.subtype !== 'message_changed') return `subtype ${message.subtype}`
  const after = readMessage(readFields(event['message']) ?? {})
  if (before === undefined) return readLoneChange(after)
  if (after.subtype === 'tombstone') return { kind: 'deletion', message: before }
  const removed = filesOf(before).filter(({ id }) => !filesOf(after).some((file) => file['id'] === id))
  // Slack does not call it an edit where a file was deleted by itself. Usually a tombstone is left, but not always.
  const lost = removed.length > 0 && Array.isArray(readFields(event['message'])?.['files'])
  const changed = (after.edited && !saysTheSame(before, after)) || isCompleted(before, after)
  return changed || lost ? { kind: 'edit', message: after, before, removed } : 'not edited'
}

/** A change without the message as it was before: what it says is its newest version, and a tombstone was a file. */
const readLoneChange = (message: Message): Change | string => {
  const tombstones = message.files.filter(({ mode }) => mode === 'tombstone')
  const removed = tombstones.map((file) => ({ ...file, mode: undefined }))
  return message.edited || removed.length > 0 ? { kind: 'edit', message, removed } : 'not edited'
}

type Change = Pick<GuestEvent, 'kind' | 'message'> & {
  readonly before?: Message
  readonly removed?: readonly Fields[]
  /** It deletes a message without replies; one with replies leaves a tombstone. */
  readonly leavesNothing?: boolean
}

const filesOf = ({ files }: Message): readonly Fields[] => files.filter(({ mode }) => mode !== 'tombstone')

/** Finds the conversation, and whether it is ours to bridge: direct messages whole, in channels what begins with a mention. */
const locate = (
  envelope: Envelope,
  { kind, message, before, removed = [], leavesNothing = false }: Change,
  knownIds: KnownIds,
  origin?: string,
): SlackEvent => {
  const { event } = envelope
  const channel = readString(event['channel'])
  if (channel === undefined || message.ts === undefined) return ignored('no channel or ts')
  const personal = channel.startsWith('D') || event['channel_type'] === 'im'
  const inGroup = event['channel_type'] === 'mpim'
  const flat = personal || inGroup
  const place = toPlace(channel, message, flat)
  const known = origin ?? channel
  const conversation = toConversationId({ ...place, channel: known })
  if (conversation === undefined) return ignored('ids of an unknown form')
  const addressed = personal || event['type'] === 'app_mention' || mentions(message.text, envelope, knownIds)
  const open = flat || addressed || knownIds.isOpen(channel) || knownIds.isOpen(known)
  const ofThread = (): boolean =>
    message.threadTs !== undefined || mentions(before?.text ?? '', envelope, knownIds)
  if (!open && !ofThread()) return ignored('not addressed to us')
  const onlyInBridged = kind === 'deletion' || !open
  const at = kind === 'message' ? message.ts : (changedAt(event) ?? message.ts)
  const endsThread = leavesNothing && message.ts === place.threadTs
  const byApp = message.botId !== undefined
  const what = { kind, conversation, place, message, at, removed }
  return { ...what, onlyInBridged, addressed, byApp, endsThread, inGroup }
}

/** When a message was edited or deleted. */
const changedAt = (event: Fields): string | undefined =>
  readString(event['event_ts']) ??
  readString(readFields(readFields(event['message'])?.['edited'])?.['ts']) ??
  readString(event['ts'])

const mentions = (text: string, { botUsers }: Envelope, { isBot }: KnownIds): boolean =>
  Array.from(text.matchAll(/<@(\w+)[>|]/g), ([, user = '']) => user).some(
    (user) => botUsers.includes(user) || isBot(user),
  )
