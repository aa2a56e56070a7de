import { readFileSync, writeFileSync } from 'node:fs'
import { failureCode } from '../../util/failure.ts'
import { toZip } from '../../util/zip.ts'
import {
  type Command,
  CommandError,
  type CommandWorld,
  type ExitCode,
  exitCodes,
  type Given,
  toJson,
  UsageError,
} from '../command.ts'
import { readSlackOptions, readTeamsOptions } from './manifest-options.ts'

/** Makes what Slack and Teams want to know of the app. */
export const manifestCommand: Command = {
  name: 'manifest',
  parameters: 'slack | teams [options]',
  summary: 'Print the Slack app manifest, or write the Teams app package.',
  details: [
    'slack  prints YAML for https://api.slack.com/apps, Create New App, From a manifest',
    'teams  writes a package for the Teams admin center or Upload a custom app',
  ].join('\n'),
  examples: [
    'mews-chat manifest slack --public-url https://chat.example.com --name "Grand Hotel"',
    'mews-chat manifest slack --socket --out slack.yaml',
    'mews-chat manifest teams --app-id 2f0e1d3c-4b5a-4678-9abc-def012345678 \\\n  --public-url https://chat.example.com --out teams-app.zip',
    'mews-chat manifest teams --name "Grand Hotel" --developer "Grand Hotel Ltd" \\\n  --privacy-url https://grand.example.com/privacy --out teams-app.zip',
  ],
  options: {
    'public-url': {
      type: 'string',
      value: '<address>',
      help: 'Where the connector is reached; default PUBLIC_URL.',
    },
    name: {
      type: 'string',
      value: '<text>',
      help: 'The name that people see; up to 35 characters in Slack, 30 in Teams.',
    },
    description: {
      type: 'string',
      value: '<text>',
      help: 'What it is for; up to 140 characters in Slack, 80 in Teams.',
    },
    oauth: { type: 'boolean', help: 'slack: for any number of workspaces, with token rotation.' },
    socket: {
      type: 'boolean',
      help: 'slack: events over a connection of the app’s own, without a public address.',
    },
    'app-id': { type: 'string', value: '<guid>', help: 'teams: the bot’s app id; default MicrosoftAppId.' },
    developer: {
      type: 'string',
      value: '<text>',
      help: 'teams: who offers it, up to 32 characters; default the name.',
    },
    website: {
      type: 'string',
      value: '<address>',
      help: 'teams: a page about it; default the connector’s page /.',
    },
    'privacy-url': {
      type: 'string',
      value: '<address>',
      help: 'teams: the privacy notice; default the connector’s page /privacy.',
    },
    'terms-url': {
      type: 'string',
      value: '<address>',
      help: 'teams: the terms of use; default those on /privacy.',
    },
    'all-messages': { type: 'boolean', help: 'teams: also hear what does not mention the bot.' },
    out: { type: 'string', value: '<file>', help: 'The file to write; without it slack is printed.' },
    json: { type: 'boolean', help: 'JSON instead of YAML; teams: print the manifest alone.' },
  },
  run: async (given, world) => {
    const [platform, ...others] = given.positionals
    if (others.length > 0 || (platform !== 'slack' && platform !== 'teams'))
      throw new UsageError('manifest takes slack or teams.')
    return platform === 'slack' ? slack(given, world) : teams(given, world)
  },
}

const slackHeader = `# The Slack app. Create it from this manifest:
# https://api.slack.com/apps → Create New App → From a manifest.
`

async function slack(given: Given, world: CommandWorld): Promise<ExitCode> {
  const { stringify } = await import('yaml')
  const manifest = world.manifests.slack.create(readSlackOptions(given, world))
  const text = given.flag('json')
    ? toJson(manifest)
    : slackHeader + stringify(manifest, { aliasDuplicateObjects: false, singleQuote: true }).trimEnd()
  const out = given.value('out')
  if (out === undefined) world.print(text)
  else {
    writeTo(out, `${text}\n`)
    world.print(`The Slack manifest was written to ${out}.`)
  }
  return exitCodes.done
}

function writeTo(path: string, content: string | Buffer): void {
  try {
    writeFileSync(path, content)
  } catch (error) {
    throw new CommandError(
      `${path} cannot be written (${failureCode(error)}). Name a file in a folder that exists and that you may write to.`,
      { cause: error },
    )
  }
}

function teams(given: Given, world: CommandWorld): ExitCode {
  const manifest = world.manifests.teams.create({
    ...readTeamsOptions(given, world),
    version: world.version,
  })
  const out = given.value('out')
  if (out === undefined) {
    world.print(toJson(manifest))
    return exitCodes.done
  }
  const files = ['color.png', 'outline.png'].map((name) => ({ name, content: icon(name) }))
  writeTo(out, toZip([{ name: 'manifest.json', content: Buffer.from(toJson(manifest)) }, ...files]))
  world.print(`The Teams app was written to ${out}.`)
  return exitCodes.done
}

function icon(name: string): Buffer {
  return readFileSync(
    new URL(`manifest/teams/${name}`, import.meta.resolve('mews-chat-connector/package.json')),
  )
}
