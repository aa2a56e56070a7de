import { z } from 'zod/v4'
import type { ReportProblem, Settings } from '../../src/port.ts'
import { isSafeAddress } from '../../src/util/address.ts'
import { secretTooShort, shortestSecret } from '../../src/util/secret.ts'
import {
  decimal,
  isGiven,
  matching,
  oneOrTwo,
  readRows,
  readSound,
  requireRows,
  type SettingRows,
  type SettingSection,
} from '../../src/util/setting.ts'
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

/** By their names in `ChannexConfig`. */
const rows = {
  apiKey: {
    name: 'CHANNEX_API_KEY',
    schema: matching(/^[!-~]+$/, 'must be a key without spaces'),
    isSecret: true,
    missing: 'is missing; make one in Channex, on your profile’s page of API keys',
    help: 'An API key of the Channex user, from the profile’s page of API keys.',
  },
  webhookSecrets: {
    name: 'CHANNEX_WEBHOOK_SECRET',
    schema: oneOrTwo(
      /^[!-~]+$/,
      'must be one secret without spaces, or two with a comma while it is rotated',
    ).refine((secrets) => secrets.every((secret) => secret.length >= shortestSecret), secretTooShort),
    isSecret: true,
    missing:
      'is missing; make one with openssl rand -hex 32, and register the webhook in Channex with it in the header X-Channex-Webhook-Secret',
    help: 'What the webhook brings in its header `X-Channex-Webhook-Secret`; 16 characters or more (`openssl rand -hex 32`).',
    details: 'Two with a comma while it is rotated.',
  },
  propertyId: {
    name: 'CHANNEX_PROPERTY_ID',
    schema: matching(
      /^[\w-]{1,128}$/,
      'must be the id of a property, as it stands in its address in Channex',
    ),
    isPerHotel: true,
    otherwise: 'every one that the key can see',
    help: 'Which Channex property the one property is; several stand in `CONFIG_FILE`.',
    details:
      'Guests of another property wait, with an error in the console and in `check`, until it is set up.',
  },
  baseUrl: {
    name: 'CHANNEX_BASE_URL',
    schema: z
      .string()
      .refine(
        isSafeAddress,
        'must be an https address such as https://staging.channex.io/api/v1 (http only for loopback)',
      )
      .transform((value) => value.replace(/\/+$/, '')),
    default: 'https://app.channex.io/api/v1',
    help: 'The address of Channex’s API: another one for staging or a white label.',
  },
  syncMs: {
    name: 'CHANNEX_SYNC_SECONDS',
    schema: decimal(0.1, 86_400, 1000),
    default: '120',
    help: 'How often guests’ messages are looked for without a webhook; also once at the start. At least 2.',
    details: 'Channex limits the requests of a key.',
  },
  maxLength: {
    name: 'CHANNEX_MAX_LENGTH',
    schema: decimal(100, 10_000).transform(Math.floor),
    default: '1000',
    help: 'The longest message that is sent in one; longer replies are cut into parts.',
  },
  closesResolved: {
    name: 'CHANNEX_CLOSE_RESOLVED',
    schema: matching(/^(?:on|off)$/i, 'must be on or off').transform((value) => value.toLowerCase() === 'on'),
    default: 'off',
    help: '`on`: a thread that the staff resolve in Mews is closed in Channex as well, and marked on Booking.com as needing no reply.',
    details:
      'It is marked where the guest wrote last, so that it does not count against the reply score. It waits while a reply waits or has failed. A guest who writes again opens it.',
  },
} as const satisfies SettingRows

/** What can be set. */
export const channexSettings: SettingSection = {
  title: 'Booking.com, Airbnb and Expedia through Channex',
  guide: { path: 'adapters/channex/README.md', text: 'How to connect Channex' },
  rows,
}

const switches = [rows.apiKey, rows.webhookSecrets, rows.propertyId] as const

/** Reads Channex's settings; undefined when Channex is off (neither key, secret nor property is set) or something was reported. */
export const readChannexConfig = (settings: Settings, report: ReportProblem): ChannexConfig | undefined => {
  if (!switches.some(({ name }) => isGiven(name, settings))) return undefined
  return readSound(report, (note) => readGiven(settings, note))
}

/** Where one property is set, what belongs to it: guests of another are not its own. */
export const readChannexRoute = (settings: Settings): Readonly<Record<string, string>> | undefined => {
  const property = settings[rows.propertyId.name]?.trim() ?? ''
  return property === '' ? undefined : { property }
}

function readGiven(settings: Settings, note: ReportProblem): ChannexConfig {
  requireRows([rows.apiKey, rows.webhookSecrets], settings, note)
  const { apiKey = '', webhookSecrets = [], ...values } = readRows(rows, settings, note)
  const isLimited = !values.baseUrl.startsWith('http:')
  if (isLimited && values.syncMs < shortestSyncSeconds * 1000)
    note(
      rows.syncMs.name,
      `must be at least ${shortestSyncSeconds}: Channex allows 3,600 requests an hour to its list of conversations, and each look takes one or more; with a webhook messages come at once anyway`,
    )
  return {
    apiKey,
    webhookSecrets,
    ...values,
    isLimited,
    publicUrl: (settings['PUBLIC_URL']?.trim() ?? '').replace(/\/+$/, '') || undefined,
  }
}
