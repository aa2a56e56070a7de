import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { z } from 'zod/v4'
import { fileSchema, propertySchema, scalar } from '../../src/config/file.ts'
import { settingSections } from '../../src/config/names.ts'
import { configFileRow } from '../../src/config/rows.ts'
import { platforms } from '../../src/platforms.ts'
import { defaultTexts } from '../relay/support/default-texts.ts'
import type { Setting, SettingSection } from '../../src/util/setting.ts'

/** A file of the repository, or a part of it, that follows from the rows of the settings. */
export interface GeneratedFile {
  /** From the top of the repository. */
  readonly path: string
  readonly text: string
}

/** Every such file as it should be. `npm run settings` writes them, and a test compares. */
export const generatedFiles = (): readonly GeneratedFile[] => {
  const sections = settingSections(platforms)
  return [
    { path: '.env.example', text: envExample(sections) },
    { path: 'manifest/config.schema.json', text: `${JSON.stringify(configFileSchema(), undefined, 2)}\n` },
    withTables('src/config/README.md', sections),
  ]
}

/** The JSON schema of `CONFIG_FILE`: what is accepted there, as far as a schema can tell. Editors complete and explain by it. */
export const configFileSchema = (): object => {
  const rows = settingSections(platforms).flatMap(({ rows: each }) => Object.values(each))
  const settings = z.strictObject(
    Object.fromEntries(
      rows
        .filter(({ name }) => name !== configFileRow.name)
        .map((row) => [row.name, scalar.nullable().optional().meta(describeSetting(row))]),
    ),
  )
  const ofLanguage = z.strictObject(
    Object.fromEntries(
      Object.entries(defaultTexts).map(([name, text]) => [
        name,
        z.string().optional().meta({ default: text }),
      ]),
    ),
  )
  const texts = ofLanguage.catchall(
    ofLanguage.describe('What it says in one language, by its tag (BCP 47): fr, pt-BR.'),
  )
  const schema = fileSchema.extend({
    settings: settings.nullish().describe('Any setting by its name; the environment wins.'),
    properties: z
      .array(
        propertySchema.extend({
          routes: z.array(routeSchema()).optional().describe(routesHelp()),
          texts: texts.optional().describe('What the bot says for this hotel alone.'),
        }),
      )
      .min(1)
      .optional()
      .describe(`The hotels, instead of ${perHotel(rows).join(', ')}.`),
    texts: texts.nullish().describe('What the bot itself says.'),
  })
  const title = 'CONFIG_FILE of mews-chat'
  return {
    title,
    ...z.toJSONSchema(schema, {
      io: 'input',
      target: 'draft-7',
      override: ({ jsonSchema }) => joinTypes(jsonSchema),
    }),
  }
}

const envExample = (sections: readonly SettingSection[]): string =>
  [
    '# Settings of mews-chat. Copy to .env and fill in; lines that stay commented out mean what they show, or nothing.',
    '# With none of the Mews and platform settings set, `npm start` runs the sandbox.',
    ...sections.flatMap(({ title, rows }) => [
      '',
      heading(title),
      '',
      ...Object.values(rows).flatMap(envLines),
    ]),
    '',
  ].join('\n')

const heading = (title: string): string => `# ── ${title} ${'─'.repeat(74 - title.length)}`

/** A comment, and the setting. */
const envLines = ({ name, default: fallback, example, help }: Setting): readonly string[] => [
  `# ${help.replaceAll('*', '')}`,
  `#${name}=${fallback ?? example ?? ''}`,
]

/** The file with its tables between the markers written anew. */
const withTables = (path: string, sections: readonly SettingSection[]): GeneratedFile => {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const [begin, end] = ['<!-- settings: begin -->', '<!-- settings: end -->']
  const [before, rest = ''] = text.split(begin)
  const [, after] = rest.split(end)
  if (before === undefined || after === undefined) throw new Error(`${path} lacks ${begin} or ${end}`)
  const tables = sections.map((section) => sectionTable(section, posix.dirname(path)))
  return { path, text: [before, begin, '\n\n', tables.join('\n'), '\n', end, after].join('') }
}

const sectionTable = ({ title, guide, rows }: SettingSection, folder: string): string =>
  [
    `### ${title}`,
    '',
    ...(guide === undefined ? [] : [`${link(guide.text, guide.path, folder)}.`, '']),
    '| setting | default | meaning |',
    '| --- | --- | --- |',
    ...Object.values(rows).map((row) => tableRow(row, folder)),
    '',
  ].join('\n')

const tableRow = ({ name, default: fallback, otherwise, help, details }: Setting, folder: string): string => {
  const shown = fallback === undefined ? (otherwise ?? '') : `\`${fallback}\``
  const meaning = [help, details ?? ''].join(' ').trim()
  return `| \`${name}\` | ${shown}${shown === '' ? '' : ' '}| ${linksFrom(meaning, folder)} |`
}

/** Rows name pages from the top of the repository. */
const linksFrom = (markdown: string, folder: string): string =>
  markdown.replaceAll(/\[([^\]]+)\]\((\w[^)]*)\)/g, (_, text: string, target: string) =>
    link(text, target, folder),
  )

const link = (text: string, target: string, folder: string): string => {
  const [path = '', fragment] = target.split('#')
  const relative = posix.relative(folder, path)
  return `[${text}](${relative}${fragment === undefined ? '' : `#${fragment}`})`
}

const describeSetting = ({
  help,
  default: fallback,
  isSecret = false,
}: Setting): Readonly<Record<string, string>> => ({
  description: isSecret ? `${help} A secret: write \${NAME}, and set NAME in the environment.` : help,
  ...(fallback === undefined ? {} : { default: fallback }),
})

/** One platform and what must match there. */
const routeSchema = (): z.ZodType =>
  z.union(
    platforms.map(({ routeName, routeKeys }) =>
      z.strictObject({
        [routeName]: z
          .strictObject(Object.fromEntries(routeKeys.map((key) => [key, scalar.optional()])))
          .meta({ minProperties: 1 }),
      }),
    ),
  )

const routesHelp = (): string => propertySchema.shape.routes.description ?? ''

const perHotel = (rows: readonly Setting[]): readonly string[] =>
  rows.filter(({ isPerHotel = false }) => isPerHotel).map(({ name }) => name)

/** `{ type: ['string', 'number'] }` in place of a choice of types: editors read it better, and so do people. */
const joinTypes = (schema: z.core.JSONSchema.BaseSchema): void => {
  const { anyOf = [] } = schema
  if (anyOf.length === 0 || anyOf.some((choice) => Object.keys(choice).join() !== 'type')) return
  delete schema.anyOf
  Object.assign(schema, { type: anyOf.flatMap(({ type }) => type ?? []) })
}
