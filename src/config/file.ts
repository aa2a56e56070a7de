import { createRequire } from 'node:module'
import { z } from 'zod/v4'
import { explainNamedFile } from '../util/failure.ts'
import type { ReportProblem, Settings } from '../port.ts'
import { language } from './language.ts'
import { createNearNames } from './misspelling.ts'
import { inFile } from './problems.ts'
import { configFileRow } from './rows.ts'
import { staySource } from './schema.ts'

/** What may stand where text is wanted: YAML takes `4000` and `true` for something else. */
export const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)

/** Texts by name, for all languages, or a language's by their names. */
const textsSchema = z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]))

/** One hotel in `CONFIG_FILE`. Which platforms and keys its routes may have is looked at later. */
export const propertySchema = z.strictObject({
  name: z.string().trim().min(1).describe('What guests read.'),
  key: z
    .string()
    .trim()
    .min(1)
    .optional()
    .describe(
      'By what the records know the hotel, where that is not its name. Keep it when the name changes.',
    ),
  accessToken: z
    .string()
    .trim()
    .min(1)
    .describe('The property’s access token for Mews: write ${NAME}, and set NAME in the environment.'),
  enterpriseId: z
    .string()
    .trim()
    .min(1)
    .optional()
    .describe('The property’s id in Mews; asked from the API when it is left out.'),
  language: language
    .optional()
    .describe(
      'The hotel’s language (BCP 47), as LANGUAGE is for all hotels; asked from Mews when neither is given.',
    ),
  texts: textsSchema.optional().describe('What the bot says for this hotel alone.'),
  routes: z
    .array(z.record(z.string(), z.record(z.string(), scalar)))
    .default([])
    .describe(
      'Whose conversations belong to this hotel. The narrowest route that matches decides; without routes guests are asked.',
    ),
  hours: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .optional()
    .describe(
      'When the desk is open, by weekdays (mon-fri, sat,sun) and dates (2026-12-24): times such as 07:00-23:00. Guests who write while it is closed are told once when it opens.',
    ),
  hoursToldOn: z
    .array(z.string())
    .optional()
    .describe('On which platforms guests are told: slack, teams, channex. Left out: all but booking sites.'),
  stay: staySource
    .optional()
    .describe('By what it is looked up in Mews whose stay it is, for this hotel: off, number, email.'),
})

/** `CONFIG_FILE` as people write it. Which settings and texts there are is looked at later. */
export const fileSchema = z.strictObject({
  settings: z
    .record(
      z.string(),
      scalar.nullable().transform((value) => value ?? ''),
    )
    .nullish()
    .transform((given) => given ?? nothing()),
  properties: z.array(propertySchema).min(1).optional(),
  texts: textsSchema.nullish().transform((given) => given ?? nothing()),
})

/** `CONFIG_FILE` as it stands, with `${NAME}` filled in. */
export interface ConfigFile extends z.infer<typeof fileSchema> {
  /** Every `NAME` that it takes from the environment. */
  readonly used: ReadonlySet<string>
}

/** One element of its `properties`. */
export type FileProperty = z.infer<typeof propertySchema>

const emptyFile: ConfigFile = { settings: {}, texts: {}, used: new Set() }

/** Reads and checks `CONFIG_FILE`; an empty one when it is not named or was refused. */
export const readConfigFile = (
  environment: Settings,
  readFile: (path: string) => string,
  names: ReadonlySet<string>,
  report: ReportProblem,
): ConfigFile => {
  const path = environment[configFileRow.name]?.trim() ?? ''
  if (path === '') return emptyFile
  try {
    const values = parseYaml(readFile(path), report)
    const filled = fillNames(values, environment, report)
    const { success, data, error } = fileSchema.safeParse(filled ?? {})
    for (const issue of error?.issues ?? []) reportIssue(issue, report)
    if (!success) return emptyFile
    checkNames(data.settings, names, report)
    return { ...data, used: namesIn(values) }
  } catch (error) {
    report('CONFIG_FILE', explainNamedFile(error) ?? 'must name a YAML file that can be read')
    return emptyFile
  }
}

const nothing = (): Record<string, string> => ({})

const namesIn = (values: unknown): ReadonlySet<string> =>
  new Set(Array.from((JSON.stringify(values) ?? '').matchAll(/\$\{(\w+)\}/g), ([, name = '']) => name))

/** Fills `${NAME}` in every string; after parsing, so that a value cannot change the file's structure. */
const fillNames = (value: unknown, environment: Settings, report: ReportProblem): unknown => {
  if (typeof value === 'string')
    return value.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => {
      const given = environment[name]?.trim() ?? ''
      if (given === '') report(name, 'must be set: CONFIG_FILE names it')
      return given === '' ? whole : given
    })
  if (Array.isArray(value)) return value.map((element) => fillNames(element, environment, report))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, element]) => [key, fillNames(element, environment, report)]),
  )
}

/** The parsed YAML. The parser's own messages quote the line, which may hold a secret: only the place is told. */
const parseYaml = (text: string, report: ReportProblem): unknown => {
  // Most have no file, and the parser takes a while to load.
  const { parseDocument } = createRequire(import.meta.url)('yaml') as typeof import('yaml')
  const document = parseDocument(text)
  const [error] = document.errors
  if (error === undefined) return document.toJS({ maxAliasCount: 100 }) as unknown
  report('CONFIG_FILE', `is not valid YAML at line ${error.linePos?.[0].line ?? '?'} (${error.code})`)
  return undefined
}

const reportIssue = (issue: z.core.$ZodIssue, report: ReportProblem): void => {
  if (issue.code === 'unrecognized_keys')
    report(inFile(...issue.path), `must not have ${issue.keys.join(', ')}: no such key is known`)
  else report(inFile(...issue.path), 'must have a value of the right kind')
}

const checkNames = (
  settings: Readonly<Record<string, string>>,
  names: ReadonlySet<string>,
  report: ReportProblem,
): void => {
  const allowed = new Set(names)
  allowed.delete(configFileRow.name)
  const findNear = createNearNames(allowed)
  for (const name of Object.keys(settings).filter((given) => !allowed.has(given))) {
    const near = findNear(name)
    const hint = near.length === 0 ? '' : `; perhaps ${near.join(' or ')} is meant`
    report(inFile('settings', name), `must be removed: no such setting is known${hint}`)
  }
}
