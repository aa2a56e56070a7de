import type { Keyv } from 'keyv'
import type { RepairPlan } from '../../admin/give-up.ts'
import {
  createPreview,
  createRepair,
  deliveryPlaceId,
  type RepairAction,
  repairActions,
  type Repaired,
  type RepairOptions,
} from '../../admin/repair.ts'
import type { Config } from '../../config/config.ts'
import { createAdapters, createRoute, createWordingOf, namesOf, openKeyv } from '../../connector.ts'
import type { Adapter } from '../../port.ts'
import { whyUnconfigured } from '../../relay/routing/router.ts'
import { createLastingBindings } from '../../relay/threads/lost-bindings.ts'
import type { ListedTrouble, RepairResult, Repairs } from '../../store/admin/types.ts'
import type { OpenStore } from '../../store/open-store.ts'
import { tellOutages } from '../outages.ts'
import { withExcerpts } from '../../transcript/lines.ts'
import { countOf, unprinted } from '../../util/text.ts'
import {
  type Command,
  type CommandWorld,
  type ExitCode,
  exitCodes,
  type Given,
  jsonOption,
  toJson,
  UsageError,
} from '../command.ts'
import { createProgress, localTime, plainLine, table } from '../output.ts'
import { withStore } from '../with-store.ts'
import { readCount } from './conversations.ts'

const shownLength = 60

const done: Readonly<Record<RepairAction, string>> = {
  retry: 'is tried again',
  'give-up': 'is given up',
  'mark-delivered': 'is marked as delivered',
}

const tells: Readonly<Record<Repaired['told'], string>> = {
  guest: '; the guest is told',
  staff: '; the staff are told',
  nobody: '',
}

const refusals: Readonly<Record<Exclude<RepairResult, 'done'>, string>> = {
  'not there': 'is neither waiting nor failed any more',
  'not first': 'waits behind others of its conversation: those come first',
  erased: 'was erased: there is nothing left to send',
}

const giveUpOptions = {
  yes: { type: 'boolean', help: 'give-up: do not ask.' },
  'dry-run': { type: 'boolean', help: 'give-up: only say who would be told, and what.' },
} as const

/** Lists what waits and what failed, and repairs it. */
export const deliveriesCommand: Command = {
  name: 'deliveries',
  parameters: '[retry|give-up|mark-delivered <id>…] [options]',
  summary: 'List what waits or has failed; try it again, give it up, or mark it as delivered.',
  details: [
    'retry           tries at once what waits, and puts what failed at the end of its conversation',
    'give-up         ends what waits as failed, and tells the guest or the staff who wrote it, where they can be told;',
    '                asks before, or wants --yes where there is no terminal',
    'mark-delivered  notes that it has arrived after all',
    '',
    'An action takes ids as they are listed (in quotes), or all that --failed or --waiting lists.',
  ].join('\n'),
  examples: [
    'mews-chat deliveries --failed',
    "mews-chat deliveries retry 'turn:slack:D0PENELOPE#3'",
    'mews-chat deliveries give-up --waiting --yes',
  ],
  options: {
    failed: { type: 'boolean', help: 'Only what has failed.' },
    waiting: { type: 'boolean', help: 'Only what waits: the first of each conversation.' },
    limit: { type: 'string', value: '<number>', help: 'At most this many of each; 100 by default.' },
    ...giveUpOptions,
    ...jsonOption,
  },
  run: async (given, world) => {
    const [word, ...ids] = given.positionals
    if (word === undefined) return show(given, world)
    const action = repairActions.find((known) => known === word)
    if (action === undefined) throw new UsageError(`${word} is not one of ${repairActions.join(', ')}.`)
    const all = given.flag('failed') || given.flag('waiting')
    if (all === ids.length > 0) throw new UsageError(`${word} takes ids, or else --failed or --waiting.`)
    checkGiveUp(word, given, world)
    return act(action, ids, given, world)
  },
}

const show = async (given: Given, world: CommandWorld): Promise<ExitCode> => {
  const rows = await withStore(world, async (store, config, clock) => {
    const { admin } = store
    warnOfRefused((await admin.figures.spooled()).refused, world)
    const outages = await tellOutages(store, config, clock, world)
    const causes = new Map(outages.map(({ group, what }) => [group, `${what}.`]))
    const known = new Set(config.properties.map(({ key }) => key))
    const found = await list(admin.repairs, given)
    return found.map(({ state, item }) => {
      if (state === 'failed') return { state, item }
      const reason = whyUnconfigured(item.group, known) ?? item.reason ?? causes.get(item.group) ?? null
      return { state, item: { ...item, reason } }
    })
  })
  if (given.flag('json')) {
    world.print(
      toJson(rows.map(({ state, item }) => ({ id: deliveryPlaceId(item), state, ...withoutPayload(item) }))),
    )
    return exitCodes.done
  }
  if (rows.length === 0) world.warn('Nothing is waiting, and nothing has failed.')
  else {
    const lines = rows.map(({ state, item }) => [
      state + (item.behind > 0 ? ` +${item.behind}` : ''),
      localTime(item.at),
      deliveryPlaceId(item),
      plainLine(item.text).slice(0, shownLength) || '–',
      plainLine(item.reason ?? ''),
    ])
    world.print(table([['STATE', 'RECORDED', 'ID', 'TEXT', 'REASON'], ...lines]))
  }
  return exitCodes.done
}

/** Entries without a conversation are not listed. */
const warnOfRefused = (refused: number, { warn }: CommandWorld): void => {
  if (refused === 0) return
  const [are, them] = refused === 1 ? ['1 event is', 'it'] : [`${refused} events are`, 'them']
  warn(
    `${are} put aside, because the database refuses ${them}: “event put aside” in the log names ${them}. Each start of serve tries again, after an update for instance.`,
  )
}

const list = async (
  repairs: Repairs,
  given: Given,
): Promise<readonly { readonly state: 'waiting' | 'failed'; readonly item: ListedTrouble }[]> => {
  const limit = readCount(given.value('limit'), 'limit', 1_000_000, 100)
  const both = given.flag('waiting') === given.flag('failed')
  const waiting =
    both || given.flag('waiting') ? await withExcerpts(await repairs.waiting(limit), repairs) : []
  const failed = both || given.flag('failed') ? await withExcerpts(await repairs.failed(limit), repairs) : []
  return [
    ...waiting.map((item) => ({ state: 'waiting', item }) as const),
    ...failed.map((item) => ({ state: 'failed', item }) as const),
  ]
}

/** A platform's raw event is left out, since it may be long. */
const withoutPayload = (item: ListedTrouble): object =>
  Object.fromEntries(Object.entries(item).filter(([name]) => name !== 'payload'))

/** Refuses options that could give a delivery up without a question; throws `UsageError`. */
const checkGiveUp = (action: string, { flag }: Given, { ask }: CommandWorld): void => {
  if (action !== 'give-up') {
    if (flag('dry-run')) throw new UsageError('--dry-run is for give-up.')
    return
  }
  if (flag('yes') || flag('dry-run') || ask !== undefined) return
  throw new UsageError(
    'give-up tells people that something was not delivered, and there is no terminal to ask at: add --yes, or --dry-run to see who would be told.',
  )
}

const act = (
  action: RepairAction,
  ids: readonly string[],
  given: Given,
  world: CommandWorld,
): Promise<ExitCode> =>
  withStore(world, async (store, config, clock) => {
    const isSeparate = config.store.keyvUrl !== undefined
    const keyv: Keyv = openKeyv('bindings', store, world.surroundings.log)
    const { repairs, conversations } = store.admin
    // Only what tells people needs them.
    const adapters = action !== 'retry' ? await openAdapters(config, store, world) : new Map()
    const options: RepairOptions = {
      repairs,
      conversations,
      bindings: createLastingBindings(keyv, { store, adapters, log: world.surroundings.log, isSeparate }),
      wording: createWordingOf(config),
      log: store.log,
      adapters,
      propertyNames: namesOf(config),
      clock,
    }
    const repair = createRepair(options)
    const preview = createPreview(options)
    const close = async (): Promise<void> => {
      for (const adapter of adapters.values()) await adapter.close?.()
      await keyv.disconnect()
    }
    const all = given.flag('failed') || given.flag('waiting')
    const chosen = all
      ? (await list(repairs, given)).map(({ item }) => deliveryPlaceId(item))
      : ids.map(unprinted)
    const asked =
      action === 'give-up'
        ? await askBeforeGivingUp(chosen, (id) => preview('give-up', id), given, world)
        : undefined
    if (asked !== undefined) {
      await close()
      return asked
    }
    const results: ({ readonly id: string } & Repaired)[] = []
    const progress = createProgress(world.warn)
    for (const [index, id] of chosen.entries()) {
      const { result, told } = await repair(action, id)
      results.push({ id, result, told })
      progress(index + 1, chosen.length)
      if (given.flag('json')) continue
      if (result === 'done') world.print(`${id} ${toDone(action, told)}`)
      else world.warn(`${id} ${refusals[result]}.`)
    }
    await close()
    if (given.flag('json')) world.print(toJson(results))
    return results.every(({ result }) => result === 'done') ? exitCodes.done : exitCodes.failed
  })

/** Adapters of the platforms that are on: they read what was recorded and say how the platforms are called. */
const openAdapters = (
  config: Config,
  store: OpenStore,
  { platforms, surroundings }: CommandWorld,
): Promise<ReadonlyMap<string, Adapter>> =>
  createAdapters(config, platforms, { route: createRoute(config, platforms), store }, surroundings)

/** Says who would be told and asks; the exit code where nothing is to be given up, undefined where it is. */
const askBeforeGivingUp = async (
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

/** Finds out who would be told of a delivery; undefined where it does not wait. */
type Preview = (id: string) => Promise<RepairPlan | undefined>

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

const toRow = (id: string, plan: RepairPlan | undefined): object => {
  if (plan === undefined) return { id, told: null }
  const { told, name, platform, text, withoutWords } = plan
  return { id, told, name, platform, text, withoutWords }
}

/** What was done, in a sentence. It says so where no one is told of a delivery that was given up. */
const toDone = (action: RepairAction, told: Repaired['told']): string =>
  `${done[action]}${action === 'give-up' && told === 'nobody' ? '; nobody is told' : tells[told]}.`
