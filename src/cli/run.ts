import { parseArgs, type ParseArgsConfig } from 'node:util'
import { ConfigError, formatProblems } from '../config/problems.ts'
import { StoreError } from '../store/error.ts'
import { explainFileFailure } from '../util/failure.ts'
import {
  type Command,
  CommandError,
  type CommandWorld,
  type ExitCode,
  exitCodes,
  type Given,
  UsageError,
} from './command.ts'
import { commandHelp, generalHelp } from './help.ts'
import { suggest } from './suggest.ts'

/** Runs what the command line asks for; resolves with the process's exit code and never rejects. */
export const runCommandLine = async (
  args: readonly string[],
  commands: readonly Command[],
  world: CommandWorld,
): Promise<ExitCode> => {
  const [name = '', ...rest] = args
  const command = commands.find((known) => known.name === name)
  if (command === undefined) {
    if (name === '--version' || name === '-v') world.print(world.version)
    else if (name === 'help' && rest[0] !== undefined) return help(rest[0], commands, world)
    else if (['--help', '-h', 'help'].includes(name)) world.print(generalHelp(commands))
    else {
      if (name === '') world.warn(generalHelp(commands))
      else world.warn(unknown(name, commands))
      return exitCodes.usage
    }
    return exitCodes.done
  }
  try {
    const given = readArguments(command, rest)
    if (given.flag('help')) {
      world.print(commandHelp(command))
      return exitCodes.done
    }
    return await command.run(given, world)
  } catch (error) {
    return explain(error, name, world)
  }
}

/** `help <command>`, as `<command> --help`. */
const help = (name: string, commands: readonly Command[], world: CommandWorld): ExitCode => {
  const command = commands.find((known) => known.name === name)
  if (command === undefined) world.warn(unknown(name, commands))
  else world.print(commandHelp(command))
  return command === undefined ? exitCodes.usage : exitCodes.done
}

const unknown = (name: string, commands: readonly Command[]): string => {
  const names = commands.map((command) => command.name)
  return `There is no command ${JSON.stringify(name)}${suggest(name, names)}\nmews-chat --help lists them.`
}

/** Why nothing can listen where `PORT` and `HOST` say, by Node's codes. */
const remedies: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  EADDRINUSE: ['Something else listens there already', 'Stop it, or set PORT to a free port.'],
  EACCES: ['The system does not allow to listen there', 'Set PORT to 1024 or more.'],
  EADDRNOTAVAIL: [
    'This machine has no such address',
    'Set HOST to one that it has; 0.0.0.0 means all of them.',
  ],
}

/** Codes that mean the same: a name or a kind of address that the machine does not know. */
const likeUnknown: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAFNOSUPPORT',
  'EINVAL',
])

const readArguments = (command: Command, args: readonly string[]): Given => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: toParseOptions(command),
    })
    return {
      positionals,
      flag: (name) => values[name] === true,
      value: (name) => {
        const value = values[name]
        return typeof value === 'string' ? value : undefined
      },
    }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

const toParseOptions = ({ options }: Command): NonNullable<ParseArgsConfig['options']> =>
  Object.fromEntries(
    Object.entries({ ...options, help: { type: 'boolean', short: 'h' } } as const).map(
      ([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }],
    ),
  )

/** What a failure is for people, and how the process ends. */
const explain = (error: unknown, name: string, { warn }: CommandWorld): ExitCode => {
  if (error instanceof UsageError) warn(`${error.message}\nmews-chat ${name} --help shows how it is used.`)
  else if (error instanceof ConfigError) warn(formatProblems(error))
  else if (error instanceof StoreError || error instanceof CommandError) warn(error.message)
  else warn(explainListening(error) ?? explainFileFailure(error) ?? stackOf(error))
  return error instanceof UsageError || error instanceof ConfigError ? exitCodes.usage : exitCodes.failed
}

/** What a failure to listen is for people; undefined for any other failure. */
const explainListening = (error: unknown): string | undefined => {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return undefined
  if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') return undefined
  const code = String(error.code)
  const [why, remedy] = remedies[likeUnknown.has(code) ? 'EADDRNOTAVAIL' : code] ?? []
  return why === undefined ? undefined : `${why} (${error.message}). ${remedy}`
}

/** An unexpected failure: the place where it happened helps those who repair it. */
const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
