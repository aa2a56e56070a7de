import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { settingRows } from '../../src/config/names.ts'
import { platforms } from '../../src/platforms.ts'
import { configFileSchema, generatedFiles } from './generated.ts'
import { complete, problemsOf } from './source.ts'

const root = new URL('../../', import.meta.url).pathname
const rows = settingRows(platforms)

describe('what follows from the rows of the settings', () => {
  it.each(generatedFiles().map(({ path, text }) => [path, text] as const))(
    '%s is as `npm run settings` writes it',
    (path, text) => {
      expect(readFileSync(`${root}${path}`, 'utf8')).toBe(text)
    },
  )
})

describe('a row', () => {
  it('has a name of its own', () => {
    const names = rows.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
  })

  it.each(rows.map((row) => [row.name, row] as const))(
    'of %s says in one line what it does',
    (_, { help }) => {
      expect(help).toMatch(/^[^\n]{10,140}[.…]$/)
    },
  )

  it.each(rows.filter((row) => row.default !== undefined).map((row) => [row.name, row] as const))(
    'of %s has a default that can be read',
    (_, { schema, default: text = '' }) => {
      expect(schema.safeParse(text).success).toBe(true)
    },
  )

  it.each(rows.filter(({ isSecret = false }) => isSecret).map((row) => [row.name, row] as const))(
    'of %s, a secret, has no value in any file and shows none in an error',
    (_, row) => {
      expect([row.default, row.example]).toEqual([undefined, undefined])
      const { error } = row.schema.safeParse('héllo wörld')
      expect(JSON.stringify(error?.issues ?? [])).not.toContain('wörld')
    },
  )
})

const isValid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(configFileSchema())

/** Every example of `CONFIG_FILE` in the documents: by what only such a file has at its top. */
const examples = globSync(['*.md', '{src,adapters,manifest}/**/*.md'], { cwd: root })
  .toSorted()
  .flatMap((path) => {
    const blocks = readFileSync(`${root}${path}`, 'utf8').matchAll(/^ *```yaml\n([^]*?)^ *```$/gm)
    return Array.from(blocks, ([, yaml = '']) => ({ path, yaml }))
  })
  .filter(({ yaml }) => /^(?:settings|properties|texts):/m.test(yaml))

describe('the schema of CONFIG_FILE', () => {
  it('is looked for in every document', () => {
    expect(examples.length).toBeGreaterThanOrEqual(3)
  })

  it.each(examples.map(({ path, yaml }) => [path, yaml] as const))('takes the example of %s', (_, yaml) => {
    expect({ valid: isValid(parse(yaml)), errors: isValid.errors }).toEqual({ valid: true, errors: null })
  })

  it.each(
    examples.filter(({ yaml }) => /^properties:/m.test(yaml)).map(({ path, yaml }) => [path, yaml] as const),
  )('is named at the top of the example of %s, and is there', (_, yaml) => {
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(yaml) ?? []
    expect(existsSync(resolve(root, schema))).toBe(true)
    expect(dirname(schema)).toMatch(/manifest$/)
  })

  // Both must say the same of what stands in the file; what a setting's text means only the program knows.
  it.each([
    ['an empty file', ''],
    ['parts without anything in them', 'settings:\ntexts:'],
    [
      'numbers, switches and nothing as values',
      'settings: { PORT: 4000, BOT_ALLOW_ANONYMOUS: false, HOST: }',
    ],
    ['an unknown part', 'colour: red'],
    ['an unknown setting', 'settings: { COLOUR: red }'],
    ['a list as a setting', 'settings: { PORT: [1] }'],
    ['another file', 'settings: { CONFIG_FILE: x }'],
    ['a text', 'texts: { attachmentOnly: Anhang }'],
    ['an unknown text', 'texts: { hello: Hi }'],
    ['a text of one language', 'texts: { fr: { attachmentOnly: Annexe } }'],
    ['an unknown text of one language', 'texts: { fr: { hello: Hi } }'],
    [
      'a hotel with its language and texts',
      'properties: [{ name: One, accessToken: a, language: de, texts: { attachmentOnly: Anhang } }]',
    ],
    ['no hotel in the list', 'properties: []'],
    ['a hotel', 'properties: [{ name: One, accessToken: a }]'],
    ['a hotel without a token', 'properties: [{ name: One }]'],
    ['an unknown key', 'properties: [{ name: One, accessToken: a, colour: red }]'],
    ['a route', 'properties: [{ name: One, accessToken: a, routes: [{ slack: { team: T1, channel: 5 } }] }]'],
    ['a route to nowhere', 'properties: [{ name: One, accessToken: a, routes: [{ irc: { room: a } }] }]'],
    [
      'two platforms in one route',
      'properties: [{ name: One, accessToken: a, routes: [{ slack: { team: a }, teams: { team: a } }] }]',
    ],
    ['nothing to match', 'properties: [{ name: One, accessToken: a, routes: [{ slack: {} }] }]'],
    ['a key of another', 'properties: [{ name: One, accessToken: a, routes: [{ slack: { tenant: a } }] }]'],
  ])('says what the program says: %s', (_, yaml) => {
    const environment = yaml.startsWith('properties') ? { ...complete, MEWS_ACCESS_TOKEN: '' } : complete
    const problems = problemsOf(environment, yaml)
    expect(isValid(parse(yaml) ?? {})).toBe(problems.length === 0)
  })
})
