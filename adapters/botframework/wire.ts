/** The fields of activities that we read (https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference). */

/** An object of unknown fields. */
export type Fields = Readonly<Record<string, unknown>>

/** The value as an object, or undefined for anything else (null and arrays included). */
export const readFields = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined

/** The value as a non-empty string, or undefined. */
export const readString = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** Parses JSON text that must be one object; undefined for anything else. */
export const parseFields = (json: string): Fields | undefined => {
  try {
    return readFields(JSON.parse(json))
  } catch {
    return undefined
  }
}

/** A person or a bot. */
export interface Account {
  readonly id: string | undefined
  readonly name: string | undefined
}

/** Somebody mentioned. Only the id is certain: Teams leaves out the text, and may show another name than it tells. */
export interface Mention {
  /** Its place among all entities, by which the HTML copy refers to it. */
  readonly index: number
  /** How it stands in the text: `<at>Concierge</at>`. */
  readonly text: string | undefined
  readonly mentioned: Account
}

/** What somebody answers to, as newer clients give it; `<quoted messageId="…"/>` stands for it in the text. */
export interface Quote {
  readonly messageId: string | undefined
  readonly sender: string | undefined
  /** The beginning of what is quoted. */
  readonly preview: string | undefined
}

export interface ActivityAttachment {
  readonly contentType: string
  readonly name: string | undefined
  /** Only where it is text, e.g. HTML. */
  readonly content: string | undefined
  /** The content as an object, also where it came as the JSON text of one. */
  readonly fields: Fields | undefined
  /** In bytes. */
  readonly size: number | undefined
}

/** An activity of Teams. Everything but its type may be missing. */
export interface Activity {
  readonly type: string
  readonly id: string | undefined
  /** ISO 8601. */
  readonly timestamp: string | undefined
  readonly channelId: string | undefined
  readonly serviceUrl: string | undefined
  readonly conversationId: string | undefined
  /** `personal`, `groupChat` or `channel`. */
  readonly conversationType: string | undefined
  readonly isGroup: boolean
  /** Every tenant that the activity names, in lower case: the conversation's first, then the writer's where that is another. */
  readonly tenants: readonly string[]
  readonly teamId: string | undefined
  /** What kind of update: `editMessage`, `softDeleteMessage`… */
  readonly eventType: string | undefined
  /** What kind of installation: `add`, `remove`… */
  readonly action: string | undefined
  readonly from: Account
  readonly recipient: Account
  /** In a group: a message that only the bot and its writer see. */
  readonly isTargeted: boolean
  readonly text: string | undefined
  readonly textFormat: string | undefined
  /** The id of the choice whose button was pressed. */
  readonly choiceId: string | undefined
  readonly locale: string | undefined
  readonly mentions: readonly Mention[]
  readonly quotes: readonly Quote[]
  /** Ids of the members who were added to the conversation. */
  readonly membersAdded: readonly string[]
  readonly attachments: readonly ActivityAttachment[]
}

/** What a pressed button of a card sends back is an object; in it this field has the id of the choice. */
export const choiceField = 'mewsChatChoice'

/** Whether an attachment is the text over again, as HTML, rather than a file. */
export const isHtmlCopy = (contentType: string): boolean => /^text\/html\s*(?:;|$)/.test(contentType)

/** Whether an attachment is what the message answers to; it is read as a quotation. */
export const isQuotation = ({ contentType }: Pick<ActivityAttachment, 'contentType'>): boolean =>
  contentType === 'messagereference'

/** Reads an activity; undefined without a type. */
export const readActivity = (fields: Fields): Activity | undefined => {
  const type = readString(fields['type'])
  if (type === undefined) return undefined
  const conversation = readFields(fields['conversation'])
  const channelData = readFields(fields['channelData'])
  const attachments = readList(fields['attachments']).map(readAttachment)
  return {
    type,
    id: readString(fields['id']),
    timestamp: readString(fields['timestamp']),
    channelId: readString(fields['channelId']),
    serviceUrl: readString(fields['serviceUrl']),
    conversationId: readString(conversation?.['id']),
    conversationType: readString(conversation?.['conversationType']),
    isGroup: conversation?.['isGroup'] === true,
    tenants: readTenants(conversation?.['tenantId'], readFields(channelData?.['tenant'])?.['id']),
    teamId: readString(readFields(channelData?.['team'])?.['id']),
    eventType: readString(channelData?.['eventType']),
    action: readString(fields['action']),
    from: readAccount(fields['from']),
    recipient: readAccount(fields['recipient']),
    isTargeted: readFields(fields['recipient'])?.['isTargeted'] === true,
    text: readString(fields['text']),
    textFormat: readString(fields['textFormat']),
    choiceId: readString(readFields(fields['value'])?.[choiceField]),
    locale: readString(fields['locale']) ?? readClientLocale(fields['entities']),
    mentions: readMentions(fields['entities']),
    quotes: [...readQuotes(fields['entities']), ...attachments.filter(isQuotation).map(toQuote)],
    membersAdded: readList(fields['membersAdded']).flatMap((member) => readString(member['id']) ?? []),
    attachments,
  }
}

const readTenants = (...ids: readonly unknown[]): readonly string[] => [
  ...new Set(ids.flatMap((id) => readString(id)?.toLowerCase() ?? [])),
]

const readAccount = (value: unknown): Account => {
  const fields = readFields(value)
  return { id: readString(fields?.['id']), name: readString(fields?.['name']) }
}

const readMentions = (entities: unknown): readonly Mention[] =>
  (Array.isArray(entities) ? entities : []).flatMap((value, index) => {
    const entity = readFields(value)
    if (entity === undefined || !isEntity(entity, 'mention')) return []
    return [{ index, text: readString(entity['text']), mentioned: readAccount(entity['mentioned']) }]
  })

const isEntity = ({ type }: Fields, name: string): boolean =>
  typeof type === 'string' && type.toLowerCase() === name

const readQuotes = (entities: unknown): readonly Quote[] =>
  readList(entities).flatMap((entity) => {
    if (!isEntity(entity, 'quotedreply')) return []
    const fields = readFields(entity['quotedReply']) ?? entity
    const messageId = readString(fields['messageId'])
    const sender = readString(fields['senderName'])
    const preview = readString(fields['preview'])
    return (messageId ?? sender ?? preview) === undefined ? [] : [{ messageId, sender, preview }]
  })

/** The objects of a list; empty for anything that is no list. */
const readList = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.map(readFields).filter((item) => item !== undefined) : []

const readAttachment = (fields: Fields): ActivityAttachment => {
  const text = readString(fields['content'])
  const contentType = (readString(fields['contentType']) ?? '').toLowerCase()
  const isJson = text !== undefined && !isHtmlCopy(contentType)
  const content = readFields(fields['content']) ?? (isJson ? parseFields(text) : undefined)
  return {
    contentType,
    name: readString(fields['name']),
    content: text,
    fields: content,
    size: readSize(content),
  }
}

/** A message as an attachment names it (https://learn.microsoft.com/graph/api/resources/chatmessageattachment). */
const toQuote = ({ fields }: ActivityAttachment): Quote => ({
  messageId: readString(fields?.['messageId']),
  sender: readSender(fields?.['messageSender']),
  preview: readString(fields?.['messagePreview']),
})

/** The name of a person or an app that wrote a message. */
export const readSender = (value: unknown): string | undefined => {
  const sender = readFields(value)
  return (
    readString(readFields(sender?.['user'])?.['displayName']) ??
    readString(readFields(sender?.['application'])?.['displayName'])
  )
}

const readSize = (content: Fields | undefined): number | undefined => {
  const size = content?.['sizeInBytes'] ?? content?.['fileSize']
  return typeof size === 'number' && size >= 0 ? size : undefined
}

/** Teams' clients tell their language beside what is mentioned, too. */
function readClientLocale(entities: unknown): string | undefined {
  if (!Array.isArray(entities)) return undefined
  const info = entities.map(readFields).find((entity) => entity?.['type'] === 'clientInfo')
  return readString(info?.['locale'])
}
