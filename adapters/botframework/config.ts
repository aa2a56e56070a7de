import { readFileSync } from 'node:fs'
import type { ReportProblem, Settings } from '../../src/port.ts'
import { explainNamedFile, failureCode } from '../../src/util/failure.ts'
import { isGiven, readRows, readSound, requireRows } from '../../src/util/setting.ts'
import { CertificateError, readCertificate } from './api/certificate.ts'
import { clouds, type Cloud } from './api/cloud.ts'
import {
  accessRows,
  certificateRows,
  cloudRows,
  identityRows,
  proofRows,
  registrationRows,
  tokenRows,
} from './settings.ts'

/** The bot's registration. */
export interface BotApp {
  /** In lower case. */
  readonly id: string
  readonly secret: BotSecret
}

/** The Bot Framework's settings. */
export interface BotFrameworkConfig {
  /** Undefined for an anonymous bot: it authenticates no one, and nothing leaves this machine. */
  readonly app: BotApp | undefined
  /** In lower case; empty: any tenant. */
  readonly tenants: readonly string[]
  /** Origins beside those of Teams that replies may go to. */
  readonly serviceOrigins: readonly string[]
  readonly cloud: Cloud
}

/** Everything that proves who the bot is; one of these groups must be given. */
const proofs = [
  [proofRows.password],
  [certificateRows.path, certificateRows.pem, certificateRows.thumbprint],
  [proofRows.identity],
  [proofRows.assertionPath],
] as const

/** Reads the Bot Framework's settings; undefined when it is off (neither app id nor anonymous) or something was reported. */
export const readBotFrameworkConfig = (
  settings: Settings,
  report: ReportProblem,
): BotFrameworkConfig | undefined =>
  readSound(report, (note) => {
    const { id, anonymous } = readRows(identityRows, settings, note)
    if (id === undefined && !anonymous) {
      if (isGiven(proofRows.password.name, settings)) requireRows([identityRows.id], settings, note)
      return undefined
    }
    if (id === undefined && !/^(|localhost|127(\.\d{1,3}){3}|::1)$/.test(settings['HOST']?.trim() ?? ''))
      note(
        'HOST',
        'must be 127.0.0.1 or left out while BOT_ALLOW_ANONYMOUS is true: anybody could write as a guest',
      )

    const cloud = readCloud(settings, note)
    if (cloud === undefined) return undefined
    const { tenants = [], serviceOrigins = [] } = readRows(accessRows, settings, note)
    const app = id === undefined ? undefined : { id, secret: readSecret(settings, cloud, note) }
    return { app, tenants, serviceOrigins, cloud }
  })

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

/** The cloud that is named, or the one whose signing keys are; undefined after a report. */
const readCloud = (settings: Settings, report: ReportProblem): Cloud | undefined => {
  const { cloud: given, openIdUrl } = readRows(cloudRows, settings, report)
  if (given === undefined && isGiven(cloudRows.cloud.name, settings)) return undefined
  const host = openIdUrl === undefined ? '' : new URL(openIdUrl).hostname
  const name =
    given ??
    ((host.endsWith('.botframework.azure.us') && 'usgov') ||
      (host.endsWith('.botframework.azure.cn') && 'china') ||
      'public')
  const cloud = clouds[name]
  return cloud === undefined || openIdUrl === undefined ? cloud : { ...cloud, openIdUrl }
}

const readSecret = (settings: Settings, cloud: Cloud, report: ReportProblem): BotSecret => {
  const { type, tenant = '' } = readRows(registrationRows, settings, report)
  if (type !== 'multitenant') requireRows([registrationRows.tenant], settings, report)
  const named = proofs.flatMap((rows) => rows.find(({ name }) => isGiven(name, settings))?.name ?? [])
  if (type === 'userassignedmsi') {
    for (const name of named)
      report(name, 'must be empty: a bot that is a managed identity proves nothing else')
    return { kind: 'managed identity', tenant }
  }
  const [first = '', second] = named
  if (second !== undefined)
    report(second, `must be empty where ${first} is given: the bot proves who it is in one way`)
  const directory = type === 'multitenant' ? cloud.botDirectory : encodeURIComponent(tenant)
  const { tokenUrl = `${cloud.loginUrl}/${directory}/oauth2/v2.0/token` } = readRows(
    tokenRows,
    settings,
    report,
  )
  return readProof(settings, tokenUrl, report)
}

const readProof = (settings: Settings, tokenUrl: string, report: ReportProblem): BotSecret => {
  if (Object.values(certificateRows).some(({ name }) => isGiven(name, settings)))
    return readCertificateSettings(settings, tokenUrl, report)
  const { password = '', identity, assertionPath } = readRows(proofRows, settings, report)
  if (identity !== undefined) return { kind: 'federated identity', tokenUrl, identity }
  if (assertionPath !== undefined) {
    readText(proofRows.assertionPath.name, assertionPath, report)
    return { kind: 'federated file', tokenUrl, path: assertionPath }
  }
  requireRows([proofRows.password], settings, report)
  return { kind: 'password', password, tokenUrl }
}

const readCertificateSettings = (settings: Settings, tokenUrl: string, report: ReportProblem): BotSecret => {
  const { path, pem: given = '', thumbprint = '' } = readRows(certificateRows, settings, report)
  const setting = path === undefined ? certificateRows.pem.name : certificateRows.path.name
  const pem = path === undefined ? given : readText(setting, path, report)
  if (path !== undefined && given !== '')
    report(certificateRows.pem.name, 'must be empty where CertificateDiskPath is given')
  try {
    if (pem !== undefined) readCertificate(pem, thumbprint)
  } catch (error) {
    report(setting, error instanceof CertificateError ? error.message : 'cannot be read')
  }
  return {
    kind: 'certificate',
    tokenUrl,
    ...(thumbprint === '' ? {} : { thumbprint }),
    ...(path === undefined ? { pem: given } : { path }),
  }
}

/** Checks the file at once, so that a wrong path is found at the start; undefined after a report. */
const readText = (name: string, path: string, report: ReportProblem): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    report(name, explainNamedFile(error) ?? `names a file that cannot be read (${failureCode(error)})`)
    return undefined
  }
}
