import type { Outcome } from '../../src/port.ts'
import { readRetryAfter } from '../../src/util/retry-after.ts'
import { parseFields, readFields, readString } from './wire.ts'

/** What the connector service answered to a post. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly retryAfter: string | undefined
  readonly body: string
}

/** Codes that tell more than the status; some bodies hide them inside a text. */
const known = [
  'MessageWritesBlocked',
  'ConversationBlockedByUser',
  'BotDisabledByAdmin',
  'BotNotInConversationRoster',
  'ForbiddenOperationException',
  'InvalidBotApiHost',
  'NotEnoughPermissions',
] as const

const blocked = 'the guest has blocked the bot; reach them another way until they write again'
const removed =
  'the bot was removed from the conversation; it must be added again there, or reach the guest another way'

/** What happened and what the staff can do. */
const explained: Readonly<Record<string, string>> = {
  MessageWritesBlocked: blocked,
  ConversationBlockedByUser: blocked,
  BotDisabledByAdmin:
    'the administrator of the guest’s Teams has disabled the bot; ask for it to be allowed, or reach the guest another way',
  BotNotInConversationRoster: removed,
  ForbiddenOperationException: removed,
  InvalidBotApiHost:
    'the guest’s Teams is served by another host than is known; wait until the guest writes again',
  NotEnoughPermissions: 'the bot may not write in this conversation; reach the guest another way',
}

const byStatus: Readonly<Record<number, string>> = {
  400: 'Teams did not understand the request',
  403: 'Teams does not let the bot write in this conversation; reach the guest another way',
  404: 'the conversation is gone; reach the guest another way',
  413: 'the text is too long for Teams; send it again in shorter messages',
}

/** The most telling code of an answer; only what looks like a code, so that it can be shown and logged. */
export const readCode = ({ body }: Pick<Answer, 'body'>): string | undefined => {
  const hidden = known.find((code) => body.includes(code))
  if (hidden !== undefined) return hidden
  const fields = parseFields(body)
  const inner = parseFields(readString(fields?.['message']) ?? '')
  const code =
    readString(inner?.['subCode']) ?? readString((readFields(fields?.['error']) ?? fields)?.['code'])
  return code !== undefined && /^[\w .-]{1,60}$/.test(code) ? code : undefined
}

const longestWaitMs = 3_600_000

const readSent = ({ contentType, body }: Answer): Outcome => {
  if (body.trim() !== '' && !/json/i.test(contentType))
    return { outcome: 'unknown', reason: 'something that is not Teams answered in its place' }
  const id = readString(parseFields(body)?.['id'])
  return id === undefined ? { outcome: 'sent' } : { outcome: 'sent', id }
}

/**
 * What an answer to a post means (https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability,
 * status codes). A 2xx is `sent` even without an id; a page of some proxy, and a 5xx that does not ask to wait, tell nothing.
 */
export const readAnswer = (answer: Answer, now: number): Outcome => {
  const { status } = answer
  if (status >= 200 && status < 300) return readSent(answer)
  const code = readCode(answer)
  const reason = (text: string): string =>
    `${text} (${[status, ...(code === undefined ? [] : [code])].join(' ')})`
  const afterMs = readRetryAfter(answer.retryAfter, now, longestWaitMs)
  if (status === 401)
    return { outcome: 'retry', reason: reason('Teams does not know the bot; check its registration') }
  if (status === 412) return { outcome: 'retry', reason: reason('Teams was busy with the conversation') }
  if (status === 429 || (status === 503 && afterMs !== undefined))
    return {
      outcome: 'retry',
      reason: reason('Teams asks to wait'),
      ...(afterMs === undefined ? {} : { afterMs }),
    }
  if (status === 408 || status >= 500) return { outcome: 'unknown', reason: reason('Teams failed') }
  const why = reason(explained[code ?? ''] ?? byStatus[status] ?? 'Teams refused')
  return { outcome: 'rejected', reason: why, ...(status === 413 ? { tooLong: true } : {}) }
}
