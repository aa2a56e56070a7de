import { z } from 'zod/v4'
import { logLevels } from '../log.ts'
import { findSslModeProblem } from '../store/url.ts'
import { isSafeAddress } from '../util/address.ts'
import { secretTooShort, shortestSecret } from '../util/secret.ts'

const second = 1000

const hour = 3600 * second

const day = 24 * hour

const address = z
  .string()
  .refine(isSafeAddress, 'must be an https address without a query (http only for loopback)')
  .transform((text) => text.replace(/\/+$/, ''))

/** Text that fulfils a condition; `remedy` says which. */
const matching = (pattern: RegExp, remedy: string): z.ZodType<string, string> =>
  z.string().regex(pattern, remedy)

const hostName = matching(
  /^(?:[\da-f:.]+|[a-z\d](?:[a-z\d.-]*[a-z\d])?)$/i,
  'must be an IP address or host name to listen on, such as 0.0.0.0',
)

const isPostgres = (url: string): boolean => /^postgres(?:ql)?:\/\/./.test(url)

const databaseUrl = z
  .string()
  .refine((url) => !url.startsWith('sqlite://'), {
    error:
      'must have no slashes between sqlite: and the path: sqlite:data/connector.db is relative, sqlite:/var/lib/connector.db absolute',
    abort: true,
  })
  .refine((url) => /^sqlite:(?!:memory:)./.test(url) || (isPostgres(url) && URL.canParse(url)), {
    error: 'must be sqlite:<path> or postgres://…',
    abort: true,
  })
  .superRefine((url, context) => {
    const message = isPostgres(url) ? findSslModeProblem(url) : undefined
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })

const encryptionKey = z
  .string()
  .refine(
    (text) => /^[A-Za-z\d+/]{43}=$/.test(text),
    'must be 32 random bytes in base64; openssl rand -base64 32 makes them',
  )
  .transform((text) => Buffer.from(text, 'base64'))

const secret = z.string().min(shortestSecret, secretTooShort)

const webhookTokens = z
  .string()
  .transform((text) => text.split(',').map((token) => token.trim()))
  .refine((tokens) => tokens.length <= 2 && tokens.every((token) => token !== ''), {
    error: 'must be one secret, or two with a comma while it is rotated',
    abort: true,
  })
  .refine((tokens) => tokens.every((token) => token.length >= shortestSecret), secretTooShort)

const language = z
  .string()
  .refine(isLanguage, 'must be a language as its tag (BCP 47), such as de, pt-BR or zh-Hant')

/** A whole number written in digits. */
const whole = (min: number, max: number): z.ZodType<number, string> => {
  const error = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, error)
}

/** A number that may have a fraction, `min` and `max` included, times `factor`: seconds to milliseconds, say. */
const decimal = (min: number, max: number, factor = 1): z.ZodType<number, string> => {
  const error = `must be a number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,9}(?:\.\d{1,9})?$/, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, error)
    .transform((value) => value * factor)
}

/** Milliseconds are what the code counts in; the settings' names say what people write. */
export const settingsSchema = z.object({
  PORT: whole(0, 65_535).prefault('3978'),
  HOST: hostName.optional(),
  PUBLIC_URL: address.optional(),
  /** With this, closing the server takes no longer than stopping the relay does: 8 s of the 10 that a stop may take. */
  STOP_DELAY_SECONDS: decimal(0, 4, second).prefault('0'),
  LANGUAGE: language.optional(),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  ADMIN_TOKEN: secret.optional(),
  METRICS_TOKEN: secret.optional(),
  DATABASE_URL: databaseUrl.default('sqlite:data/connector.db'),
  KEYV_URL: matching(/^[a-z][a-z\d+.-]*:./i, 'must be a Keyv address such as redis://…').optional(),
  ENCRYPTION_KEY: encryptionKey.optional(),
  RETENTION_DAYS: decimal(0.001, 36_500, day).optional(),
  MEWS_PLATFORM_ADDRESS: address.prefault('https://api.mews.com'),
  MEWS_CLIENT_TOKEN: z.string().optional(),
  MEWS_ACCESS_TOKEN: z.string().optional(),
  MEWS_CLIENT: z.string().optional(),
  MEWS_ENTERPRISE_ID: z.string().optional(),
  MEWS_WEBHOOK_TOKEN: webhookTokens.optional(),
  MEWS_REQUESTS_PER_30S: whole(1, 200).prefault('180'),
  MEWS_TIMEOUT_SECONDS: decimal(0.1, 300, second).prefault('30'),
  MEWS_SYNC_SECONDS: decimal(0.1, 86_400, second).prefault('120'),
  MEWS_CONFIRM_SECONDS: decimal(0, 300, second).prefault('10'),
  THREAD_IDLE_DAYS: decimal(0.001, 36_500, day).prefault('30'),
  DELIVERY_GIVE_UP_HOURS: decimal(0.001, 8760, hour).prefault('24'),
  DELIVERY_RETRY_SECONDS: decimal(0.01, 300, second).prefault('1'),
})

/** The core's own settings, read. */
export type CoreSettings = z.infer<typeof settingsSchema>

function isLanguage(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0
  } catch {
    return false
  }
}
