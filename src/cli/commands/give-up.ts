import type { RepairPlan } from '../../admin/give-up.ts'
import { countOf } from '../../util/count.ts'
import { type CommandWorld, type ExitCode, exitCodes, type Given, toJson, UsageError } from '../command.ts'
import { plainLine } from '../table.ts'

/** Finds out who would be told of a delivery; undefined where it does not wait. */
type Preview = (id: string) => Promise<RepairPlan | undefined>

export const giveUpOptions = {
  yes: { type: 'boolean', help: 'give-up: do not ask.' },
  'dry-run': { type: 'boolean', help: 'give-up: only say who would be told, and what.' },
} as const

/** Refuses what could give something up unasked; throws `UsageError`. */
export const checkGiveUp = (action: string, { flag }: Given, { ask }: CommandWorld): void => {
  if (action !== 'give-up') {
    if (flag('dry-run')) throw new UsageError('--dry-run is for give-up.')
    return
  }
  if (flag('yes') || flag('dry-run') || ask !== undefined) return
  throw new UsageError(
    'give-up tells people that something was not delivered, and there is no terminal to ask at: add --yes, or --dry-run to see who would be told.',
  )
}

/** Says who would be told and asks; the exit code where nothing is to be given up, undefined where it is. */
export const askBeforeGivingUp = async (
  ids: readonly string[],
  preview: Preview,
  given: Given,
  world: CommandWorld,
): Promise<ExitCode | undefined> => {
  if (given.flag('yes') && !given.flag('dry-run')) return undefined
  const plans: (readonly [string, RepairPlan | undefined])[] = []
  for (const id of ids) plans.push([id, await preview(id)])
  const lines = [...plans.map(([id, plan]) => explain(id, plan)), sum(plans.map(([, plan]) => plan))]
  if (given.flag('dry-run')) {
    world.print(given.flag('json') ? toJson(plans.map(([id, plan]) => toRow(id, plan))) : lines.join('\n'))
    return plans.every(([, plan]) => plan !== undefined) ? exitCodes.done : exitCodes.failed
  }
  world.warn(lines.join('\n'))
  if (plans.every(([, plan]) => plan === undefined)) return exitCodes.failed
  if (await world.ask?.('Give up?')) return undefined
  world.warn('Nothing was given up.')
  return exitCodes.failed
}

const toRow = (id: string, plan: RepairPlan | undefined): object => {
  if (plan === undefined) return { id, told: null }
  const { told, name, platform, text, withoutWords } = plan
  return { id, told, name, platform, text, withoutWords }
}

const explain = (id: string, plan: RepairPlan | undefined): string => {
  if (plan === undefined) return `${id} does not wait any more.`
  const { told, name, platform, text, withoutWords } = plan
  if (told === 'nobody') return `${id}: nobody is told.`
  const who = told === 'guest' ? `the guest ${name} (${platform})` : `the staff of ${name}`
  const unread = withoutWords ? ' Its words could not be read.' : ''
  return plainLine(`${id}: tells ${who.replaceAll('  ', ' ')}: ${text}${unread}`)
}

const sum = (plans: readonly (RepairPlan | undefined)[]): string => {
  const count = (told: RepairPlan['told']): number => plans.filter((plan) => plan?.told === told).length
  const guests = countOf(count('guest'), 'notice to a guest', 'notices to guests')
  const staff = countOf(count('staff'), 'notice to staff', 'notices to staff')
  return `In all: ${guests}, ${staff}.`
}
