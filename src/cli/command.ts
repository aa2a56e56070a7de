import type { Config } from '../config/config.ts'
import type { Platform, Environment } from '../connector.ts'
import type { Settings } from '../port.ts'

/** 0: done. 1: it failed, or something that was looked at is not in order. 2: wrong usage or wrong settings. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** How long texts of an app may be, in characters, and which words its name may not have. */
export interface ManifestLimits {
  readonly name: number
  readonly description: number
  readonly developer?: number
  readonly notInName?: readonly string[]
}

/** What the commands take from the process they run in. */
export interface CommandWorld {
  readonly version: string
  /** Reads settings from the environment and `CONFIG_FILE`; throws `ConfigError`. */
  readonly configure: () => Config
  /** The settings as they are given, right and complete or not, for commands that need only some of them. */
  readonly givenSettings: () => Settings
  readonly platforms: readonly Platform[]
  readonly manifests: Manifests
  readonly surroundings: Environment
  /** One line, or several, on standard output. */
  readonly print: (text: string) => void
  /** Text of any length on standard output, no faster than it is read there; ends when its reader has gone. */
  readonly printAll: (texts: AsyncIterable<string>) => Promise<void>
  /** The same on standard error: progress and what went wrong. */
  readonly warn: (text: string) => void
  /** Asks the person at the terminal; true for yes. Undefined where there is no terminal. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined
}

export interface CommandOption {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  /** What stands for the value in the help. */
  readonly value?: string
  readonly help: string
}

/** What was given on the command line. */
export interface Given {
  /** Without the command's own name. */
  readonly positionals: readonly string[]
  readonly flag: (name: string) => boolean
  readonly value: (name: string) => string | undefined
}

/** One command of the executable. */
export interface Command {
  readonly name: string
  /** What follows the name: `<conversation>`. */
  readonly parameters: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** More about it, for its own help. */
  readonly details?: string
  /** Whole command lines, as a shell takes them, for its own help. */
  readonly examples: readonly string[]
  readonly options: Readonly<Record<string, CommandOption>>
  run(given: Given, world: CommandWorld): Promise<ExitCode>
}

/** The command line cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
}

/** Something that the command was asked for is not there, or cannot be done. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code = 'command'
}

/** Of commands that list: one JSON document instead of a table. */
export const jsonOption = {
  json: { type: 'boolean', help: 'Print JSON.' },
} as const satisfies Readonly<Record<string, CommandOption>>

/** A document for other programs. */
export const toJson = (value: unknown): string => JSON.stringify(value, undefined, 2)

interface Manifests {
  readonly slack: ManifestMaker<{
    readonly publicUrl: string | undefined
    readonly name: string | undefined
    readonly description: string | undefined
    readonly oauth: boolean
    readonly socket: boolean
  }>
  readonly teams: ManifestMaker<{
    readonly appId: string
    readonly version: string
    readonly name: string | undefined
    readonly description: string | undefined
    readonly developer: string | undefined
    readonly website: string
    readonly privacyUrl: string
    readonly termsUrl: string
    readonly allMessages: boolean
  }>
}

/** One platform's app: its adapter describes it, and the composition root hands it in. */
interface ManifestMaker<Options> {
  readonly limits: ManifestLimits
  readonly create: (options: Options) => object
}
