import { z } from 'zod/v4'

/** A message of a thread. `Enterprise` is the hotel's staff, `Application` is us. */
export interface MewsMessage {
  readonly id: string
  readonly threadId: string
  readonly text: string
  readonly sender: 'Enterprise' | 'Application' | 'unknown'
  /** Milliseconds since 1970, in whole seconds as Mews shows them. */
  readonly createdAt: number
}

/** A thread that this integration opened. */
export interface MewsThread {
  readonly id: string
  readonly originalSender: string
  readonly subject: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly updatedAt: number
  /** Undefined where Mews does not say. */
  readonly resolved: boolean | undefined
}

/** A task of the staff. */
export interface MewsTask {
  readonly id: string
  /** Empty where there is none. */
  readonly description: string
}

/** What Mews made of one message to add. */
export interface AddedMessage {
  readonly identifier: string
  readonly id: string
  readonly createdAt: number
}

/** What the tokens stand for. */
export interface MewsConfiguration {
  /** Mews's clock, in milliseconds since 1970. */
  readonly now: number
  readonly enterprise: {
    readonly id: string
    readonly name: string
    readonly timeZone: string
    /** BCP 47; undefined where Mews does not say. */
    readonly language: string | undefined
    /** It stands for a portfolio of several properties, so the token is a portfolio's: such a token cannot add messages. */
    readonly isPortfolio: boolean
  }
}

/** One page, newest first. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** How many items Mews sent, those that could not be read included. */
  readonly size: number
  /** Where the next, older page begins. */
  readonly cursor: string | null
}

/** An id, in lower case. */
export const id = z.string().min(1).toLowerCase()

/** A time, as milliseconds since 1970. */
export const time = z.string().transform((text, context) => {
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`)
  if (Number.isFinite(at)) return at
  context.addIssue({ code: 'custom', message: 'not a time' })
  return z.NEVER
})

const sender = z
  .union([z.string(), z.object({ Discriminator: z.string() }).transform((it) => it.Discriminator)])
  .transform((it) => (it === 'Enterprise' || it === 'Application' ? it : 'unknown'))
  .catch('unknown')

/** `ThreadId` and a bare string as `Sender` are an older generation of the same object. */
const message = z
  .object({
    Id: id,
    MessageThreadId: id.nullish(),
    ThreadId: id.nullish(),
    Text: z.string().catch(''),
    Sender: sender,
    CreatedUtc: time,
  })
  .transform((it, context): MewsMessage => {
    const threadId = it.MessageThreadId ?? it.ThreadId
    if (threadId) return { id: it.Id, threadId, text: it.Text, sender: it.Sender, createdAt: it.CreatedUtc }
    context.addIssue({ code: 'custom', message: 'no thread id' })
    return z.NEVER
  })

const thread = z
  .object({
    Id: id,
    OriginalSender: z.string().catch(''),
    Subject: z.string().catch(''),
    CreatedUtc: time,
    UpdatedUtc: time.optional().catch(undefined),
    IsResolved: z.boolean().optional().catch(undefined),
  })
  .transform((it): MewsThread => ({
    id: it.Id,
    originalSender: it.OriginalSender,
    subject: it.Subject,
    createdAt: it.CreatedUtc,
    updatedAt: it.UpdatedUtc ?? it.CreatedUtc,
    resolved: it.IsResolved,
  }))

const task = z
  .object({ Id: id, Description: z.string().nullish().catch(undefined) })
  .transform((it): MewsTask => ({ id: it.Id, description: it.Description ?? '' }))

const addedTask = z.object({ TaskId: id })

const added = z.object({
  Messages: z.array(
    z.object({ Identifier: z.string().nullish(), Message: z.object({ Id: id, CreatedUtc: time }) }),
  ),
})

const configuration = z
  .object({
    NowUtc: time,
    Enterprise: z.object({
      Id: id,
      Name: z.string(),
      TimeZoneIdentifier: z.string(),
      DefaultLanguageCode: z.string().optional().catch(undefined),
      IsPortfolio: z.boolean().optional().catch(undefined),
    }),
  })
  .transform(({ NowUtc, Enterprise }): MewsConfiguration => ({
    now: NowUtc,
    enterprise: {
      id: Enterprise.Id,
      name: Enterprise.Name,
      timeZone: Enterprise.TimeZoneIdentifier,
      language: Enterprise.DefaultLanguageCode,
      isPortfolio: Enterprise.IsPortfolio === true,
    },
  }))

const cursor = z.object({ Cursor: z.string().min(1).nullable().catch(null) })

/** Reads the answer of `messages/getAll`; undefined when it is no page. */
export const readMessages = (answer: unknown): Page<MewsMessage> | undefined =>
  readPage(answer, 'Messages', message)

/** Reads the answer of `messageThreads/getAll` and of `messageThreads/add`; undefined when it is no page. */
export const readThreads = (answer: unknown): Page<MewsThread> | undefined =>
  readPage(answer, 'MessageThreads', thread)

/** Reads the answer of `tasks/getAll`; undefined when it is no page. */
export const readTasks = (answer: unknown): Page<MewsTask> | undefined => readPage(answer, 'Tasks', task)

/** The id in the answer of `tasks/add`; undefined when there is none. */
export const readAddedTask = (answer: unknown): string | undefined => addedTask.safeParse(answer).data?.TaskId

/** Reads the answer of `messages/add`; items that came back without their identifier are left out. */
export const readAdded = (answer: unknown): readonly AddedMessage[] =>
  (added.safeParse(answer).data?.Messages ?? []).flatMap(({ Identifier, Message }) =>
    Identifier ? [{ identifier: Identifier, id: Message.Id, createdAt: Message.CreatedUtc }] : [],
  )

/** Reads the answer of `configuration/get`; undefined when something is missing. */
export const readConfiguration = (answer: unknown): MewsConfiguration | undefined =>
  configuration.safeParse(answer).data

/**
 * Why a portfolio's access token is refused: it reads the messages of several properties without saying whose they are, and may add
 * none (https://docs.mews.com/connector-api/concepts/multi-property).
 */
export const portfolioReason = (portfolio: string): string =>
  `The access token belongs to the portfolio ${portfolio}, which may read messages and add none: use the property’s own access token, one for each property.`

/** An answer without a body stands for an empty page; items that cannot be read are left out but counted in `size`. */
export const readPage = <Item>(
  answer: unknown,
  field: string,
  item: z.ZodType<Item>,
): Page<Item> | undefined => {
  if (answer === undefined) return { items: [], size: 0, cursor: null }
  const list = z.object({ [field]: z.array(z.unknown()) }).safeParse(answer).data?.[field]
  if (list === undefined) return undefined
  const items = list.flatMap((raw) => {
    const read = item.safeParse(raw)
    return read.success ? [read.data] : []
  })
  return { items, size: list.length, cursor: cursor.safeParse(answer).data?.Cursor ?? null }
}
