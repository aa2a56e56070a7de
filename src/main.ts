#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import {
  type BotFrameworkConfig,
  createBotFrameworkAdapter,
  readBotFrameworkConfig,
} from '../adapters/botframework/index.ts'
import {
  type ChannexConfig,
  channexWebhookStep,
  createChannexAdapter,
  readChannexConfig,
  readChannexRoute,
} from '../adapters/channex/index.ts'
import { createTeamsManifest } from '../adapters/botframework/manifest.ts'
import { createSlackManifest } from '../adapters/slack/manifest.ts'
import { createSlackAdapter, readSlackConfig, type SlackConfig } from '../adapters/slack/index.ts'
import type { CommandWorld } from './cli/command.ts'
import { createCommands } from './cli/commands.ts'
import { runCommandLine } from './cli/run.ts'
import { serveSandbox } from './cli/serve-sandbox.ts'
import { serve } from './cli/serve.ts'
import { systemClock } from './clock.ts'
import { readConfig } from './config/read.ts'
import type { Platform } from './connector.ts'
import { createLog } from './log.ts'
import type { Settings } from './port.ts'

/** The one place that knows which adapters there are. */
const platforms: readonly Platform[] = [
  {
    name: 'slack',
    routeName: 'slack',
    routeKeys: ['enterprise', 'team', 'channel'],
    switchedOnBy: 'SLACK_BOT_TOKEN or SLACK_CLIENT_ID',
    read: readSlackConfig,
    create: (config, context) => createSlackAdapter({ config: config as SlackConfig, ...context }),
  },
  {
    name: 'botframework',
    routeName: 'teams',
    routeKeys: ['tenant', 'team', 'conversation'],
    switchedOnBy: 'MicrosoftAppId',
    read: readBotFrameworkConfig,
    create: (config, context) =>
      createBotFrameworkAdapter({ config: config as BotFrameworkConfig, ...context }),
  },
  {
    name: 'channex',
    routeName: 'channex',
    routeKeys: ['property'],
    switchedOnBy: 'CHANNEX_API_KEY',
    onlyRoute: readChannexRoute,
    read: readChannexConfig,
    create: (config, context) => createChannexAdapter({ config: config as ChannexConfig, ...context }),
    setUp: [channexWebhookStep],
  },
]

const { version } = JSON.parse(
  readFileSync(new URL(import.meta.resolve('mews-chat-connector/package.json')), 'utf8'),
) as { readonly version: string }

const configure = (environment: Settings) =>
  readConfig({ environment, readFile: (path) => readFileSync(path, 'utf8'), platforms, version })

/** Resolves at the first signal to stop; the second one ends the process as it is. */
const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    const signals = ['SIGTERM', 'SIGINT'] as const
    const stop = (): void => {
      for (const signal of signals) process.off(signal, stop)
      resolve()
    }
    for (const signal of signals) process.on(signal, stop)
  })

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const run = async (): Promise<void> => {
  const config = configure(process.env)
  const log = createLog({ level: config.logLevel, pretty: process.stdout.isTTY, output: process.stdout })
  // Nothing is lost by going on: whatever was promised is on disk, and what failed is tried again from there.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled failure'))
  const surroundings = { clock: systemClock, random: Math.random, fetch: globalThis.fetch, log, version }
  const options = { config, platforms, surroundings, print, stopped: stopSignal() }
  return config.sandbox ? serveSandbox({ ...options, configure }) : serve(options)
}

const world: CommandWorld = {
  version,
  configure: () => configure(process.env),
  platforms,
  manifests: { slack: createSlackManifest, teams: createTeamsManifest },
  surroundings: {
    clock: systemClock,
    random: Math.random,
    fetch: globalThis.fetch,
    log: createLog({ level: 'warn', pretty: process.stderr.isTTY, output: process.stderr }),
  },
  print,
  warn: (text) => void process.stderr.write(`${text}\n`),
}

process.exitCode = await runCommandLine(process.argv.slice(2), createCommands(run, platforms), world)
