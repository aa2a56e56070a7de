import { z } from 'zod/v4'
import type { ReportProblem, Settings } from '../port.ts'
import { isSafeAddress } from './address.ts'

/** One setting. How it is read, and what `.env.example`, the table of settings and the schema of `CONFIG_FILE` say of it, follows from this row alone. */
export interface Setting<Value = unknown> {
  readonly name: string
  /** Reads its text, which is trimmed and not empty. An error continues the name and shows no value: `must be a number`. */
  readonly schema: z.ZodType<Value, string>
  /** The text that counts where none is given. */
  readonly default?: string
  /** For people, where no text is the default: `asked from Mews`. */
  readonly otherwise?: string
  /** Shown in `.env.example` where there is no default. */
  readonly example?: string
  /** What it does: one line of 140 characters at most, in Markdown. */
  readonly help: string
  /** What the table says beyond that. */
  readonly details?: string
  /** Where it is needed and not set: continues the name. */
  readonly missing?: string
  readonly isSecret?: boolean
  /** It belongs to one hotel, so it must not be set beside the properties of `CONFIG_FILE`. */
  readonly isPerHotel?: boolean
}

/** Rows by the names of their values where they are used: in `Config`, or in an adapter's configuration. */
export type SettingRows = Readonly<Record<string, Setting>>

/** Rows that people look for in one place. */
export interface SettingSection {
  readonly title: string
  /** The page that tells step by step how to set them, from the top of the repository. */
  readonly guide?: { readonly path: string; readonly text: string }
  readonly rows: SettingRows
}

/** The values of rows; undefined is possible where a row has no default. */
export type ValuesOf<Rows extends SettingRows> = { readonly [Key in keyof Rows]: ValueOf<Rows[Key]> }

type ValueOf<Row extends Setting> = Row extends { readonly default: string }
  ? z.output<Row['schema']>
  : z.output<Row['schema']> | undefined

/** Reads the values of rows. A wrong one is reported and replaced by its default, so that everything that is wrong is found at once. */
export const readRows = <Rows extends SettingRows>(
  rows: Rows,
  settings: Settings,
  report: ReportProblem,
): ValuesOf<Rows> =>
  Object.fromEntries(
    Object.entries(rows).map(([key, row]) => [key, readRow(row, settings, report)]),
  ) as ValuesOf<Rows>

/** Reports each of these rows that is not set. */
export const requireRows = (
  rows: readonly Pick<Setting, 'name' | 'missing'>[],
  settings: Settings,
  report: ReportProblem,
): void => {
  for (const { name, missing = 'is missing' } of rows) if (!isGiven(name, settings)) report(name, missing)
}

/** Reads a configuration with a `report` of its own; undefined once that was called, else frozen. */
export const readSound = <Read extends object>(
  report: ReportProblem,
  read: (note: ReportProblem) => Read | undefined,
): Readonly<Read> | undefined => {
  let isSound = true
  const values = read((setting, remedy) => {
    isSound = false
    report(setting, remedy)
  })
  return isSound && values !== undefined ? Object.freeze(values) : undefined
}

/** Whether a setting has a text that is not blank. */
export const isGiven = (name: string, settings: Settings): boolean => (settings[name]?.trim() ?? '') !== ''

/** Any text. */
export const anyText: z.ZodType<string, string> = z.string()

/** Text that fulfils a condition; `remedy` says which. */
export const matching = (pattern: RegExp, remedy: string): z.ZodType<string, string> =>
  z.string().regex(pattern, remedy)

/** An address that requests and secrets may be sent to. */
export const address: z.ZodType<string, string> = z
  .string()
  .refine(isSafeAddress, 'must be an https address without a query (http only for loopback)')

/** One secret, or two with a comma while it is rotated. */
export const oneOrTwo = (pattern: RegExp, remedy: string): z.ZodType<readonly string[], string> =>
  z
    .string()
    .transform((value) => value.split(',').map((secret) => secret.trim()))
    .refine((secrets) => secrets.length <= 2 && secrets.every((secret) => pattern.test(secret)), remedy)

/** What stands between commas, without blanks around it. */
export const list = (pattern: RegExp, remedy: string): z.ZodType<readonly string[], string> =>
  z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .refine((parts) => parts.every((part) => pattern.test(part)), remedy)

/** A number that may have a fraction, `min` and `max` included, times `factor`: seconds to milliseconds, say. */
export const decimal = (min: number, max: number, factor = 1): z.ZodType<number, string> => {
  const error = `must be a number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,9}(?:\.\d{1,9})?$/, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, error)
    .transform((value) => value * factor)
}

function readRow(row: Setting, settings: Settings, report: ReportProblem): unknown {
  if (isGiven(row.name, settings)) {
    const { success, data, error } = row.schema.safeParse(settings[row.name]?.trim())
    if (success) return data
    report(row.name, error.issues[0]?.message ?? 'must have another value')
  }
  return row.default === undefined ? undefined : row.schema.parse(row.default)
}
