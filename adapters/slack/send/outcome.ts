import { webApi } from '@slack/bolt'
import { PassingError, type FaultKind, type Outcome } from '../../../src/port.ts'
import { failureCode, wasNeverSent } from '../../../src/util/failure.ts'
import { NotInstalledError, PausedError, refusalCode } from '../api/call.ts'
import { RefreshError } from '../api/installation.ts'

/** Every outcome but `sent`. */
export type Failure = Exclude<Outcome, { readonly outcome: 'sent' }>

/** How long to wait where Slack does not say: for the operator, a migration or a proxy. */
const pauseMs = 60_000

/** Slack's own faults, after which the message may have been posted (https://docs.slack.dev/reference/methods/chat.postMessage#errors). */
const doubtful: ReadonlySet<string> = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'service_timeout',
])

/**
 * Refusals that end by themselves, with their reason; nothing was sent. While a workspace moves into an organisation, or a channel moves
 * between workspaces, Slack refuses everything (https://docs.slack.dev/reference/methods/chat.postMessage#errors). `team_access_not_granted`
 * and `enterprise_is_restricted` are none of them: they last until an admin acts.
 */
const passing: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ratelimited: 'too many requests',
    rate_limited: 'too many requests',
    team_added_to_org: 'the workspace is moving into an organisation',
    org_login_required: 'the workspace is moving into an organisation',
    external_channel_migrating: 'the shared channel is moving',
    message_limit_exceeded: 'the workspace has reached the limit of its plan for now',
  }),
)

const remedies: ReadonlyMap<string, string> = new Map(
  Object.entries({
    channel_not_found: 'the conversation is gone or the bot was removed from it',
    not_in_channel: 'the bot is not in the channel; invite it',
    is_archived: 'the channel is archived',
    messages_tab_disabled: "the app's Messages tab is off; switch it on in the app's settings",
    cannot_reply_to_message: 'the message cannot be replied to',
    ekm_access_denied: "the workspace's key management suspended access",
    user_not_found: 'the person is gone',
    msg_too_long: 'the text is too long',
    no_text: 'there was no text',
    account_inactive: 'the app was removed from the workspace; install it again',
    token_revoked: 'the bot token was revoked; install the app again',
    token_expired: 'the bot token has expired; install the app again',
    invalid_auth: 'the bot token is not valid; check SLACK_BOT_TOKEN or install the app again',
    not_authed: 'the bot token is not valid; check SLACK_BOT_TOKEN or install the app again',
    missing_scope: 'the bot lacks a permission; install the app again with the scopes of the manifest',
    team_access_not_granted: "the app may not act in this workspace; ask the organisation's admin",
    enterprise_is_restricted:
      'the app may not act with a token of the organisation; install it in the workspace',
    access_denied: "the app may not act there; ask the workspace's admin",
    no_permission: 'the app may not act there; invite it, or install it again',
    accesslimited: "Slack takes no requests from this network; ask the workspace's admin",
    not_allowed_token_type: 'the bot token is of a wrong kind; it begins with xoxb-',
    two_factor_setup_required: 'the workspace wants two-factor authentication to be set up',
  }),
)

/** What they mean for the hotel's staff. */
const kinds: ReadonlyMap<string, FaultKind> = new Map(
  Object.entries({
    channel_not_found: 'closed',
    not_in_channel: 'closed',
    is_archived: 'closed',
    ekm_access_denied: 'closed',
    cannot_reply_to_message: 'ended',
    user_not_found: 'guest gone',
    msg_too_long: 'too long',
    account_inactive: 'set-up',
    messages_tab_disabled: 'set-up',
    token_revoked: 'set-up',
    token_expired: 'set-up',
    invalid_auth: 'set-up',
    not_authed: 'set-up',
    missing_scope: 'set-up',
    team_access_not_granted: 'set-up',
    enterprise_is_restricted: 'set-up',
    access_denied: 'set-up',
    no_permission: 'set-up',
    accesslimited: 'set-up',
    not_allowed_token_type: 'set-up',
    two_factor_setup_required: 'set-up',
  }),
)

/** The outcome of a failed call. It is certain only where Slack said so or nothing can have been sent. */
export const toFailure = (error: unknown): Failure => {
  const own = toOwnFailure(error)
  if (own !== undefined) return own
  if (error instanceof webApi.WebAPIRateLimitedError)
    return {
      outcome: 'retry',
      reason: 'Slack: too many requests',
      afterMs: Math.max(error.retryAfter, 1) * 1000,
    }
  if (error instanceof webApi.WebAPIPlatformError) return toPlatformFailure(error.data.error)
  if (error instanceof webApi.WebAPIHTTPError) return toHttpFailure(error.statusCode)
  const cause = error instanceof webApi.WebAPIRequestError ? error.original : error
  return { outcome: wasNeverSent(cause) ? 'retry' : 'unknown', reason: `Slack: ${failureCode(cause)}` }
}

/** The outcome while a channel may have another id of which Slack has not told yet. */
export const channelMissing = 'Slack: the channel may have another id now (channel_not_found)'

/** Whether Slack does not know the channel. */
export const isChannelMissing = (error: unknown): boolean => refusalCode(error) === 'channel_not_found'

/** Failures of our own, before anything was sent; undefined for all others. */
const toOwnFailure = (error: unknown): Failure | undefined => {
  if (error instanceof NotInstalledError)
    return { outcome: 'rejected', reason: `Slack: ${error.message}`, kind: 'set-up' }
  if (error instanceof PausedError)
    return { outcome: 'retry', reason: 'Slack: too many requests', afterMs: error.afterMs }
  if (error instanceof PassingError) return { outcome: 'retry', reason: error.message }
  if (!(error instanceof RefreshError)) return undefined
  if (error.final) return { outcome: 'rejected', reason: error.message, kind: 'set-up' }
  return { outcome: 'retry', reason: error.message, afterMs: pauseMs }
}

const toPlatformFailure = (code: unknown): Failure => {
  if (typeof code !== 'string' || !/^[a-z_]+$/.test(code))
    return { outcome: 'unknown', reason: 'Slack: the answer cannot be read' }
  if (doubtful.has(code)) return { outcome: 'unknown', reason: `Slack: ${code}` }
  const passes = toPassing(code)
  if (passes !== undefined)
    return { outcome: 'retry', reason: `Slack: ${passes} (${code})`, afterMs: pauseMs }
  const reason = `Slack: ${toRemedy(code)} (${code})`
  return { outcome: 'rejected', reason, ...toKind(code) }
}

const toPassing = (code: string): string | undefined =>
  passing.get(code) ??
  (/(?:^|_)migrat(?:ing|ion)(?:_|$)/.test(code) ? 'something is moving there' : undefined)

const toRemedy = (code: string): string =>
  code.startsWith('restricted_action')
    ? 'an admin restricts posting there'
    : (remedies.get(code) ?? 'refused')

const toKind = (code: string): Pick<Failure & { outcome: 'rejected' }, 'kind'> => {
  const kind = code.startsWith('restricted_action') ? 'closed' : kinds.get(code)
  return kind === undefined ? {} : { kind }
}

/** Slack answers with 200 and 429 only. 3xx and 4xx come from something between us and Slack, which the operator has to repair. */
const toHttpFailure = (status: number): Failure =>
  status >= 500 || status === 408
    ? { outcome: 'unknown', reason: `Slack: HTTP ${status}` }
    : {
        outcome: 'retry',
        reason: `Slack: HTTP ${status}; check SLACK_API_URL and the way to it`,
        afterMs: pauseMs,
        kind: 'set-up',
      }
