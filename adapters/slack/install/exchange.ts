import type { webApi } from '@slack/bolt'
import type { Clock } from '../../../src/port.ts'
import { readFields, readString } from '../wire.ts'
import type { OAuthConfig } from './config.ts'
import type { Exchange } from './tokens.ts'

/** Slack's answer to a renewal lacks what it needs. */
class UnreadableTokenError extends Error {
  readonly code = 'unreadable_token'
  constructor() {
    super('Slack answered a token renewal without tokens; it is tried again')
    this.name = 'UnreadableTokenError'
  }
}

/** Renews tokens through `oauth.v2.access` (https://docs.slack.dev/authentication/using-token-rotation). */
export const createExchange =
  (client: webApi.WebClient, { clientId, clientSecret }: OAuthConfig, clock: Clock): Exchange =>
  async (refreshToken) => {
    const answer = readFields(
      await client.oauth.v2.access({
        client_id: clientId,
        client_secret: clientSecret,
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
      }),
    )
    const botToken = readString(answer?.['access_token'])
    const next = readString(answer?.['refresh_token'])
    const seconds = answer?.['expires_in']
    if (botToken === undefined || next === undefined || typeof seconds !== 'number')
      throw new UnreadableTokenError()
    return { botToken, refreshToken: next, expiresAt: clock.now() + seconds * 1000 }
  }
