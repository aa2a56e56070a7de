import { ConfigError, createProblemList } from '../../config/problems.ts'
import type { Platform } from '../../connector.ts'
import type { SetUpResult, SetUpStep } from '../../port.ts'
import {
  type Command,
  CommandError,
  type CommandWorld,
  exitCodes,
  jsonOption,
  toJson,
  UsageError,
} from '../command.ts'

const timeLimitMs = 60_000

/** The set-up steps that platforms offer: `mews-chat <platform> <step>`, one command for each platform. */
export const createSetUpCommands = (platforms: readonly Platform[]): readonly Command[] =>
  platforms.flatMap((platform) => (platform.setUp === undefined ? [] : toCommand(platform, platform.setUp)))

const toCommand = (platform: Platform, steps: readonly SetUpStep[]): Command => {
  const { routeName } = platform
  const names = steps.map(({ name }) => name).join(' | ')
  return {
    name: routeName,
    parameters: `${names} [options]`,
    summary: steps.map(({ summary }) => summary).join(' '),
    details: steps.map(({ name, details }) => `${name}: ${details}`).join('\n\n'),
    examples: steps.map(({ name }) => `mews-chat ${routeName} ${name}`),
    options: jsonOption,
    run: async ({ positionals, flag }, world) => {
      const [wanted, ...others] = positionals
      const step = steps.find(({ name }) => name === wanted)
      if (step === undefined || others.length > 0) throw new UsageError(`${routeName} takes ${names}.`)
      const result = await take(platform, step, world)
      world.print(flag('json') ? toJson(result) : result.detail)
      return exitCodes.done
    },
  }
}

const take = async (
  { name, routeName, switchedOnBy }: Platform,
  step: SetUpStep,
  { configure, surroundings }: CommandWorld,
): Promise<SetUpResult> => {
  const config = configure().platforms[name]
  if (config === undefined)
    throw new ConfigError([{ setting: switchedOnBy, remedy: `must be set: ${routeName} is off` }])
  const { problems, report } = createProblemList()
  const signal = AbortSignal.timeout(timeLimitMs)
  const result = await step.run(config, { ...surroundings, report }, signal).catch((error: unknown) => {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error })
  })
  if (result === undefined) throw new ConfigError(problems)
  return result
}
