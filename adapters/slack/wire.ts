/** Slack's spelling stops here: the fields we read of events and messages (https://docs.slack.dev/reference/events/message). */

/** An object of unknown fields. */
export type Fields = Readonly<Record<string, unknown>>

/** The value as an object, or undefined for anything else (null and arrays included). */
export const readFields = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined

/** The value as a non-empty string, or undefined. */
export const readString = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** A value of a table or a form as people read it; undefined for what is none. */
export const readValue = (value: unknown): string | undefined =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : readString(value)

/** The objects of a list; empty for anything that is no list. */
export const readList = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.map(readFields).filter((item) => item !== undefined) : []

/** Lists within lists deeper than this are left out. */
const maxLists = 8

/** What a list has, and the lists in it have. */
export const readItems = (list: readonly unknown[]): readonly unknown[] =>
  list.flat(maxLists).filter((item) => !Array.isArray(item))

/** A workspace, and the organisation it belongs to if any: installations are of either. */
export interface Workspace {
  readonly team: string
  readonly enterprise?: string
}

/** A workspace out of ids that may be missing. */
export const toWorkspace = (team: unknown, enterprise: unknown): Workspace => {
  const organisation = readString(enterprise)
  const workspace = { team: readString(team) ?? '' }
  return organisation === undefined ? workspace : { ...workspace, enterprise: organisation }
}

/** What surrounds every event of the Events API. */
export interface Envelope {
  readonly type: string | undefined
  readonly appId: string | undefined
  readonly eventId: string | undefined
  /** When it happened, by Slack's clock, in milliseconds since 1970. */
  readonly at: number
  /** The workspace whose installation the event was sent for. */
  readonly workspace: Workspace
  /** That installation is the whole organisation's. */
  readonly ofOrganisation: boolean
  /** Our bot users in the workspaces the event was sent for. */
  readonly botUsers: readonly string[]
  readonly event: Fields
}

/** Our bot users in the workspaces an event was sent for. */
export const readBotUsers = (body: Fields): readonly string[] =>
  readList(body['authorizations']).flatMap((one) =>
    one['is_bot'] === false ? [] : (readString(one['user_id']) ?? []),
  )

/** Reads the envelope; what is missing comes out empty. */
export const readEnvelope = (body: Fields): Envelope => {
  const [first] = readList(body['authorizations'])
  return {
    type: readString(body['type']),
    appId: readString(body['api_app_id']),
    eventId: readString(body['event_id']),
    at: Number(body['event_time'] ?? 0) * 1000,
    workspace: readEventWorkspace(body, first),
    ofOrganisation: first?.['is_enterprise_install'] === true,
    botUsers: readBotUsers(body),
    event: readFields(body['event']) ?? {},
  }
}

/** A message, whether it is an event of its own, inside an event or from the history. */
export interface Message {
  readonly ts: string | undefined
  /** Of the thread's first message. */
  readonly threadTs: string | undefined
  readonly subtype: string | undefined
  readonly user: string | undefined
  /** The writer's name where Slack sent it along. */
  readonly userName: string | undefined
  /** Slack's mrkdwn. */
  readonly text: string
  readonly files: readonly Fields[]
  readonly blocks: readonly Fields[]
  readonly attachments: readonly Fields[]
  readonly clientMessageId: string | undefined
  readonly edited: boolean
  readonly appId: string | undefined
  readonly botId: string | undefined
  readonly metadata: Fields | undefined
}

/** The name people go by in Slack: the display name, else the full name, else the handle. */
export const readUserName = (user: Fields | undefined): string | undefined => {
  const profile = readFields(user?.['profile']) ?? user
  return (
    readString(profile?.['display_name']) ??
    readString(profile?.['real_name']) ??
    readString(user?.['real_name']) ??
    readString(user?.['name'])
  )
}

/** Reads a message; what is missing comes out empty. */
export const readMessage = (fields: Fields): Message => ({
  ts: readString(fields['ts']),
  threadTs: readString(fields['thread_ts']),
  subtype: readString(fields['subtype']),
  user: readString(fields['user']),
  userName: readUserName(readFields(fields['user_profile'])),
  text: readString(fields['text']) ?? '',
  files: readList(fields['files']),
  blocks: readList(fields['blocks']),
  attachments: readList(fields['attachments']),
  clientMessageId: readString(fields['client_msg_id']),
  edited: readFields(fields['edited']) !== undefined,
  appId: readString(fields['app_id']) ?? readString(readFields(fields['bot_profile'])?.['app_id']),
  botId: readString(fields['bot_id']) ?? readString(readFields(fields['bot_profile'])?.['id']),
  metadata: readFields(fields['metadata']),
})

/** The name of the metadata on everything we post (https://docs.slack.dev/messaging/message-metadata). */
export const metadataType = 'mews_reply'

/** Whether a message carries our metadata. */
export const isMarked = ({ metadata }: Message): boolean => metadata?.['event_type'] === metadataType

/** Our delivery id on a message that carries it. */
export const readDeliveryId = (message: Message): string | undefined =>
  isMarked(message) ? readString(readFields(message.metadata?.['event_payload'])?.['delivery_id']) : undefined

/** Milliseconds since 1970 of a message's `ts`, e.g. `1793640011.000219`; NaN for anything else. */
export const toMilliseconds = (ts: string): number => Math.floor(Number(ts) * 1000)

/**
 * The workspace whose installation an event was sent for. Beside the authorisation Slack names where it happened: in a shared channel that
 * may be another customer's workspace and organisation, so it must not fill what the authorisation leaves out.
 */
function readEventWorkspace(body: Fields, authorization: Fields | undefined): Workspace {
  const where = toWorkspace(body['team_id'], body['enterprise_id'])
  const whose = toWorkspace(authorization?.['team_id'], authorization?.['enterprise_id'])
  const isSilent = whose.team === where.team && authorization?.['enterprise_id'] === undefined
  if (whose.team !== '') return isSilent ? where : whose
  const same = whose.enterprise === undefined || whose.enterprise === where.enterprise
  return same ? where : whose
}
