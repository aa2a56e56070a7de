import type { Finding } from '../../src/port.ts'
import { failureCode } from '../../src/util/failure.ts'
import type { SlackConfig } from './config.ts'
import { slackScopes } from './manifest.ts'
import { readFields, readString } from './wire.ts'

const wanting = (granted: readonly string[]): Finding => {
  const missing = slackScopes.filter((scope) => !granted.includes(scope))
  const detail =
    missing.length === 0
      ? 'all that the manifest asks for'
      : `without ${missing.join(', ')}: update the app from the manifest and install it again`
  return { name: 'Slack permissions', ok: missing.length === 0, detail }
}

/** Asks Slack who the token is and what it may do (https://docs.slack.dev/reference/methods/auth.test); never throws. */
export const createCheck =
  ({ botToken, apiUrl }: Pick<SlackConfig, 'botToken' | 'apiUrl'>, fetch: typeof globalThis.fetch) =>
  async (signal: AbortSignal): Promise<readonly Finding[]> => {
    const name = 'Slack token'
    if (botToken === undefined) {
      const detail = 'workspaces install the app by OAuth: their tokens are looked at when they are used'
      return [{ name, ok: true, detail }]
    }
    try {
      const headers = { authorization: `Bearer ${botToken}` }
      const response = await fetch(`${apiUrl}auth.test`, {
        method: 'POST',
        headers,
        redirect: 'error',
        signal,
      })
      const answer = readFields(await response.json().catch(() => undefined))
      if (answer?.['ok'] !== true) {
        const error = readString(answer?.['error']) ?? `status ${response.status}`
        return [{ name, ok: false, detail: `Slack says ${error}: check SLACK_BOT_TOKEN` }]
      }
      const team = readString(answer['team']) ?? readString(answer['team_id']) ?? 'a workspace'
      const granted = response.headers.get('x-oauth-scopes')
      const scopes = granted === null ? [] : [wanting(granted.split(/[\s,]+/))]
      return [{ name, ok: true, detail: `of ${team}` }, ...scopes]
    } catch (error) {
      return [
        { name, ok: false, detail: `Slack cannot be reached (${failureCode(error)}): check the network` },
      ]
    }
  }
