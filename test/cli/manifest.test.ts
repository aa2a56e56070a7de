import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createSlackManifest } from '../../adapters/slack/manifest.ts'
import { runCommand } from './run-command.ts'

const publicUrl = 'https://chat.example.com'
const appId = '2f0e1d3c-4b5a-4678-9abc-def012345678'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifest-'))
})
afterAll(() => rm(folder, { recursive: true }))

const readRepository = (path: string): Promise<string> =>
  readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

test('the Slack manifest in the repository is the one that is printed', async () => {
  const { code, out } = await runCommand(['manifest', 'slack', '--public-url', publicUrl])
  expect(code).toBe(0)
  expect(out).toBe(await readRepository('manifest/slack.yaml'))
  const asJson = await runCommand(['manifest', 'slack', '--public-url', `${publicUrl}/`, '--json'])
  expect(JSON.parse(asJson.out)).toEqual(parse(out))
})

test('an app that fetches its events itself needs no address and names none', async () => {
  const { code, out } = await runCommand(['manifest', 'slack', '--socket'])
  expect(code).toBe(0)
  expect(out).not.toContain('url')
  const { settings, ...rest } = createSlackManifest({ publicUrl, oauth: false, socket: false })
  expect(parse(out)).toMatchObject({
    settings: {
      event_subscriptions: { bot_events: settings?.event_subscriptions?.bot_events },
      interactivity: { is_enabled: true },
      socket_mode_enabled: true,
    },
    oauth_config: { scopes: rest.oauth_config?.scopes },
  })
  const withOauth = ['manifest', 'slack', '--socket', '--oauth']
  expect((await runCommand(withOauth)).code).toBe(2)
  const both = await runCommand([...withOauth, '--public-url', publicUrl])
  expect(both.out.match(/https:.*/g)).toEqual([
    'https://api.slack.com/apps → Create New App → From a manifest.',
    `${publicUrl}/slack/oauth_redirect`,
  ])
})

const words = ['--name', 'Grand Hotel: “Ünïcödé” 🛎️', '--description', 'Ask the front desk: it answers here.']

describe('the words people see', () => {
  test('are Slack’s, printed and written, as YAML and as JSON', async () => {
    const file = join(folder, 'slack.yaml')
    const options = ['manifest', 'slack', '--public-url', publicUrl, ...words]
    const printed = await runCommand(options)
    const manifest = parse(printed.out) as unknown
    expect(manifest).toMatchObject({
      display_information: {
        name: 'Grand Hotel: “Ünïcödé” 🛎️',
        description: 'Ask the front desk: it answers here.',
      },
      features: { bot_user: { display_name: 'Grand Hotel: “Ünïcödé” 🛎️' } },
    })
    expect(await runCommand([...options, '--out', file])).toEqual({
      code: 0,
      out: `The Slack manifest was written to ${file}.\n`,
      err: '',
    })
    expect(await readFile(file, 'utf8')).toBe(printed.out)
    await runCommand([...options, '--json', '--out', file])
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(manifest)
  })

  test('are those of Teams', async () => {
    const { out } = await runCommand([
      'manifest',
      'teams',
      '--app-id',
      appId,
      '--public-url',
      publicUrl,
      '--json',
      ...words,
      '--developer',
      'Grand Hotel Ltd',
      '--website',
      'https://grand.example.com/?lang=en#chat',
      '--privacy-url',
      'https://grand.example.com/privacy',
      '--terms-url',
      'https://grand.example.com/t',
    ])
    expect(JSON.parse(out)).toMatchObject({
      name: { short: 'Grand Hotel: “Ünïcödé” 🛎️' },
      description: { short: 'Ask the front desk: it answers here.' },
      developer: {
        name: 'Grand Hotel Ltd',
        websiteUrl: 'https://grand.example.com/?lang=en#chat',
        privacyUrl: 'https://grand.example.com/privacy',
        termsOfUseUrl: 'https://grand.example.com/t',
      },
    })
  })
})

const addresses = ['website', 'privacy-url', 'terms-url'].flatMap((name) => [
  `--${name}`,
  `https://grand.example.com/${name}`,
])

const developerOf = async (options: readonly string[]) => {
  const { out } = await runCommand(['manifest', 'teams', '--app-id', appId, '--json', ...options])
  return (JSON.parse(out) as { readonly developer: object }).developer
}

describe('addresses of Teams', () => {
  test('lead to the connector’s own pages where they are left out', async () => {
    expect(await developerOf(['--public-url', `${publicUrl}/`])).toMatchObject({
      websiteUrl: `${publicUrl}/`,
      privacyUrl: `${publicUrl}/privacy`,
      termsOfUseUrl: `${publicUrl}/privacy#terms`,
    })
  })

  test('need no public address when all are given', async () => {
    expect(await developerOf(addresses)).toMatchObject({
      websiteUrl: 'https://grand.example.com/website',
      termsOfUseUrl: 'https://grand.example.com/terms-url',
    })
  })
})

const long = 'x'.repeat(141)
const needUrl =
  '--public-url or PUBLIC_URL must say where the connector is reached, such as https://chat.example.com.'
const wrongUrl = '--public-url must be an https address without a query, such as https://chat.example.com.'
const needId =
  '--app-id or MicrosoftAppId must be the bot’s application (client) id, such as 2f0e1d3c-4b5a-4678-9abc-def012345678.'
const needOut = '--out must name the file to write, such as teams-app.zip; --json prints the manifest.'
const needPage = (name: string): string =>
  `--${name} must be an https address of 2048 characters at most, such as https://hotel.example.com/privacy.`

describe('what is wrong or missing is said at once, a line each:', () => {
  test.each<[readonly string[], readonly string[]]>([
    [['slack'], [needUrl]],
    [['slack', '--public-url', 'http://chat.example.com'], [wrongUrl]],
    [['slack', '--public-url', 'https://ann:secret@chat.example.com'], [wrongUrl]],
    [['slack', '--public-url', 'chat.example.com'], [wrongUrl]],
    [['slack', '--socket', '--public-url', 'http://chat.example.com'], [wrongUrl]],
    [
      ['slack', '--name', long, '--description', long],
      [
        needUrl,
        '--name must have 35 characters at most; it has 141.',
        '--description must have 140 characters at most; it has 141.',
      ],
    ],
    [
      ['slack', '--socket', '--name', ' ', '--description', 'two\nlines'],
      [
        '--name must not be empty; left out, it has a default.',
        '--description must be one line of plain text.',
      ],
    ],
    [
      ['slack', '--socket', '--app-id', appId, '--website', 'https://grand.example.com', '--all-messages'],
      [
        '--app-id is for manifest teams only: leave it out.',
        '--all-messages is for manifest teams only: leave it out.',
        '--website is for manifest teams only: leave it out.',
      ],
    ],
    [['teams'], [needId, needUrl, needOut]],
    [
      ['teams', '--app-id', 'bot', '--oauth', '--public-url', 'http://chat.example.com', '--out', 'a.zip'],
      ['--oauth is for manifest slack only: leave it out.', needId, wrongUrl],
    ],
    [
      ['teams', '--app-id', appId, ...addresses.map((text) => text.replace('https:', 'http:')), '--json'],
      [needPage('website'), needPage('privacy-url'), needPage('terms-url')],
    ],
    [
      ['teams', '--app-id', appId, '--json', ...addresses, '--privacy-url', 'javascript:alert(1)'],
      [needPage('privacy-url')],
    ],
    [
      [
        'teams',
        '--app-id',
        appId,
        '--json',
        ...addresses,
        '--website',
        `https://a.example/${'x'.repeat(2048)}`,
      ],
      [needPage('website')],
    ],
    [
      [
        'teams',
        '--name',
        'Grand Hotel for Microsoft Teams',
        '--description',
        long,
        '--developer',
        long,
        '--json',
      ],
      [
        needId,
        '--name must have 30 characters at most; it has 31.',
        '--name must not contain the word Microsoft: the store takes no such name.',
        '--description must have 80 characters at most; it has 141.',
        '--developer must have 32 characters at most; it has 141.',
        needUrl,
      ],
    ],
  ])('%j', async (args, lines) => {
    expect(await runCommand(['manifest', ...args])).toEqual({
      code: 2,
      out: '',
      err: [...lines, 'mews-chat manifest --help shows how it is used.', ''].join('\n'),
    })
  })

  test('a name of 30 characters that are two code units each is not too long', async () => {
    const { code } = await runCommand([
      'manifest',
      'teams',
      '--app-id',
      appId,
      ...addresses,
      '--json',
      '--name',
      '🛎'.repeat(30),
    ])
    expect(code).toBe(0)
  })
})

test.each([
  ['slack', '--socket'],
  ['teams', '--app-id', appId, ...addresses],
])('a file that cannot be written is said in one line, with what to do: %s', async (...args) => {
  const out = join(folder, 'nowhere', 'app')
  expect(await runCommand(['manifest', ...args, '--out', out])).toEqual({
    code: 1,
    out: '',
    err: `${out} cannot be written (ENOENT). Name a file in a folder that exists and that you may write to.\n`,
  })
})

test('its help shows whole command lines, which work', async () => {
  const { out } = await runCommand(['manifest', '--help'])
  const [, examples = ''] = out.split('Examples:\n')
  const lines = examples
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => line.includes('mews-chat manifest'))
  expect(lines.length).toBeGreaterThan(2)
  for (const line of lines) {
    const [, , ...args] = Array.from(
      line.matchAll(/"([^"]*)"|(\S+)/g),
      ([, quoted, word]) => quoted ?? word ?? '',
    )
    const given = args.map((arg, index) => (args[index - 1] === '--out' ? join(folder, arg) : arg))
    const settings = { PUBLIC_URL: publicUrl, MicrosoftAppId: appId }
    expect({ line, ...(await runCommand(['manifest', ...given], settings)) }).toMatchObject({
      line,
      code: 0,
      err: '',
    })
  }
})

test('settings serve as they are given, also before there are all of them, and from CONFIG_FILE', async () => {
  const file = join(folder, 'connector.yaml')
  await writeFile(file, `settings: { PUBLIC_URL: '${publicUrl}/', MicrosoftAppId: ${appId}, PORT: none }`)
  const { code, out } = await runCommand(['manifest', 'teams', '--json'], { CONFIG_FILE: file })
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    bots: [{ botId: appId }],
    developer: { privacyUrl: `${publicUrl}/privacy` },
  })
  const slack = await runCommand(['manifest', 'slack'], { PUBLIC_URL: publicUrl, SLACK_CLIENT_ID: '1.2' })
  expect(parse(slack.out)).toMatchObject({ settings: { token_rotation_enabled: true } })
})
