import pLimit from 'p-limit'
import { PassingError, type Finding, type RemoteClock } from '../../src/port.ts'
import { checkClock } from '../../src/util/remote-clock.ts'
import { failureCode } from '../../src/util/failure.ts'
import type { SlackConfig } from './config.ts'
import type { Installations } from './install/stored.ts'
import { slackScopes } from './manifest.ts'
import { readFields, readString } from './wire.ts'

/** What `createCheck` needs. */
export interface CheckOptions {
  readonly config: Pick<SlackConfig, 'botToken' | 'appToken' | 'apiUrl' | 'oauth'>
  /** Those of workspaces that installed the app by OAuth. */
  readonly installations?: Pick<Installations, 'list' | 'read'> | undefined
  readonly fetch: typeof globalThis.fetch
  /** Slack's own. */
  readonly clock: Pick<RemoteClock, 'learn' | 'skewMs'>
}

const askedAtOnce = 8

/** Asks Slack of every token whose it is and what it may do (https://docs.slack.dev/reference/methods/auth.test); never throws. */
export const createCheck =
  (options: CheckOptions) =>
  async (signal: AbortSignal): Promise<readonly Finding[]> => {
    const { botToken, appToken, oauth } = options.config
    const { installations } = options
    const ask = createAsk(options, signal)
    return [
      ...(appToken === undefined ? [] : [await checkAppToken(appToken, ask)]),
      ...(botToken === undefined ? [] : await checkToken(botToken, ask)),
      ...(installations === undefined || oauth === undefined
        ? []
        : await checkInstallations(installations, oauth, ask)),
      await learnt(options.clock, signal),
    ]
  }

const createAsk =
  ({ config: { apiUrl }, fetch }: CheckOptions, signal: AbortSignal): Ask =>
  async (method, token) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${apiUrl}${method}`, { method: 'POST', headers, redirect: 'error', signal })
    const answer = readFields(await response.json().catch(() => undefined))
    if (answer?.['ok'] !== true)
      return { refused: readString(answer?.['error']) ?? `status ${response.status}` }
    const team = readString(answer['team']) ?? readString(answer['team_id']) ?? 'a workspace'
    return { team, granted: response.headers.get('x-oauth-scopes')?.split(/[\s,]+/) }
  }

type Ask = (method: 'auth.test' | 'apps.connections.open', token: string) => Promise<Said>

/** What Slack says of a token: its team and what it may do, or the code with which it is refused. */
type Said =
  | { readonly team: string; readonly granted: readonly string[] | undefined }
  | { readonly refused: string }

const checkAppToken = (token: string, ask: Ask): Promise<Finding> =>
  find('Slack app token', async () => {
    const said = await ask('apps.connections.open', token)
    return 'refused' in said
      ? { ok: false, detail: `Slack says ${said.refused}: check SLACK_APP_TOKEN and that Socket Mode is on` }
      : { ok: true, detail: 'may open connections' }
  })

/** Turns an answer into a finding. A network failure says nothing about a token. */
const find = async (name: string, work: () => Promise<Omit<Finding, 'name'>>): Promise<Finding> => {
  try {
    return { name, ...(await work()) }
  } catch (error) {
    return { name, ok: false, detail: toTrouble(error) }
  }
}

const toTrouble = (error: unknown): string =>
  error instanceof PassingError
    ? error.message
    : `Slack cannot be reached (${failureCode(error)}): check the network`

const checkToken = async (token: string, ask: Ask): Promise<readonly Finding[]> => {
  let granted: readonly string[] | undefined
  const first = await find('Slack token', async () => {
    const said = await ask('auth.test', token)
    if ('refused' in said) return { ok: false, detail: `Slack says ${said.refused}: check SLACK_BOT_TOKEN` }
    granted = said.granted
    return { ok: true, detail: `of ${said.team}` }
  })
  if (granted === undefined) return [first]
  const remedy = 'update the app from the manifest and install it again'
  return [first, { name: 'Slack permissions', ...judge(granted, remedy) }]
}

/** Compares what a token may do with the manifest; `remedy` says what to do where a permission is missing. */
const judge = (granted: readonly string[], remedy: string): Omit<Finding, 'name'> => {
  const missing = slackScopes.filter((scope) => !granted.includes(scope))
  return missing.length === 0
    ? { ok: true, detail: 'all that the manifest asks for' }
    : { ok: false, detail: `without ${missing.join(', ')}: ${remedy}` }
}

const checkInstallations = async (
  installations: Pick<Installations, 'list' | 'read'>,
  { redirectUri }: NonNullable<SlackConfig['oauth']>,
  ask: Ask,
): Promise<readonly Finding[]> => {
  const name = 'Slack workspaces'
  try {
    const keys = await installations.list()
    const page = new URL('install', redirectUri).href
    if (keys.length === 0) return [{ name, ok: true, detail: `none has installed the app yet: ${page}` }]
    const limit = pLimit(askedAtOnce)
    return await Promise.all(keys.map((key) => limit(() => checkInstallation(key, installations, ask))))
  } catch (error) {
    return [{ name, ok: false, detail: toTrouble(error) }]
  }
}

const checkInstallation = (
  key: string,
  installations: Pick<Installations, 'read'>,
  ask: Ask,
): Promise<Finding> => {
  const kind = key.startsWith('e:') ? 'organisation' : 'workspace'
  return find(`Slack ${kind} ${key.slice(2)}`, async () => {
    const installation = await installations.read(key)
    if (installation === undefined) return { ok: true, detail: 'has ended its installation' }
    const said = await ask('auth.test', installation.botToken)
    if ('refused' in said)
      // A rotated token expires after 12 hours, so it has ended where no one has written since.
      return said.refused === 'token_expired' && installation.rotation !== undefined
        ? { ok: true, detail: 'its token has ended; the next message renews it' }
        : { ok: false, detail: `Slack says ${said.refused}: install the app there again` }
    if (said.granted === undefined) return { ok: true, detail: said.team }
    const { ok, detail } = judge(said.granted, 'install the app there again')
    return { ok, detail: `${said.team}, ${detail}` }
  })
}

async function learnt(clock: CheckOptions['clock'], signal: AbortSignal): Promise<Finding> {
  await clock.learn(signal)
  return checkClock('Slack', 'Slack', clock)
}
