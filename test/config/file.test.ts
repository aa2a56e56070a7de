import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config/read.ts'
import { ConfigError, formatProblems } from '../../src/config/problems.ts'
import { defaultTexts } from '../relay/support/default-texts.ts'
import { complete, platforms, problemsOf, read, wrongSettings } from './source.ts'

const withoutProperty = { ...complete, MEWS_ACCESS_TOKEN: '' }

const twoHotels = `
settings:
  MEWS_WEBHOOK_TOKEN: \${HOOK_TOKEN}
  PORT: 4000
  HOST:
properties:
  - name: Grand Hotel
    accessToken: \${GRAND_TOKEN}
    enterpriseId: 851df8c8-90f2-4c4a-8e01-a4fc46b25178
    routes:
      - slack: { team: T0GUESTS, channel: C0LOBBY }
      - teams: { tenant: 5c1c0a52-7c1e-4d55-a0f0-0b8f0a6f3c11 }
  - name: Little Hotel
    accessToken: little-token
    routes:
      - slack: { team: T0LITTLE }
texts:
  attachmentOnly: Anhang
`
const names = { HOOK_TOKEN: 'hook-2-of-the-tests', GRAND_TOKEN: 'grand-token' }

/** Every text with its placeholders, as people would write another one. */
const replaceable = Object.entries(defaultTexts).map(
  ([name, text]) => [name, text.match(/\{\w+\}/g) ?? []] as const,
)
const carriers = ['{text}', '{name}', '{reference}', '{hotels}', '{time}', '{opens}', '{day}']

const linesOf = (texts: Readonly<Record<string, string>>): readonly string[] =>
  problemsOf(complete, JSON.stringify({ texts })).map(({ setting, remedy }) => `${setting} ${remedy}.`)

describe('a text', () => {
  it.each(replaceable)('%s may be replaced with all its placeholders', (name, used) => {
    expect(linesOf({ [name]: `Anders ${used.join(' ')}` })).toEqual([])
  })

  it.each(replaceable.filter(([, used]) => used.some((each) => carriers.includes(each))))(
    '%s is refused without what people wrote or need',
    (name) => {
      expect(linesOf({ [name]: 'Grand Hotel' })).toEqual([
        expect.stringMatching(`^CONFIG_FILE \\(texts.${name}\\) must have \\{`) as string,
      ])
    },
  )

  it.each(replaceable.filter(([, used]) => !used.some((each) => carriers.includes(each))))(
    '%s may do without the others',
    (name) => {
      expect(linesOf({ [name]: 'Grand Hotel' })).toEqual([])
    },
  )

  it('and another that are wrong get a line each, with everything that is wrong in it', () => {
    expect(
      linesOf({
        reply: 'Grand Hotel',
        speaker: '{Name}: {text}',
        new: 'At { property',
        hello: 'Hi',
        help: ' ',
      }),
    ).toEqual([
      'CONFIG_FILE (texts.reply) must have {text} (what was written stands there).',
      'CONFIG_FILE (texts.speaker) must have {name} (who wrote it, or what the file is called, stands there), and no placeholders but {name}, {text}.',
      'CONFIG_FILE (texts.new) must have every brace closed, with a name or an ICU plural or choice with “other” in it.',
      expect.stringMatching(/^CONFIG_FILE \(texts\.hello\) must be one of subject, /) as string,
      'CONFIG_FILE (texts.help) must not be empty.',
    ])
  })
})

describe('a file', () => {
  it('lists properties with their routes, settings and texts', () => {
    const config = read({ ...withoutProperty, ...names, MEWS_WEBHOOK_TOKEN: '' }, twoHotels)
    expect(config.properties).toEqual([
      {
        key: 'Grand Hotel',
        name: 'Grand Hotel',
        accessToken: 'grand-token',
        enterpriseId: '851df8c8-90f2-4c4a-8e01-a4fc46b25178',
        routes: [
          { platform: 'slack', match: { team: 'T0GUESTS', channel: 'C0LOBBY' } },
          { platform: 'botframework', match: { tenant: '5c1c0a52-7c1e-4d55-a0f0-0b8f0a6f3c11' } },
        ],
        stay: 'off',
      },
      {
        key: 'Little Hotel',
        name: 'Little Hotel',
        accessToken: 'little-token',
        enterpriseId: undefined,
        routes: [{ platform: 'slack', match: { team: 'T0LITTLE' } }],
        stay: 'off',
      },
    ])
    expect(config.mews.webhookTokens).toEqual(['hook-2-of-the-tests'])
    expect(config.http).toMatchObject({ port: 4000, host: '0.0.0.0' })
    expect(config.texts).toEqual({ attachmentOnly: 'Anhang' })
  })

  it('says for each hotel by what stays are looked up, or leaves it to the setting', () => {
    const hotels =
      'properties: [{ name: One, accessToken: a-1, stay: number }, { name: Two, accessToken: a-2, stay: off }, { name: Three, accessToken: a-3 }]'
    const stays = (MEWS_STAY: string) =>
      read({ ...withoutProperty, MEWS_STAY }, hotels).properties.map(({ stay }) => stay)
    expect(stays('')).toEqual(['number', 'off', 'off'])
    expect(stays('email')).toEqual(['number', 'off', 'email'])
    expect(wrongSettings({ ...complete, MEWS_STAY: 'name' })).toEqual(['MEWS_STAY'])
    expect(wrongSettings(withoutProperty, oneHotel('stay: name'))).toHaveLength(1)
  })

  it('gives way to the environment', () => {
    const config = read({ ...complete, PORT: '5000' }, 'settings: { PORT: 4000, LOG_LEVEL: warn }')
    expect([config.http.port, config.logLevel]).toEqual([5000, 'warn'])
  })

  it('may hold the only access token, and platforms’ settings', () => {
    const environment = { ...withoutProperty, SLACK_BOT_TOKEN: '' }
    const config = read(environment, 'settings: { MEWS_ACCESS_TOKEN: a-1, SLACK_BOT_TOKEN: xoxb-2 }')
    expect([config.properties[0]?.accessToken, config.platforms['slack']]).toEqual([
      'a-1',
      { token: 'xoxb-2' },
    ])
  })

  it('may be empty, and one property needs no routes', () => {
    expect(wrongSettings(complete, '')).toEqual([])
    expect(wrongSettings(withoutProperty, 'properties: [{ name: One, accessToken: a-1 }]')).toEqual([])
  })

  it('cannot be restructured by what a name stands for', () => {
    const config = read({ ...complete, EVIL: '"\nsettings: {}' }, 'settings: { MEWS_CLIENT: "x ${EVIL}" }')
    expect(config.mews.client).toBe('x "\nsettings: {}')
  })
})

const oneHotel = (rest: string): string => `properties:\n  - { name: One, accessToken: a-1, ${rest} }`

const readNothing = (code = 'ENOENT'): string => {
  throw Object.assign(new Error('no such file'), { code })
}

describe('a file with mistakes', () => {
  it.each([
    ['an unknown key', 'colour: red', 'CONFIG_FILE'],
    ['an unknown setting', 'settings: { COLOUR: red }', 'CONFIG_FILE (settings.COLOUR)'],
    ['another file', 'settings: { CONFIG_FILE: x }', 'CONFIG_FILE (settings.CONFIG_FILE)'],
    ['an unknown text', 'texts: { hello: Hi }', 'CONFIG_FILE (texts.hello)'],
    ['a text with an unknown placeholder', 'texts: { deleted: "{who}" }', 'CONFIG_FILE (texts.deleted)'],
    ['a subject without a reference', 'texts: { subject: "{line}" }', 'CONFIG_FILE (texts.subject)'],
    ['a question without the hotels', 'texts: { whichHotel: Where? }', 'CONFIG_FILE (texts.whichHotel)'],
    ['an empty text', 'texts: { attachmentOnly: " " }', 'CONFIG_FILE (texts.attachmentOnly)'],
    ['an unknown text of a language', 'texts: { fr: { hello: Salut } }', 'CONFIG_FILE (texts.fr.hello)'],
    [
      'a plural without other',
      'texts: { fr: { statusWaiting: "{waiting, plural, one {un}}" } }',
      'CONFIG_FILE (texts.fr.statusWaiting)',
    ],
    ['an open brace', 'texts: { chosen: "Thanks {" }', 'CONFIG_FILE (texts.chosen)'],
    ['texts of no language', 'texts: { klingonisch: { chosen: Qapla } }', 'CONFIG_FILE (texts.klingonisch)'],
    [
      'a hotel of no language',
      'properties: [{ name: One, accessToken: a, language: klingonisch }]',
      'CONFIG_FILE (properties.0.language)',
    ],
    ['a name that is not set', 'settings: { PORT: "${MY_PORT}" }', 'MY_PORT'],
    ['a name that is not set, once', 'settings: { PORT: "${MY}", HOST: "${MY}" }', 'MY'],
    ['a wrong value', 'settings: { PORT: many }', 'PORT'],
    ['a list in place of a map', '[1, 2]', 'CONFIG_FILE'],
    ['text in place of a map', 'hello', 'CONFIG_FILE'],
    ['broken YAML', 'a: [', 'CONFIG_FILE'],
    ['the same key twice', 'texts: {}\ntexts: {}', 'CONFIG_FILE'],
    ['no properties in their list', 'properties: []', 'CONFIG_FILE (properties)'],
  ])('refuses %s', (_name, file, setting) => {
    expect(wrongSettings(complete, file)).toEqual([setting])
  })

  it.each([
    ['an unknown key', 'colour: red', 'CONFIG_FILE (properties.0)'],
    ['an unknown text', 'texts: { de: { hello: Hallo } }', 'CONFIG_FILE (properties.0.texts.de.hello)'],
    ['a platform nobody knows', 'routes: [{ irc: { room: a } }]', 'CONFIG_FILE (properties.0.routes.0)'],
    ['the adapter’s name', 'routes: [{ botframework: { team: a } }]', 'CONFIG_FILE (properties.0.routes.0)'],
    [
      'two platforms in one',
      'routes: [{ slack: { team: a }, teams: { team: a } }]',
      'CONFIG_FILE (properties.0.routes.0)',
    ],
    ['a key the platform lacks', 'routes: [{ slack: { tenant: a } }]', 'CONFIG_FILE (properties.0.routes.0)'],
    ['nothing to match', 'routes: [{ slack: {} }]', 'CONFIG_FILE (properties.0.routes.0)'],
    ['no map', 'routes: [slack]', 'CONFIG_FILE (properties.0.routes.0)'],
  ])('refuses a property’s route with %s', (_name, rest, setting) => {
    expect(wrongSettings(withoutProperty, oneHotel(rest))).toEqual([setting])
  })

  it.each([
    ['names', '{ name: One, accessToken: a }', '{ name: One, accessToken: b }'],
    ['access tokens', '{ name: One, accessToken: a }', '{ name: Two, accessToken: a }'],
    ['keys', '{ name: One, accessToken: a }', '{ name: Two, key: One, accessToken: b }'],
    [
      'ids',
      '{ name: One, accessToken: a, enterpriseId: e }',
      '{ name: Two, accessToken: b, enterpriseId: e }',
    ],
  ])('refuses properties that share their %s', (_name, one, two) => {
    expect(wrongSettings(withoutProperty, `properties: [${one}, ${two}]`)).toContain(
      'CONFIG_FILE (properties)',
    )
  })

  it('needs no routes: guests are asked; and may rename a property without losing its records', () => {
    const file = 'properties: [{ name: One, key: property, accessToken: a }, { name: Two, accessToken: b }]'
    const { properties } = read(withoutProperty, file)
    expect(properties.map(({ key, name, routes }) => [key, name, routes])).toEqual([
      ['property', 'One', []],
      ['Two', 'Two', []],
    ])
  })

  it('does not take one property from the environment beside those of the file', () => {
    const file = 'properties: [{ name: One, accessToken: a }]'
    expect(wrongSettings({ ...complete, CHANNEX_PROPERTY_ID: 'p-1' }, file)).toEqual([
      'MEWS_ACCESS_TOKEN',
      'CHANNEX_PROPERTY_ID',
    ])
  })

  it.each([
    ['ENOENT', 'it, or its folder, is not there; make it, or name another'],
    ['EACCES', 'there is no permission; let the user that runs this read and write it, or name another'],
    ['EISDIR', 'it is a folder; name a file'],
  ])('says in words why it cannot be used (%s)', (code, why) => {
    const environment = { ...complete, CONFIG_FILE: 'hotels.yaml' }
    const readFile = (): string => readNothing(code)
    const problems = [{ setting: 'CONFIG_FILE', remedy: `names a file that cannot be used: ${why}` }]
    expect(() => readConfig({ environment, readFile, platforms, version: '1' })).toThrow(
      expect.objectContaining({ problems }),
    )
  })

  it('is never quoted: it may hold secrets', () => {
    for (const file of [
      'secret-1: [secret-2',
      'settings:\n  ADMIN_TOKEN: "secret-2',
      'properties: secret-2',
    ]) {
      const text = formatProblems(new ConfigError(problemsOf(complete, file)))
      expect(text).not.toContain('secret-2')
    }
  })

  it('tells the line of a mistake in YAML', () => {
    expect(problemsOf(complete, 'texts: {}\nsettings: [')[0]?.remedy).toContain('line 2')
  })

  it('says that it cannot be read', () => {
    const environment = { ...complete, CONFIG_FILE: 'missing.yaml' }
    expect(() => readConfig({ environment, readFile: () => readNothing(), platforms, version: '1' })).toThrow(
      ConfigError,
    )
  })
})
