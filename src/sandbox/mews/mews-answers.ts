import type { BookMessage, BookThread } from './book.ts'

/** An answer of the stand-in, before any socket. */
export interface MewsAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** To be sent as JSON. */
  readonly body: unknown
}

/** Why the stand-in refuses a request, in the words that Mews would put into `Message`. */
export class MewsRefusal extends Error {
  override readonly name = 'MewsRefusal'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A time as Mews shows it: UTC in whole seconds. */
export const toMewsTime = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')

/** A thread as Mews shows it. */
export const toMewsThread = (thread: BookThread): Readonly<Record<string, unknown>> => ({
  Id: thread.id,
  OriginalSender: thread.originalSender,
  Subject: thread.subject,
  CreatedUtc: toMewsTime(thread.createdAt),
  UpdatedUtc: toMewsTime(thread.updatedAt),
  IsResolved: thread.resolved,
})

/** A message as Mews shows it. */
export const toMewsMessage = (message: BookMessage): Readonly<Record<string, unknown>> => ({
  Id: message.id,
  MessageThreadId: message.threadId,
  Text: message.text,
  Sender: { Discriminator: message.sender, Value: null },
  CreatedUtc: toMewsTime(message.createdAt),
})

/** The body of a General Webhook that announces messages; with `entities`, the messages themselves are in it, as they once were. */
export const toMewsWebhook = (
  ids: { readonly enterpriseId: string; readonly integrationId: string },
  messages: readonly BookMessage[],
  entities = false,
): Readonly<Record<string, unknown>> => ({
  EnterpriseId: ids.enterpriseId,
  IntegrationId: ids.integrationId,
  Events: messages.map(({ id }) => ({ Discriminator: 'MessageAdded', Value: { Id: id } })),
  ...(entities ? { Entities: { Messages: messages.map(toMewsMessage) } } : {}),
})
