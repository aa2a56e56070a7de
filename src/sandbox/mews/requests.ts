import { z } from 'zod/v4'
import type { BookInterval, BookLimit, BookMessage, BookTask, BookThread } from './book.ts'

const credentials = {
  ClientToken: z.string().min(1),
  AccessToken: z.string().min(1),
  Client: z.string().min(1),
}

const guids = z.array(z.guid()).min(1).max(1000)

const limitation = z
  .strictObject({ Count: z.int().min(1).max(1000), Cursor: z.guid().nullish() })
  .transform(({ Count, Cursor }): BookLimit => ({ count: Count, cursor: Cursor ?? undefined }))

const reservationStates = [
  'Inquired',
  'Requested',
  'Optional',
  'Confirmed',
  'Started',
  'Processed',
  'Canceled',
] as const

const time = z.iso.datetime({ precision: 0 }).transform((text) => Date.parse(text))

/** What the stand-in takes for each operation: closed objects, as Mews's own description of the API has them. */
export const mewsRequests = {
  'messageThreads/add': z.strictObject({
    ...credentials,
    OriginalSender: z.string().min(1),
    Subject: z.string().min(1),
  }),
  'messageThreads/getAll': z
    .strictObject({
      ...credentials,
      Limitation: limitation,
      EnterpriseIds: guids.nullish(),
      MessageThreadIds: guids.nullish(),
      CreatedUtc: interval(3),
      UpdatedUtc: interval(3),
    })
    .refine((it) => it.MessageThreadIds ?? it.CreatedUtc ?? it.UpdatedUtc, 'a filter is required'),
  'messages/add': z.strictObject({
    ...credentials,
    Messages: z
      .array(
        z.strictObject({
          MessageThreadId: z.guid(),
          Text: z.string().min(1),
          Identifier: z.string().nullish(),
        }),
      )
      .min(1)
      .max(1000),
  }),
  'messages/getAll': z.strictObject({
    ...credentials,
    Limitation: limitation,
    EnterpriseIds: guids.nullish(),
    MessageThreadIds: guids,
    CreatedUtc: interval(1),
  }),
  'tasks/add': z.strictObject({
    ...credentials,
    DepartmentId: z.guid().nullish(),
    ServiceOrderId: z.guid().nullish(),
    Name: z.string().min(1),
    Description: z.string().nullish(),
    DeadlineUtc: time,
  }),
  'tasks/getAll': z
    .strictObject({
      ...credentials,
      Limitation: limitation,
      EnterpriseIds: guids.nullish(),
      TaskIds: guids.nullish(),
      CreatedUtc: interval(3),
    })
    .refine((it) => it.TaskIds ?? it.CreatedUtc, 'a filter is required'),
  'configuration/get': z.strictObject(credentials),
  'customers/getAll': z
    .strictObject({
      ...credentials,
      Limitation: limitation,
      Emails: z.array(z.string().min(1)).min(1).max(1000).nullish(),
      CustomerIds: guids.nullish(),
      ActivityStates: z.array(z.enum(['Active', 'Deleted'])).nullish(),
      Extent: z.strictObject({ Customers: z.boolean(), Addresses: z.boolean() }),
    })
    .refine((it) => it.Emails ?? it.CustomerIds, 'a filter is required'),
  'reservations/getAll/2023-06-06': z
    .strictObject({
      ...credentials,
      Limitation: limitation,
      AccountIds: guids.nullish(),
      ReservationIds: guids.nullish(),
      ChannelNumbers: z.array(z.string().min(1)).min(1).max(100).nullish(),
      States: z.array(z.enum(reservationStates)).nullish(),
    })
    .refine((it) => it.AccountIds ?? it.ReservationIds ?? it.ChannelNumbers, 'a filter is required'),
  'companionships/getAll': z.strictObject({
    ...credentials,
    Limitation: limitation,
    CustomerIds: guids,
    Extent: z.strictObject({
      Reservations: z.boolean(),
      ReservationGroups: z.boolean(),
      Customers: z.boolean(),
    }),
  }),
  'resources/getAll': z.strictObject({
    ...credentials,
    Limitation: limitation,
    ResourceIds: guids,
    Extent: z.strictObject({ Resources: z.boolean(), Inactive: z.boolean() }),
  }),
}

/** The operations that the stand-in knows. */
export type MewsOperation = keyof typeof mewsRequests

/** What an operation was asked, read. */
export type MewsRequest<Operation extends MewsOperation> = z.output<(typeof mewsRequests)[Operation]>

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

/** A task as Mews shows it. */
export const toMewsTask = (task: BookTask): Readonly<Record<string, unknown>> => ({
  Id: task.id,
  Name: task.name,
  State: 'Open',
  Description: task.description,
  DepartmentId: null,
  ServiceOrderId: null,
  CreatedUtc: toMewsTime(task.createdAt),
  DeadlineUtc: toMewsTime(task.deadline),
  ClosedUtc: null,
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

function interval(months: number) {
  return z
    .strictObject({ StartUtc: time, EndUtc: time })
    .refine(({ StartUtc, EndUtc }) => StartUtc <= EndUtc, 'the interval ends before it starts')
    .refine(
      ({ StartUtc, EndUtc }) => EndUtc <= monthsLater(StartUtc, months),
      `the interval is wider than ${months} months`,
    )
    .transform(({ StartUtc, EndUtc }): BookInterval => ({ start: StartUtc, end: EndUtc }))
    .nullish()
}

/** The same day `months` later, or that month's last day. */
function monthsLater(at: number, months: number): number {
  const later = new Date(at)
  const day = later.getUTCDate()
  later.setUTCMonth(later.getUTCMonth() + months)
  if (later.getUTCDate() !== day) later.setUTCDate(0)
  return later.getTime()
}
