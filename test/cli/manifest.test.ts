import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createSlackManifest, slackEvents, slackMethods, slackScopes } from '../../adapters/slack/manifest.ts'
import { AppManifestUtils, TeamsManifestConverter } from '@microsoft/app-manifest'
import { createTeamsManifest } from '../../adapters/botframework/manifest.ts'
import { runCommand } from './run-command.ts'

const publicUrl = 'https://chat.example.com'
const appId = '2f0e1d3c-4b5a-4678-9abc-def012345678'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifest-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('Slack is asked for what events, methods and commands need, and nothing else', () => {
  const { oauth_config, settings } = createSlackManifest({ publicUrl, oauth: false, socket: false })
  const needed = [...Object.values(slackEvents), ...Object.values(slackMethods), ['commands']].flat()
  expect(oauth_config?.scopes?.bot).toEqual([...new Set(needed)].toSorted())
  expect(oauth_config?.scopes?.bot).toEqual(slackScopes)
  expect(settings?.event_subscriptions?.bot_events).toEqual(Object.keys(slackEvents))
})

test('the Slack manifest in the repository is the one that is printed', async () => {
  const { code, out } = await runCommand(['manifest', 'slack', '--public-url', publicUrl])
  expect(code).toBe(0)
  expect(out).toBe(await readFile(new URL('../../manifest/slack.yaml', import.meta.url), 'utf8'))
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

test('an address that is not https, or none, is wrong usage', async () => {
  expect((await runCommand(['manifest', 'slack'])).code).toBe(2)
  expect((await runCommand(['manifest', 'slack', '--public-url', 'http://chat.example.com'])).code).toBe(2)
})

/** The files of an archive, by its central directory. */
const unzip = (zip: Buffer): ReadonlyMap<string, Buffer> => {
  const files = new Map<string, Buffer>()
  const end = zip.length - 22
  expect(zip.readUInt32LE(end)).toBe(0x06054b50)
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    expect(zip.readUInt32LE(at)).toBe(0x02014b50)
    const [size, nameLength, local] = [
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt32LE(at + 42),
    ]
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    const data = local + 30 + zip.readUInt16LE(local + 26)
    files.set(name, inflateRawSync(zip.subarray(data, data + size)))
    at += 46 + nameLength
  }
  return files
}

const pngSize = (png: Buffer | undefined) => [png?.readUInt32BE(16), png?.readUInt32BE(20)]

test('the Teams package holds the manifest and both icons in their sizes', async () => {
  const file = join(folder, 'app.zip')
  const options = ['--app-id', appId, '--public-url', publicUrl, '--out', file]
  expect((await runCommand(['manifest', 'teams', ...options])).code).toBe(0)
  const files = unzip(await readFile(file))
  expect([...files.keys()]).toEqual(['manifest.json', 'color.png', 'outline.png'])
  expect(pngSize(files.get('color.png'))).toEqual([192, 192])
  expect(pngSize(files.get('outline.png'))).toEqual([32, 32])
  expect(JSON.parse(String(files.get('manifest.json')))).toMatchObject({
    manifestVersion: '1.30',
    bots: [{ botId: appId, scopes: ['personal', 'team', 'groupChat'] }],
  })
})

test('only with all messages does Teams ask for more than mentions', () => {
  const options = { appId, version: '1.2.3-beta.1', website: publicUrl }
  const least = createTeamsManifest({ ...options, allMessages: false })
  expect(least).not.toHaveProperty('authorization')
  expect(least).toMatchObject({ version: '1.2.3' })
  expect(createTeamsManifest({ ...options, allMessages: true })).toMatchObject({
    webApplicationInfo: { id: appId },
    authorization: {
      permissions: {
        resourceSpecific: [{ name: 'ChannelMessage.Read.Group' }, { name: 'ChatMessage.Read.Chat' }],
      },
    },
  })
})

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

test.each([false, true])(
  'Microsoft finds no fault with the Teams app (all messages: %s)',
  async (allMessages) => {
    const manifest = createTeamsManifest({ appId, version: '1.2.3', website: publicUrl, allMessages })
    expect(manifest).toMatchObject({ $schema: expect.stringContaining('/teams/v1.30/') as string })
    expect(await complaintsAbout(manifest)).toEqual([])
    const [complaint] = await complaintsAbout({ ...manifest, accentColor: 'green' })
    expect(complaint).toMatch(/accentColor/)
  },
)

const idOf = (bot: string) =>
  (
    createTeamsManifest({ appId: bot, version: '1.0.0', website: publicUrl, allMessages: false }) as {
      id: string
    }
  ).id

test('the Teams app keeps its id for one bot', () => {
  expect(idOf(appId)).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(idOf(appId.toUpperCase())).toBe(idOf(appId))
  expect(idOf(appId)).not.toBe(idOf('00000000-4b5a-4678-9abc-def012345678'))
})
