import { z } from 'zod/v4'

import type { Clock, Log, Route } from '../port.ts'
import { failureCode } from '../util/failure.ts'
import { sameSecret } from '../util/secret.ts'
import { createRateLimitedReport } from '../util/rate-limited-report.ts'

/** What Mews says was added at one enterprise. Ids are lower case. */
export interface MewsAnnouncement {
  readonly enterpriseId: string
  readonly messages: readonly AnnouncedMessage[]
}

/** What is read of one request to the webhook. */
export interface MewsWebhook {
  /** An enterprise, or a message, may come in several of them. */
  readonly announcements: readonly MewsAnnouncement[]
  /** Events that are not about messages. */
  readonly ignored: number
  /** What happened to the integration, from Integration Webhooks. */
  readonly actions: readonly string[]
  /** Bodies of an array that cannot be read. */
  readonly unreadable: number
}

/**
 * Whether a raw query string carries one of the secrets, exactly once. Takes the same time whichever it is and however much of
 * one is right.
 */
export const isMewsWebhookToken = (query: string, tokens: readonly string[]): boolean => {
  const [given, ...further] = tokensIn(query)
  if (given === undefined || given === '' || further.length > 0) return false
  return tokens.filter((token) => sameSecret(given, token)).length > 0
}

const id = z
  .string()
  .regex(/^\S{1,64}$/)
  .toLowerCase()

/** As many enterprises as Mews takes in one of its own requests; those that cannot be read are left out. */
const ids = z
  .array(z.unknown())
  .transform((list) => list.flatMap((one) => id.safeParse(one).data ?? []))
  .pipe(z.array(id).min(1).max(1000))

const place = { EnterpriseId: id.optional().catch(undefined), EnterpriseIds: ids.optional().catch(undefined) }

const event = z.object({ ...place, Discriminator: z.literal('MessageAdded'), Value: z.object({ Id: id }) })

const entity = z.object({ Id: id, MessageThreadId: id.nullish(), ThreadId: id.nullish() })

const general = z.object({
  ...place,
  Events: z.array(z.unknown()),
  Entities: z
    .object({ Messages: z.array(z.unknown()) })
    .optional()
    .catch(undefined),
})

/** The rest of such a body holds live tokens. */
const integration = z.object({ Action: z.string().regex(/^[A-Za-z]{1,64}$/) })

/**
 * Reads what was posted: the body of a General or an Integration Webhook, or an array of them; undefined where nothing of it can be read.
 * Content is not taken from it, only ids. Mews documents one enterprise for a body, and on another page several, so each event may name its
 * own (https://docs.mews.com/general-webhooks).
 */
export const readMewsWebhook = (body: Buffer): MewsWebhook | undefined => {
  const json = parse(body)
  const bodies = (Array.isArray(json) ? json : [json]).map(readBody)
  const read = bodies.filter((one) => one !== undefined)
  if (read.length === 0) return undefined
  return {
    announcements: read.flatMap(({ announcements }) => announcements),
    ignored: read.reduce((sum, { ignored }) => sum + ignored, 0),
    actions: read.flatMap(({ actions }) => actions),
    unreadable: bodies.length - read.length,
  }
}

/** What the webhook's route needs. `record` resolves once the announced messages are on disk. */
export interface MewsWebhookOptions {
  /** The secrets that are accepted: one, or two while it is rotated. */
  readonly tokens: readonly string[]
  readonly record: (announcements: readonly MewsAnnouncement[]) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

/** How many changes of one request the log names. */
const mostNamed = 10

/** Answers `POST /mews/webhooks`: 204 once recorded or when there is nothing to record, 401, 400, and 503 so that Mews comes again. */
export const createMewsWebhookRoute = ({ tokens, record, clock, log }: MewsWebhookOptions): Route => {
  const tellRefused = createRateLimitedReport(clock, (count) =>
    log.warn(
      { count },
      'a Mews webhook came with a wrong token: compare MEWS_WEBHOOK_TOKEN with the address Mews has',
    ),
  )

  const handle: Route['handle'] = async ({ query, body }) => {
    if (!isMewsWebhookToken(query, tokens)) {
      tellRefused()
      return { status: 401 }
    }
    const webhook = readMewsWebhook(body)
    if (webhook === undefined || webhook.unreadable > 0)
      log.warn({ bytes: body.length }, 'a Mews webhook, or a part of it, cannot be read')
    if (webhook === undefined) return { status: 400 }
    if (webhook.actions.length > 0)
      log.info({ actions: webhook.actions.slice(0, mostNamed) }, 'Mews announced a change of the integration')
    if (webhook.announcements.length === 0) return { status: 204 }
    try {
      await record(webhook.announcements)
      return { status: 204 }
    } catch (error) {
      log.error(
        { enterpriseId: webhook.announcements[0]?.enterpriseId, code: failureCode(error) },
        'a Mews webhook could not be recorded; Mews will send it again',
      )
      return { status: 503 }
    }
  }
  return { method: 'POST', path: '/mews/webhooks', limit: 1024 * 1024, handle }
}

/** A message that Mews says was added; the thread is a hint and nothing more. */
interface AnnouncedMessage {
  readonly id: string
  readonly threadId?: string
}

/** The values of `Token`, in any case, in a raw query string; a plus sign stays one, as base64 has it. */
const tokensIn = (query: string): readonly (string | undefined)[] =>
  query.split('&').flatMap((pair) => {
    const equals = pair.indexOf('=')
    const name = equals < 0 ? pair : pair.slice(0, equals)
    return decode(name)?.toLowerCase() === 'token' ? [equals < 0 ? '' : decode(pair.slice(equals + 1))] : []
  })

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const parse = (body: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}

const readBody = (json: unknown): Omit<MewsWebhook, 'unreadable'> | undefined => {
  const read = general.safeParse(json).data
  if (read === undefined) {
    const action = integration.safeParse(json).data?.Action
    return action === undefined ? undefined : { announcements: [], ignored: 0, actions: [action] }
  }
  const events = read.Events.flatMap((raw) => event.safeParse(raw).data ?? [])
  const hints = readHints(read.Entities?.Messages ?? [])
  const announcements = [...Map.groupBy(events, (one) => enterprisesOf(one, read).join(' '))].flatMap(
    ([enterprises, group]) => announce(enterprises.split(' ').filter(Boolean), group, hints),
  )
  if (announcements.length === 0 && enterprisesOf(read).length === 0) return undefined
  return { announcements, ignored: read.Events.length - events.length, actions: [] }
}

const readHints = (entities: readonly unknown[]): ReadonlyMap<string, string> =>
  new Map(
    entities.flatMap((raw) => {
      const found = entity.safeParse(raw).data
      const threadId = found?.MessageThreadId ?? found?.ThreadId
      return found !== undefined && threadId ? [[found.Id, threadId] as const] : []
    }),
  )

/** The enterprises that the first of these names. */
const enterprisesOf = (...places: readonly Place[]): readonly string[] => {
  for (const { EnterpriseId, EnterpriseIds } of places) {
    if (EnterpriseId !== undefined) return [EnterpriseId]
    if (EnterpriseIds !== undefined) return [...new Set(EnterpriseIds)]
  }
  return []
}

type Place = z.output<z.ZodObject<typeof place>>

/** What is said of the same enterprises; they share the list of messages, which may be long. */
const announce = (
  enterprises: readonly string[],
  events: readonly Event[],
  hints: ReadonlyMap<string, string>,
): readonly MewsAnnouncement[] => {
  const messages = [...new Set(events.map(({ Value }) => Value.Id))].map((messageId): AnnouncedMessage => {
    const threadId = hints.get(messageId)
    return threadId === undefined ? { id: messageId } : { id: messageId, threadId }
  })
  return enterprises.map((enterpriseId) => ({ enterpriseId, messages }))
}

type Event = z.output<typeof event>
