import { readFileSync, writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { ConfigError } from '../config/problems.ts'
import type { Config } from '../config/config.ts'
import { isSafeAddress } from '../util/address.ts'
import { toZip } from '../util/zip.ts'
import {
  type Command,
  type CommandWorld,
  type ExitCode,
  exitCodes,
  type Given,
  toJson,
  UsageError,
} from './command.ts'

const guid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Manifests are made before there are settings: what is wrong with those does not matter here. */
const readSettings = ({ configure }: CommandWorld): Config | undefined => {
  try {
    return configure()
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
}

const publicUrlOf = ({ value }: Given, config: Config | undefined): string => {
  const url = value('public-url') ?? config?.http.publicUrl
  if (url === undefined)
    throw new UsageError('--public-url or PUBLIC_URL must say where the connector is reached.')
  if (!isSafeAddress(url) || !url.startsWith('https:'))
    throw new UsageError('--public-url must be an https address.')
  return url.replace(/\/+$/, '')
}

const slackHeader = `# The Slack app. Create it from this manifest:
# https://api.slack.com/apps → Create New App → From a manifest.
`

const slack = (given: Given, world: CommandWorld): ExitCode => {
  const config = readSettings(world)
  const oauth = given.flag('oauth') || config?.settings['SLACK_CLIENT_ID'] !== undefined
  const socket = given.flag('socket') || config?.settings['SLACK_APP_TOKEN'] !== undefined
  const publicUrl = socket && !oauth ? undefined : publicUrlOf(given, config)
  const manifest = world.manifests.slack({ publicUrl, oauth, socket })
  world.print(
    given.flag('json')
      ? toJson(manifest)
      : slackHeader + stringify(manifest, { aliasDuplicateObjects: false, singleQuote: true }).trimEnd(),
  )
  return exitCodes.done
}

const icon = (name: string): Buffer =>
  readFileSync(new URL(`manifest/teams/${name}`, import.meta.resolve('mews-chat-connector/package.json')))

const teams = (given: Given, world: CommandWorld): ExitCode => {
  const config = readSettings(world)
  const appId = given.value('app-id') ?? config?.settings['MicrosoftAppId']
  if (appId === undefined || !guid.test(appId))
    throw new UsageError('--app-id or MicrosoftAppId must be the bot’s app id.')
  const website = publicUrlOf(given, config)
  const manifest = world.manifests.teams({
    appId,
    version: world.version,
    website,
    allMessages: given.flag('all-messages'),
  })
  const out = given.value('out')
  if (out === undefined) {
    if (!given.flag('json')) throw new UsageError('--out must name the file to write, such as teams-app.zip.')
    world.print(toJson(manifest))
    return exitCodes.done
  }
  const files = ['color.png', 'outline.png'].map((name) => ({ name, content: icon(name) }))
  writeFileSync(out, toZip([{ name: 'manifest.json', content: Buffer.from(toJson(manifest)) }, ...files]))
  world.print(`The Teams app was written to ${out}.`)
  return exitCodes.done
}

/** Makes what Slack and Teams want to know of the app. */
export const manifestCommand: Command = {
  name: 'manifest',
  parameters: 'slack | teams [options]',
  summary: 'Print the Slack app manifest, or write the Teams app package.',
  details: [
    'slack  prints YAML for https://api.slack.com/apps, Create New App, From a manifest',
    'teams  writes a package for the Teams admin centre or Upload a custom app',
  ].join('\n'),
  options: {
    'public-url': {
      type: 'string',
      value: '<address>',
      help: 'Where the connector is reached; default PUBLIC_URL.',
    },
    oauth: { type: 'boolean', help: 'slack: for any number of workspaces, with token rotation.' },
    socket: {
      type: 'boolean',
      help: 'slack: events over a connection of the app’s own, without a public address.',
    },
    'app-id': { type: 'string', value: '<guid>', help: 'teams: the bot’s app id; default MicrosoftAppId.' },
    'all-messages': { type: 'boolean', help: 'teams: also hear what does not mention the bot.' },
    out: { type: 'string', value: '<file>', help: 'teams: the package to write.' },
    json: { type: 'boolean', help: 'Print JSON.' },
  },
  run: async (given, world) => {
    const [platform, ...others] = given.positionals
    if (others.length > 0 || (platform !== 'slack' && platform !== 'teams'))
      throw new UsageError('manifest takes slack or teams.')
    return platform === 'slack' ? slack(given, world) : teams(given, world)
  },
}
