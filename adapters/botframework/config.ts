import { readFileSync } from 'node:fs'
import type { ReportProblem, Settings } from '../../src/port.ts'
import { isSafeAddress } from '../../src/util/address.ts'
import { failureCode } from '../../src/util/failure.ts'
import { CertificateError, readCertificate } from './api/certificate.ts'
import { clouds, type Cloud } from './api/cloud.ts'

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

/** Everything that proves who the bot is; one of these groups must be given. */
const proofs = [
  ['MicrosoftAppPassword'],
  ['CertificateDiskPath', 'CertificatePrivateKey', 'CertificateThumbprint'],
  ['MicrosoftAppClientId'],
  ['SignedAssertionFileDiskPath'],
] as const

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

/** How the bot proves who it is when it sends. */
type BotSecret =
  | { readonly kind: 'password'; readonly tokenUrl: string; readonly password: string }
  | ({ readonly kind: 'certificate'; readonly tokenUrl: string; readonly thumbprint?: string } & (
      | { readonly path: string; readonly pem?: undefined }
      | { readonly path?: undefined; readonly pem: string }
    ))
  /** A managed identity of this machine: its client id, or `system`. */
  | { readonly kind: 'federated identity'; readonly tokenUrl: string; readonly identity: string }
  /** A file into which somebody writes tokens for us, as Kubernetes does. */
  | { readonly kind: 'federated file'; readonly tokenUrl: string; readonly path: string }
  | { readonly kind: 'managed identity'; readonly tenant: string }

type Get = (name: string) => string

const readSwitch = (name: string, value: string, report: ReportProblem): boolean => {
  if (!/^(true|false|1|0|)$/i.test(value)) report(name, 'must be true or false')
  return /^(true|1)$/i.test(value)
}

const readCloud = (get: Get, report: ReportProblem): Cloud | undefined => {
  const openIdUrl = get('BOT_OPENID_METADATA')
  const host = URL.canParse(openIdUrl) ? new URL(openIdUrl).hostname : ''
  const name =
    get('BOT_CLOUD').toLowerCase() ||
    (host.endsWith('.botframework.azure.us') && 'usgov') ||
    (host.endsWith('.botframework.azure.cn') && 'china') ||
    'public'
  const cloud = Object.hasOwn(clouds, name) ? clouds[name] : undefined
  if (cloud === undefined) report('BOT_CLOUD', 'must be public, usgov or china')
  if (cloud === undefined || openIdUrl === '') return cloud
  return { ...cloud, openIdUrl: readUrl('BOT_OPENID_METADATA', openIdUrl, report) }
}

const readUrl = (name: string, value: string, report: ReportProblem): string => {
  if (!isSafeAddress(value)) report(name, 'must be an https address without a query (http only for loopback)')
  return value
}

const readSecret = (get: Get, cloud: Cloud, report: ReportProblem): BotSecret => {
  const type = (get('MicrosoftAppType') || 'SingleTenant').toLowerCase()
  const tenant = get('MicrosoftAppTenantId')
  if (!['singletenant', 'multitenant', 'userassignedmsi'].includes(type))
    report('MicrosoftAppType', 'must be SingleTenant, MultiTenant or UserAssignedMSI')
  if (type !== 'multitenant' && tenant === '')
    report('MicrosoftAppTenantId', 'is missing; copy the directory (tenant) id from the app registration')
  const given = proofs.filter((names) => names.some((name) => get(name) !== ''))
  const named = given.map((names) => names.find((name) => get(name) !== '') ?? names[0])
  if (type === 'userassignedmsi') {
    for (const name of named)
      report(name, 'must be empty: a bot that is a managed identity proves nothing else')
    return { kind: 'managed identity', tenant }
  }
  if (given.length > 1)
    report(
      named[1] ?? '',
      `must be empty where ${named[0] ?? ''} is given: the bot proves who it is in one way`,
    )
  const directory = type === 'multitenant' ? cloud.botDirectory : encodeURIComponent(tenant)
  const tokenUrl = get('BOT_TOKEN_URL')
  return readProof(
    get,
    tokenUrl === ''
      ? `${cloud.loginUrl}/${directory}/oauth2/v2.0/token`
      : readUrl('BOT_TOKEN_URL', tokenUrl, report),
    report,
  )
}

const readProof = (get: Get, tokenUrl: string, report: ReportProblem): BotSecret => {
  const password = get('MicrosoftAppPassword')
  const identity = get('MicrosoftAppClientId')
  const assertionPath = get('SignedAssertionFileDiskPath')
  if (proofs[1].some((name) => get(name) !== '')) return readCertificateSettings(get, tokenUrl, report)
  if (identity !== '') return { kind: 'federated identity', tokenUrl, identity: identity.toLowerCase() }
  if (assertionPath !== '') {
    readText('SignedAssertionFileDiskPath', assertionPath, report)
    return { kind: 'federated file', tokenUrl, path: assertionPath }
  }
  if (password === '')
    report(
      'MicrosoftAppPassword',
      'is missing; make a client secret in the app registration and copy its value, or use a federated credential (MicrosoftAppClientId) or a certificate (CertificateDiskPath)',
    )
  return { kind: 'password', password, tokenUrl }
}

const readCertificateSettings = (get: Get, tokenUrl: string, report: ReportProblem): BotSecret => {
  const path = get('CertificateDiskPath')
  const thumbprint = get('CertificateThumbprint')
  const setting = path === '' ? 'CertificatePrivateKey' : 'CertificateDiskPath'
  const pem = path === '' ? get('CertificatePrivateKey') : readText(setting, path, report)
  if (path !== '' && get('CertificatePrivateKey') !== '')
    report('CertificatePrivateKey', 'must be empty where CertificateDiskPath is given')
  try {
    if (pem !== undefined) readCertificate(pem, thumbprint)
  } catch (error) {
    report(setting, error instanceof CertificateError ? error.message : 'cannot be read')
  }
  return {
    kind: 'certificate',
    tokenUrl,
    ...(thumbprint === '' ? {} : { thumbprint }),
    ...(path === '' ? { pem: pem ?? '' } : { path }),
  }
}

/** Looks now, so that a wrong path is found at the start; undefined after a report. */
const readText = (name: string, path: string, report: ReportProblem): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    report(name, `names a file that cannot be read (${failureCode(error)})`)
    return undefined
  }
}

const readList = (value: string): readonly string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const readOrigins = (value: string, report: ReportProblem): readonly string[] =>
  readList(value).map((part) => {
    if (isSafeAddress(part) && new URL(part).pathname === '/') return new URL(part).origin
    report(
      'BOT_SERVICE_URLS',
      'must be origins such as https://bots.example.com, comma-separated, without a path (http only for loopback)',
    )
    return part
  })
