import type { ReportProblem, Settings } from '../../src/port.ts'
import { isSafeAddress } from '../../src/util/address.ts'
import { secretTooShort, shortestSecret } from '../../src/util/secret.ts'
import { shortestSyncSeconds } from './api/budget.ts'

/** Channex's settings. */
export interface ChannexConfig {
  readonly apiKey: string
  /** One, or two while the secret is rotated; never empty. */
  readonly webhookSecrets: readonly string[]
  /** Without a slash at its end. */
  readonly baseUrl: string
  /** Channex counts the requests of the key; a stand-in on this computer does not. */
  readonly isLimited: boolean
  readonly syncMs: number
  /** The one property whose guests are meant; undefined: every one that the key can see. */
  readonly propertyId: string | undefined
  /** The https address by which Channex reaches us, without a slash at its end; undefined: by none. */
  readonly publicUrl: string | undefined
  /** A conversation that the staff resolve is closed in Channex. */
  readonly closesResolved: boolean
  /** The most UTF-16 units of one message. */
  readonly maxLength: number
}

/** Reads Channex's settings; undefined when Channex is off (neither key, secret nor property is set) or something was reported. */
export const readChannexConfig = (settings: Settings, report: ReportProblem): ChannexConfig | undefined => {
  const get = (name: string): string => settings[name]?.trim() ?? ''
  const key = get('CHANNEX_API_KEY')
  const secret = get('CHANNEX_WEBHOOK_SECRET')
  const property = get('CHANNEX_PROPERTY_ID')
  if (key === '' && secret === '' && property === '') return undefined
  let sound = true
  const note: ReportProblem = (setting, remedy) => {
    sound = false
    report(setting, remedy)
  }
  const baseUrl = readBaseUrl(get('CHANNEX_BASE_URL') || 'https://app.channex.io/api/v1', note)
  const isLimited = !baseUrl.startsWith('http:')
  const config: ChannexConfig = {
    apiKey: readKey(key, note),
    webhookSecrets: readSecrets(secret, note),
    baseUrl,
    isLimited,
    syncMs: readSync(get('CHANNEX_SYNC_SECONDS'), isLimited, note),
    propertyId: readPropertyId(property, note),
    publicUrl: get('PUBLIC_URL').replace(/\/+$/, '') || undefined,
    closesResolved: readSwitch('CHANNEX_CLOSE_RESOLVED', get('CHANNEX_CLOSE_RESOLVED'), note),
    maxLength: Math.floor(
      readNumber('CHANNEX_MAX_LENGTH', get('CHANNEX_MAX_LENGTH') || '1000', [100, 10_000], note),
    ),
  }
  return sound ? Object.freeze(config) : undefined
}

/** Where one property is set, what belongs to it: guests of another are not its own. */
export const readChannexRoute = (settings: Settings): Readonly<Record<string, string>> | undefined => {
  const property = settings['CHANNEX_PROPERTY_ID']?.trim() ?? ''
  return property === '' ? undefined : { property }
}

const readBaseUrl = (value: string, report: ReportProblem): string => {
  if (!isSafeAddress(value))
    report(
      'CHANNEX_BASE_URL',
      'must be an https address such as https://staging.channex.io/api/v1 (http only for loopback)',
    )
  return value.replace(/\/+$/, '')
}

const readKey = (value: string, report: ReportProblem): string => {
  if (value === '')
    report('CHANNEX_API_KEY', 'is missing; make one in Channex, on your profile’s page of API keys')
  else if (!/^[!-~]+$/.test(value)) report('CHANNEX_API_KEY', 'must be a key without spaces')
  return value
}

const readSecrets = (value: string, report: ReportProblem): readonly string[] => {
  const secrets = value.split(',').map((secret) => secret.trim())
  if (value === '')
    report(
      'CHANNEX_WEBHOOK_SECRET',
      'is missing; make one with openssl rand -hex 32, and register the webhook in Channex with it in the header X-Channex-Webhook-Secret',
    )
  else if (secrets.length > 2 || secrets.some((secret) => !/^[!-~]+$/.test(secret)))
    report(
      'CHANNEX_WEBHOOK_SECRET',
      'must be one secret without spaces, or two with a comma while it is rotated',
    )
  else if (secrets.some((secret) => secret.length < shortestSecret))
    report('CHANNEX_WEBHOOK_SECRET', secretTooShort)
  return secrets
}

/** In milliseconds. */
const readSync = (value: string, isLimited: boolean, report: ReportProblem): number => {
  const seconds = readNumber('CHANNEX_SYNC_SECONDS', value || '120', [0.1, 86_400], report)
  if (isLimited && seconds >= 0.1 && seconds < shortestSyncSeconds)
    report(
      'CHANNEX_SYNC_SECONDS',
      `must be at least ${shortestSyncSeconds}: Channex allows 3,600 requests an hour to its list of conversations, and each look takes one or more; with a webhook messages come at once anyway`,
    )
  return seconds * 1000
}

/** A number from `min` to `max`. */
const readNumber = (
  name: string,
  value: string,
  [min, max]: readonly [number, number],
  report: ReportProblem,
): number => {
  const number = /^\d{1,9}(?:\.\d{1,9})?$/.test(value) ? Number(value) : Number.NaN
  if (!(number >= min && number <= max)) report(name, `must be a number from ${min} to ${max}`)
  return number
}

const readPropertyId = (value: string, report: ReportProblem): string | undefined => {
  if (!/^[\w-]{0,128}$/.test(value))
    report('CHANNEX_PROPERTY_ID', 'must be the id of a property, as it stands in its address in Channex')
  return value === '' ? undefined : value
}

const readSwitch = (name: string, value: string, report: ReportProblem): boolean => {
  if (!/^(?:on|off|)$/i.test(value)) report(name, 'must be on or off')
  return value.toLowerCase() === 'on'
}
