import type { ReportProblem, Settings } from '../../src/port.ts'
import { isSafeAddress } from '../../src/util/address.ts'
import { clouds, type Cloud } from './cloud.ts'

/** How the bot proves who it is when it sends. */
type BotSecret =
  | { readonly kind: 'password'; readonly tokenUrl: string; readonly password: string }
  | { readonly kind: 'managed identity'; readonly tenant: string }

/** The bot's registration. */
export interface BotApp {
  /** In lower case. */
  readonly id: string
  readonly secret: BotSecret
}

/** The Bot Framework's settings. */
export interface BotFrameworkConfig {
  /** Undefined: anonymous, nobody is asked who they are, and nothing leaves this machine. */
  readonly app: BotApp | undefined
  /** In lower case; empty: any tenant. */
  readonly tenants: readonly string[]
  /** Origins beside those of Teams that replies may go to. */
  readonly serviceOrigins: readonly string[]
  readonly cloud: Cloud
}

const readList = (value: string): readonly string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const readSwitch = (name: string, value: string, report: ReportProblem): boolean => {
  if (!/^(true|false|1|0|)$/i.test(value)) report(name, 'must be true or false')
  return /^(true|1)$/i.test(value)
}

const readOrigins = (value: string, report: ReportProblem): readonly string[] =>
  readList(value).map((part) => {
    if (isSafeAddress(part) && new URL(part).pathname === '/') return new URL(part).origin
    report(
      'BOT_SERVICE_URLS',
      'must be origins such as https://bots.example.com, comma-separated, without a path (http only for loopback)',
    )
    return part
  })

const readUrl = (name: string, value: string, report: ReportProblem): string => {
  if (!isSafeAddress(value)) report(name, 'must be an https address without a query (http only for loopback)')
  return value
}

type Get = (name: string) => string

const readCloud = (get: Get, report: ReportProblem): Cloud | undefined => {
  const openIdUrl = get('BOT_OPENID_METADATA')
  const host = URL.canParse(openIdUrl) ? new URL(openIdUrl).hostname : ''
  const name =
    get('BOT_CLOUD').toLowerCase() || (host.endsWith('.botframework.azure.us') ? 'usgov' : 'public')
  const cloud = Object.hasOwn(clouds, name) ? clouds[name] : undefined
  if (cloud === undefined) report('BOT_CLOUD', 'must be public or usgov')
  if (cloud === undefined || openIdUrl === '') return cloud
  return { ...cloud, openIdUrl: readUrl('BOT_OPENID_METADATA', openIdUrl, report) }
}

const readSecret = (get: Get, cloud: Cloud, report: ReportProblem): BotSecret => {
  const type = (get('MicrosoftAppType') || 'SingleTenant').toLowerCase()
  const tenant = get('MicrosoftAppTenantId')
  const password = get('MicrosoftAppPassword')
  if (!['singletenant', 'multitenant', 'userassignedmsi'].includes(type))
    report('MicrosoftAppType', 'must be SingleTenant, MultiTenant or UserAssignedMSI')
  if (type !== 'multitenant' && tenant === '')
    report('MicrosoftAppTenantId', 'is missing; copy the directory (tenant) id from the app registration')
  if (type === 'userassignedmsi') {
    if (password !== '') report('MicrosoftAppPassword', 'must be empty: a managed identity has no password')
    return { kind: 'managed identity', tenant }
  }
  if (password === '')
    report(
      'MicrosoftAppPassword',
      'is missing; make a client secret in the app registration and copy its value',
    )
  const directory = type === 'multitenant' ? cloud.botDirectory : encodeURIComponent(tenant)
  const tokenUrl = get('BOT_TOKEN_URL')
  return {
    kind: 'password',
    password,
    tokenUrl:
      tokenUrl === ''
        ? `${cloud.loginUrl}/${directory}/oauth2/v2.0/token`
        : readUrl('BOT_TOKEN_URL', tokenUrl, report),
  }
}

/** Reads the Bot Framework's settings; undefined when it is off (neither app id nor anonymous) or something was reported. */
export const readBotFrameworkConfig = (
  settings: Settings,
  report: ReportProblem,
): BotFrameworkConfig | undefined => {
  let sound = true
  const note: ReportProblem = (setting, remedy) => {
    sound = false
    report(setting, remedy)
  }
  const get: Get = (name) => settings[name]?.trim() ?? ''

  // Azure shows ids in lower case, people copy them from elsewhere too.
  const id = get('MicrosoftAppId').toLowerCase()
  const anonymous = readSwitch('BOT_ALLOW_ANONYMOUS', get('BOT_ALLOW_ANONYMOUS'), note)
  if (id === '' && !anonymous) {
    if (get('MicrosoftAppPassword') !== '')
      note('MicrosoftAppId', 'is missing; copy the application (client) id from the app registration')
    return undefined
  }
  if (id === '' && !/^(|localhost|127(\.\d{1,3}){3}|::1)$/.test(get('HOST')))
    note(
      'HOST',
      'must be 127.0.0.1 or left out while BOT_ALLOW_ANONYMOUS is true: anybody could write as a guest',
    )

  const cloud = readCloud(get, note)
  if (cloud === undefined) return undefined
  const config: BotFrameworkConfig = {
    app: id === '' ? undefined : { id, secret: readSecret(get, cloud, note) },
    tenants: readList(get('BOT_ALLOWED_TENANTS').toLowerCase()),
    serviceOrigins: readOrigins(get('BOT_SERVICE_URLS'), note),
    cloud,
  }
  return sound ? Object.freeze(config) : undefined
}
