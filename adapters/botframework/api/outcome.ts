import type { FaultKind, Outcome } from '../../../src/port.ts'
import { readRetryAfter } from '../../../src/util/retry-after.ts'
import { parseFields, readFields, readString } from '../wire.ts'

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

const blocked =
  'the guest has blocked the bot or uninstalled it; reach them another way until they write again or install it again'

const closedGroup =
  'the channel or group chat takes no messages of the bot: it was removed there, or posting is restricted; ask an owner to add or allow it, or reach the guest another way'

const removed =
  'the bot was removed from the conversation; it must be added again there, or reach the guest another way'

const explained: Readonly<Record<string, Explained>> = {
  MessageWritesBlocked: [blocked, 'guest gone'],
  ConversationBlockedByUser: [blocked, 'guest gone'],
  BotDisabledByAdmin: [
    'the administrator of the guest’s Teams has disabled the bot; ask for it to be allowed, or reach the guest another way',
    'closed',
  ],
  BotNotInConversationRoster: [removed, 'closed'],
  ForbiddenOperationException: [removed, 'closed'],
  InvalidBotApiHost: [
    'the guest’s Teams is served by another host than is known; wait until the guest writes again',
  ],
  NotEnoughPermissions: ['the bot may not write in this conversation; reach the guest another way', 'closed'],
}

/** The same codes where several people read; no single guest can have blocked the bot there. */
const explainedInGroup: Readonly<Record<string, Explained>> = {
  MessageWritesBlocked: [closedGroup, 'closed'],
  ConversationBlockedByUser: [closedGroup, 'closed'],
}

const byStatus: Readonly<Record<number, Explained>> = {
  400: ['Teams did not understand the request'],
  403: ['Teams does not let the bot write in this conversation; reach the guest another way', 'closed'],
  404: ['the conversation is gone; reach the guest another way', 'closed'],
  413: ['the text is too long for Teams; send it again in shorter messages', 'too long'],
}

/**
 * The most telling code of an answer; only what looks like a code, so that it can be shown and logged. A sub code says more than the
 * code around it, and both more than codes that a text only mentions.
 */
export const readCode = ({ body }: Pick<Answer, 'body'>): string | undefined => {
  const fields = parseFields(body)
  const message = readString(fields?.['message']) ?? ''
  const subCode = /"subCode"\s*:\s*"([\w.-]{1,60})"/.exec(message)?.[1]
  const given = readString((readFields(fields?.['error']) ?? fields)?.['code'])
  const code = given !== undefined && /^[\w.-]{1,60}$/.test(given) ? given : undefined
  if (subCode !== undefined) return subCode
  return known.find((each) => each === code) ?? known.find((each) => body.includes(each)) ?? code
}

const longestWaitMs = 3_600_000

/**
 * What an answer to a post means (https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability, status codes).
 * A 2xx is `sent` even without an id; a proxy's page, and a 5xx that does not ask to wait, are `unknown`. `isGroup`: it was for a channel
 * or group chat.
 */
export const readAnswer = (answer: Answer, now: number, isGroup = false): Outcome => {
  const { status } = answer
  if (status >= 200 && status < 300) return readSent(answer)
  const code = readCode(answer)
  const reason = (text: string): string =>
    `${text} (${[status, ...(code === undefined ? [] : [code])].join(' ')})`
  const afterMs = readRetryAfter(answer.retryAfter, now, longestWaitMs)
  if (status === 401)
    return {
      outcome: 'retry',
      reason: reason('Teams does not know the bot; check its registration'),
      kind: 'set-up',
    }
  if (status === 412) return { outcome: 'retry', reason: reason('Teams was busy with the conversation') }
  if (status === 429 || (status === 503 && afterMs !== undefined))
    return {
      outcome: 'retry',
      reason: reason('Teams asks to wait'),
      ...(afterMs === undefined ? {} : { afterMs }),
    }
  if (status === 408 || status >= 500) return { outcome: 'unknown', reason: reason('Teams failed') }
  const said = (isGroup ? explainedInGroup[code ?? ''] : undefined) ?? explained[code ?? '']
  const [why, kind] = said ?? byStatus[status] ?? ['Teams refused']
  return { outcome: 'rejected', reason: reason(why), ...(kind === undefined ? {} : { kind }) }
}

/** A post that failed. The SDK does not know this class of error, so it never repeats the post. */
export class Undelivered extends Error {
  readonly outcome: Exclude<Outcome, { outcome: 'sent' }>
  /** The platform's own code. */
  readonly reply: string | undefined
  /** What Teams answered with, where it answered. */
  readonly status: number | undefined
  constructor(outcome: Exclude<Outcome, { outcome: 'sent' }>, reply?: string, status?: number) {
    super(outcome.reason)
    this.name = 'Undelivered'
    this.outcome = outcome
    this.reply = reply
    this.status = status
  }
}

/** What happened and what can be done, and what that means for the staff. */
type Explained = readonly [reason: string, kind?: FaultKind]

const readSent = ({ contentType, body }: Answer): Outcome => {
  if (body.trim() !== '' && !/json/i.test(contentType))
    return { outcome: 'unknown', reason: 'something that is not Teams answered in its place' }
  const id = readString(parseFields(body)?.['id'])
  return id === undefined ? { outcome: 'sent' } : { outcome: 'sent', id }
}
