import './check-node.cjs'
import { existsSync, readFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { CommandWorld } from './cli/command.ts'
import { createCommands } from './cli/commands.ts'
import { createOutput } from './cli/output.ts'
import { runCommandLine } from './cli/run.ts'
import { createEnvironment, unreadFile } from './cli/environment.ts'
import { systemClock } from './clock.ts'
import type { Config } from './config/config.ts'
import { logMisspellings } from './config/misspelling.ts'
import { ConfigError } from './config/problems.ts'
import { readConfig, readGivenSettings } from './config/read.ts'
import { createLog, gatherLines } from './log.ts'
import { manifests, platforms } from './platforms.ts'
import type { Settings } from './port.ts'
import { failureCode } from './util/failure.ts'
import { createFetch } from './fetch.ts'

const { version } = JSON.parse(
  readFileSync(new URL(import.meta.resolve('mews-chat-connector/package.json')), 'utf8'),
) as { readonly version: string }

/** On a terminal SIGHUP means that it was closed. It then stops the program, which can no longer write there. */
const onTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))

/** The reader of the output, a terminal or a pipe, may be gone; that must not end the program. */
const { print, printAll, warn, failure } = createOutput(process.stdout, process.stderr)

/** Asks on standard error, since standard output may be redirected. Everything but yes is a no. */
const ask = async (question: string): Promise<boolean> => {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const closed = new AbortController()
  terminal.once('close', () => closed.abort())
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: closed.signal })
    return /^y(?:es)?$/i.test(answer.trim())
  } catch {
    return false
  } finally {
    terminal.close()
  }
}

const fetch = createFetch()

const world: CommandWorld = {
  version,
  configure: () => configure(loadEnvironment()),
  givenSettings: () => readGivenSettings({ environment: loadEnvironment(), readFile, platforms }),
  platforms,
  manifests,
  surroundings: {
    clock: systemClock,
    random: Math.random,
    fetch,
    log: createLog({ level: 'warn', pretty: process.stderr.isTTY, output: process.stderr }),
  },
  print,
  printAll,
  warn,
  ask: isatty(0) && isatty(2) ? ask : undefined,
}

/** A command that could not print what it found has failed; `serve` only loses lines of its log. */
const reportUnprinted = (): void => {
  const code = failure()
  if (code === undefined || process.argv[2] === 'serve') return
  warn(`Not everything could be printed (${code}): make room where the output goes, and run it again.`)
  process.exitCode ||= 1
}

process.on('exit', reportUnprinted)

const readFile = (path: string): string => readFileSync(path, 'utf8')

const configure = (environment: Settings) => readConfig({ environment, readFile, platforms, version })

/** Loads `.env` where Node has not. The environment's own values win. */
const loadEnvironment = (): NodeJS.ProcessEnv => {
  const { path } = unreadFile(process.execArgv) ?? {}
  if (path === undefined || !existsSync(path)) return process.env
  try {
    process.loadEnvFile(path)
  } catch (error) {
    throw new ConfigError([{ setting: path, remedy: `cannot be read (${failureCode(error)})` }])
  }
  return process.env
}

/** Resolves at the first signal to stop; the second one ends the process as it is. */
const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    const signals = ['SIGTERM', 'SIGINT'] as const
    const stop = (): void => {
      for (const signal of signals) process.off(signal, stop)
      resolve()
    }
    for (const signal of signals) process.on(signal, stop)
    // The system and the shell may both send it when the terminal closes; that counts as one signal.
    if (onTerminal) process.on('SIGHUP', stop)
  })

/** Calls back for each SIGHUP, also for one from before there was a listener. */
const hangUps = (): ((listener: () => void) => void) => {
  let listener: (() => void) | undefined
  let missed = false
  process.on('SIGHUP', () => {
    if (listener === undefined) missed = true
    else listener()
  })
  return (given) => {
    listener = given
    if (missed) given()
  }
}

const run = async (): Promise<void> => {
  const asked = onTerminal ? () => {} : hangUps()
  const loaded = loadEnvironment()
  const environment = createEnvironment({ environment: loaded, nodeOptions: process.execArgv, readFile })
  const config = configure(loaded)
  const output = gatherLines(process.stdout)
  process.on('exit', output.flush)
  const log = createLog({ level: config.logLevel, pretty: process.stdout.isTTY, output })
  logMisspellings(config.misspellings, log)
  // Going on loses nothing: what was acknowledged is on disk, and what failed is tried again from there.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled failure'))
  const surroundings = { clock: systemClock, random: Math.random, fetch, log, version }
  const options = { config, platforms, surroundings, print, stopped: stopSignal() }
  if (config.sandbox) {
    asked(() => log.warn({}, 'nothing to take over: the sandbox has no settings; set some and start again'))
    const { serveSandbox } = await import('./cli/commands/serve-sandbox.ts')
    return serveSandbox({ ...options, configure })
  }
  const taken = ({ logLevel }: Config): void => void (log.level = logLevel)
  const { serve } = await import('./cli/commands/serve.ts')
  return serve({ ...options, reloading: { asked, configure: () => configure(environment()), taken } })
}

/** Ends the process once everything is written: a driver whose backend is away may keep it alive. */
const endWhenWritten = (): void => {
  setInterval(() => {
    if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit()
  }, 100).unref()
}

/** There is no top-level await, because `start.cjs` could not require this file then. */
const start = async (): Promise<void> => {
  process.exitCode = await runCommandLine(process.argv.slice(2), createCommands(run, platforms), world)
  endWhenWritten()
}

void start()
