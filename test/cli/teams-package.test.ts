import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppManifestUtils, TeamsManifestConverter } from '@microsoft/app-manifest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTeamsManifest, type TeamsManifestOptions } from '../../adapters/botframework/manifest.ts'
import { runCommand } from './run-command.ts'
import { readPng, unzip } from './unpack.ts'

/**
 * The package against the rules of Microsoft's store and of tenants:
 * https://learn.microsoft.com/microsoftteams/platform/concepts/deploy-and-publish/appsource/prepare/teams-store-validation-guidelines,
 * https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package.
 */
const publicUrl = 'https://chat.example.com'
const appId = '2f0e1d3c-4b5a-4678-9abc-def012345678'

interface TeamsManifest {
  readonly id: string
  readonly version: string
  readonly developer: Readonly<Record<string, string>>
  readonly name: { readonly short: string; readonly full: string }
  readonly description: { readonly short: string; readonly full: string }
  readonly bots: readonly [
    { readonly commandLists: readonly { readonly commands: readonly { readonly title: string }[] }[] },
  ]
}

/** Microsoft's schema as its own package brings it: the validator would otherwise fetch it. */
const teamsSchema = JSON.parse(
  readFileSync(
    new URL(
      'json-schemas/teams/v1.30/MicrosoftTeams.schema.json',
      import.meta.resolve('@microsoft/app-manifest'),
    ),
    'utf8',
  ),
) as Parameters<typeof AppManifestUtils.validateAgainstSchema>[1]

const complaintsAbout = (manifest: object) =>
  AppManifestUtils.validateAgainstSchema(
    TeamsManifestConverter.jsonToManifest(JSON.stringify(manifest)),
    teamsSchema,
  )

const create = (options: Partial<TeamsManifestOptions> = {}) =>
  createTeamsManifest({
    appId,
    version: '1.2.3',
    website: `${publicUrl}/`,
    privacyUrl: `${publicUrl}/privacy`,
    termsUrl: `${publicUrl}/privacy#terms`,
    allMessages: false,
    ...options,
  }) as TeamsManifest

let folder: string
let files: ReadonlyMap<string, Buffer>
let manifest: TeamsManifest
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'teams-'))
  const file = join(folder, 'app.zip')
  const options = ['--app-id', appId, '--public-url', publicUrl, '--out', file]
  const { err } = await runCommand(['manifest', 'teams', ...options])
  if (err !== '') throw new Error(err)
  files = unzip(await readFile(file))
  manifest = JSON.parse(String(files.get('manifest.json'))) as TeamsManifest
})
afterAll(() => rm(folder, { recursive: true }))

test('the package holds three files, and nothing else', () => {
  expect([...files.keys()]).toEqual(['manifest.json', 'color.png', 'outline.png'])
})

const longest = { name: 'N'.repeat(30), description: 'd'.repeat(80), developer: 'D'.repeat(32) }

test.each<[string, Partial<TeamsManifestOptions>]>([
  ['with mentions alone', {}],
  ['with all messages', { allMessages: true }],
  ['with the longest words', longest],
])(
  'Microsoft’s schema finds no fault with the manifest %s, and does with a wrong one',
  async (_row, options) => {
    const made = create(options)
    expect(made).toMatchObject({ $schema: expect.stringContaining('/teams/v1.30/') as string })
    expect(await complaintsAbout(made)).toEqual([])
    expect((await complaintsAbout({ ...made, accentColor: 'green' }))[0]).toContain('accentColor')
  },
)

test('the command’s limits are those of the schema', async () => {
  for (const [name, text] of Object.entries(longest)) {
    expect(await complaintsAbout(create({ [name]: text }))).toEqual([])
    expect(await complaintsAbout(create({ [name]: `${text}x` }))).not.toEqual([])
  }
})

test('a package with scope team says that shared and private channels are supported, at its top', () => {
  expect(manifest).toMatchObject({
    manifestVersion: '1.30',
    supportsChannelFeatures: 'tier1',
    bots: [{ botId: appId, scopes: ['personal', 'team', 'groupChat'] }],
  })
  expect(manifest).not.toHaveProperty('supportedChannelTypes')
})

describe('icons', () => {
  test('in colour: 192 pixels each way, on a solid ground', () => {
    const { width, height, at } = readPng(files.get('color.png') ?? Buffer.alloc(0))
    expect([width, height]).toEqual([192, 192])
    const ground = at(0, 0)
    for (let side = 0; side < 192; side += 1)
      for (const [x, y] of [
        [side, 0],
        [side, 191],
        [0, side],
        [191, side],
      ] as const)
        expect(at(x, y)).toEqual(ground)
    expect(at(96, 100)).not.toEqual(ground)
  })

  test('in outline: 32 pixels each way, white on transparent, without a margin', () => {
    const { width, height, at } = readPng(files.get('outline.png') ?? Buffer.alloc(0))
    expect([width, height]).toEqual([32, 32])
    const places = Array.from(
      { length: 32 * 32 },
      (_, index) => [index % 32, Math.floor(index / 32)] as const,
    )
    const drawn = places.filter(([x, y]) => (at(x, y)[3] ?? 0) > 0)
    for (const [x, y] of drawn) expect(at(x, y).slice(0, 3)).toEqual([255, 255, 255])
    expect(drawn.length).toBeLessThan(places.length / 2)
    const columns = drawn.map(([x]) => x)
    expect(Math.max(...columns) - Math.min(...columns)).toBeGreaterThanOrEqual(26)
  })
})

describe('words of the store', () => {
  test('differ between short and full, and have no word of a template', () => {
    const { name, description, developer } = manifest
    expect(name.full).not.toBe(name.short)
    expect(description.full).not.toBe(description.short)
    const all = JSON.stringify([name, description, developer])
    expect(all).not.toMatch(
      /lorem|todo|tbd|placeholder|your (?:app|company|bot)|contoso|fabrikam|\{\{|\$\{|%\w+%/i,
    )
    expect(all).not.toMatch(/\bMS(?:FT)?\b|certified|powered by|\bbest\b|appsource/i)
    expect(description.full.split(/\s+/).length).toBeLessThan(500)
    expect(description.short).not.toMatch(/\bapp\b/i)
  })

  test('name Microsoft Teams in full where they name it first, and not in the app’s name', () => {
    const { name, description } = manifest
    for (const text of [description.short, description.full])
      expect(text.indexOf('Teams')).toBe(text.indexOf('Microsoft Teams') + 'Microsoft '.length)
    expect(`${name.short} ${name.full}`).not.toMatch(/teams|microsoft/i)
    expect(name.short).not.toMatch(/^(?:chat|contacts|calendar|calls|files|activity|help)\b/i)
  })

  test('link to what this is and to privacy', () => {
    expect(manifest.description.full).toContain(`(${publicUrl}/privacy)`)
  })
})

test('addresses are https; no domain is declared, as no page is shown within Teams', () => {
  const { name, ...addresses } = manifest.developer
  expect(name).toBe(manifest.name.short)
  expect(Object.keys(addresses)).toEqual(['websiteUrl', 'privacyUrl', 'termsOfUseUrl'])
  for (const address of Object.values(addresses)) expect(new URL(address).protocol).toBe('https:')
  expect(manifest).not.toHaveProperty('validDomains')
})

test('commands are at most ten, each in a few characters and once', () => {
  const [bot] = manifest.bots
  for (const { commands } of bot.commandLists) {
    const titles = commands.map(({ title }) => title)
    expect(titles.length).toBeLessThanOrEqual(10)
    expect(new Set(titles).size).toBe(titles.length)
    for (const title of titles) expect(title).toMatch(/^[a-z]{1,32}$/)
  }
})

test.each(['1.2.3', '1.2.3-beta.1', '0.1.0'])('the version is three numbers: %s', (version) => {
  expect(create({ version }).version).toMatch(/^\d+\.\d+\.\d+$/)
})

const idOf = (bot: string) => create({ appId: bot }).id

test('the app keeps its id, a GUID, for one bot', () => {
  expect(manifest.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(idOf(appId)).toBe(manifest.id)
  expect(idOf(appId.toUpperCase())).toBe(manifest.id)
  expect(idOf('00000000-4b5a-4678-9abc-def012345678')).not.toBe(manifest.id)
})

test('only with all messages does Teams ask for more than mentions', () => {
  expect(manifest).not.toHaveProperty('authorization')
  expect(create({ allMessages: true })).toMatchObject({
    webApplicationInfo: { id: appId },
    authorization: {
      permissions: {
        resourceSpecific: [{ name: 'ChannelMessage.Read.Group' }, { name: 'ChatMessage.Read.Chat' }],
      },
    },
  })
})
