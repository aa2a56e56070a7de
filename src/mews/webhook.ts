import { z } from 'zod'

import type { Clock, Log, Route } from '../port.ts'
import { failureCode } from '../util/failure.ts'
import { sameSecret } from '../util/secret.ts'
import { createSeldom } from '../util/seldom.ts'

/** A message that Mews says was added; the thread is a hint and nothing more. */
export interface AnnouncedMessage {
  readonly id: string
  readonly threadId?: string
}

/** A webhook's body, as far as it is believed. Ids are lower case. */
export type MewsWebhook =
  | {
      readonly kind: 'general'
      readonly enterpriseId: string
      readonly messages: readonly AnnouncedMessage[]
      /** Events that are not about messages. */
      readonly ignored: number
    }
  | { readonly kind: 'integration'; readonly action: string }

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The values of `Token` in a raw query string; a plus sign stays one, as base64 has it. */
const tokensIn = (query: string): readonly (string | undefined)[] =>
  query.split('&').flatMap((pair) => {
    const equals = pair.indexOf('=')
    const name = equals < 0 ? pair : pair.slice(0, equals)
    return decode(name) === 'Token' ? [equals < 0 ? '' : decode(pair.slice(equals + 1))] : []
  })

/**
 * Whether a raw query string carries one of the secrets, exactly once. Takes the same time whichever it is and however much of
 * one is right.
 */
export const isMewsWebhookToken = (query: string, tokens: readonly string[]): boolean => {
  const [given, ...further] = tokensIn(query)
  if (given === undefined || given === '' || further.length > 0) return false
  return tokens.filter((token) => sameSecret(given, token)).length > 0
}

const id = z.string().min(1).max(64).toLowerCase()
const event = z.object({ Discriminator: z.literal('MessageAdded'), Value: z.object({ Id: id }) })
const entity = z.object({ Id: id, MessageThreadId: id.nullish(), ThreadId: id.nullish() })
const general = z.object({
  EnterpriseId: id,
  Events: z.array(z.unknown()),
  Entities: z
    .object({ Messages: z.array(z.unknown()) })
    .optional()
    .catch(undefined),
})
/** The rest of such a body holds live tokens. */
const integration = z.object({ Action: z.string().regex(/^[A-Za-z]{1,64}$/) })

const parse = (body: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}

const readHints = (entities: readonly unknown[]): ReadonlyMap<string, string> =>
  new Map(
    entities.flatMap((raw) => {
      const found = entity.safeParse(raw).data
      const threadId = found?.MessageThreadId ?? found?.ThreadId
      return found !== undefined && threadId ? [[found.Id, threadId] as const] : []
    }),
  )

/** Reads the body of a General or an Integration Webhook; undefined for anything else. Content is not taken from it, only ids. */
export const readMewsWebhook = (body: Buffer): MewsWebhook | undefined => {
  const json = parse(body)
  const read = general.safeParse(json).data
  if (read === undefined) {
    const action = integration.safeParse(json).data?.Action
    return action === undefined ? undefined : { kind: 'integration', action }
  }
  const ids = read.Events.flatMap((raw) => event.safeParse(raw).data?.Value.Id ?? [])
  const hints = readHints(read.Entities?.Messages ?? [])
  const messages = [...new Set(ids)].map((messageId): AnnouncedMessage => {
    const threadId = hints.get(messageId)
    return threadId === undefined ? { id: messageId } : { id: messageId, threadId }
  })
  return {
    kind: 'general',
    enterpriseId: read.EnterpriseId,
    messages,
    ignored: read.Events.length - ids.length,
  }
}

/** What the webhook's route needs. `record` resolves once the announced messages are on disk. */
export interface MewsWebhookOptions {
  /** The secrets that are accepted: one, or two while it is rotated. */
  readonly tokens: readonly string[]
  readonly record: (enterpriseId: string, messages: readonly AnnouncedMessage[]) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

/** Answers `POST /mews/webhooks`: 204 once recorded or when there is nothing to record, 401, 400, and 503 so that Mews comes again. */
export const createMewsWebhookRoute = ({ tokens, record, clock, log }: MewsWebhookOptions): Route => {
  const tellRefused = createSeldom(clock, (count) =>
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
    if (webhook === undefined) {
      log.warn({ bytes: body.length }, 'a Mews webhook cannot be read')
      return { status: 400 }
    }
    if (webhook.kind === 'integration') {
      log.info({ action: webhook.action }, 'Mews announced a change of the integration')
      return { status: 204 }
    }
    const { enterpriseId, messages } = webhook
    if (messages.length === 0) return { status: 204 }
    try {
      await record(enterpriseId, messages)
      return { status: 204 }
    } catch (error) {
      log.error(
        { enterpriseId, code: failureCode(error) },
        'a Mews webhook could not be recorded; Mews will send it again',
      )
      return { status: 503 }
    }
  }
  return { method: 'POST', path: '/mews/webhooks', limit: 1024 * 1024, handle }
}
