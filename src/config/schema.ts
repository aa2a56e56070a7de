import { z } from 'zod/v4'
import { logLevels } from '../log.ts'
import { findKeyvUrlProblem } from '../store/keyv/address.ts'
import { findSslModeProblem } from '../store/url.ts'
import { secretTooShort, shortestSecret } from '../util/secret.ts'
import { isLoopback } from '../util/address.ts'
import { address, matching } from '../util/setting.ts'

/** An address without a slash at its end. */
export const baseAddress = address.transform((text) => text.replace(/\/+$/, ''))

export const hostName = matching(
  /^(?:[\da-f:.]+|[a-z\d](?:[a-z\d.-]*[a-z\d])?)$/i,
  'must be an IP address or host name to listen on, such as 0.0.0.0',
)

export const databaseUrl = z
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

export const encryptionKey = z
  .string()
  .refine(
    (text) => /^[A-Za-z\d+/]{43}=$/.test(text),
    'must be 32 random bytes in base64; openssl rand -base64 32 makes them',
  )
  .transform((text) => Buffer.from(text, 'base64'))

export const keyvUrl = matching(
  /^[a-z][a-z\d+.-]*:./i,
  'must be a Keyv address such as redis://…',
).superRefine((url, context) => {
  const message = findKeyvUrlProblem(url)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

export const logLevel = z.enum(logLevels, `must be one of ${logLevels.join(', ')}`)

export const secret = z.string().min(shortestSecret, secretTooShort)

export const webhookTokens = z
  .string()
  .transform((text) => text.split(',').map((token) => token.trim()))
  .refine((tokens) => tokens.length <= 2 && tokens.every((token) => token !== ''), {
    error: 'must be one secret, or two with a comma while it is rotated',
    abort: true,
  })
  .refine((tokens) => tokens.every((token) => token.length >= shortestSecret), secretTooShort)

/** Where alerts go: an address that may be a secret itself, with a query. */
export const alertUrl = z.string().refine((text) => {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  const isPrivate = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
  return isPrivate && username === '' && password === ''
}, 'must be an https address without user and password (http only for loopback)')

const alertSecretError =
  'must be whsec_ and 24 to 64 random bytes in base64, or two of these with a comma while it is rotated; echo whsec_$(openssl rand -base64 32) makes one'

/** Secrets of Standard Webhooks. */
export const alertSecrets = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .refine((secrets) => secrets.length <= 2 && secrets.every((it) => /^whsec_[A-Za-z\d+/]+=*$/.test(it)), {
    error: alertSecretError,
    abort: true,
  })
  .transform((secrets) => secrets.map((it) => Buffer.from(it.slice('whsec_'.length), 'base64')))
  .refine((secrets) => secrets.every(({ length }) => length >= 24 && length <= 64), alertSecretError)

/** Rising whole minutes up to a week. */
export const risingMinutes = z
  .string()
  .regex(/^\s*\d{1,5}\s*(?:,\s*\d{1,5}\s*)*$/, 'must be whole minutes with commas, such as 10,30,120')
  .transform((text) => text.split(',').map(Number))
  .refine(
    (minutes) =>
      minutes.every((one, index) => one > (minutes[index - 1] ?? 0)) && (minutes.at(-1) ?? 0) <= 10_080,
    'must rise, from 1 to 10080 minutes (a week)',
  )

/** By what stays are looked up in Mews. */
export const staySource = z.enum(['off', 'number', 'email'], 'must be off, number or email')

/** `on` or `off`. */
export const onOff = z.enum(['on', 'off'], 'must be on or off').transform((text) => text === 'on')

const isPostgres = (url: string): boolean => /^postgres(?:ql)?:\/\/./.test(url)

/** A whole number written in digits. */
export const whole = (min: number, max: number): z.ZodType<number, string> => {
  const error = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, error)
}
