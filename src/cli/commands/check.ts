import type { Config } from '../../config/config.ts'
import { formatMisspelling, type Misspelling } from '../../config/misspelling.ts'
import { ConfigError } from '../../config/problems.ts'
import { sharedClient } from '../../config/read.ts'
import { createAdapters, connectProperty, createRoute } from '../../connector.ts'
import type { Adapter, Finding } from '../../port.ts'
import { unroutedGroup } from '../../relay/ids.ts'
import { StoreError } from '../../store/error.ts'
import { findUnconfigured } from '../../relay/routing/router.ts'
import type { OpenStore } from '../../store/open-store.ts'
import type { Store } from '../../store/types.ts'
import { hasDatabase } from '../../store/url.ts'
import { checkFiles, checkOtherWriters, checkRecords, checkRestored, recordsName } from './check-records.ts'
import { checkMews, type PropertyCheck } from './check-mews.ts'
import { type Command, type CommandWorld, exitCodes, jsonOption, toJson, UsageError } from '../command.ts'
import { table } from '../output.ts'
import { checkClock } from '../../util/remote-clock.ts'
import { beside, databaseFile, silent, withOpenStore } from '../with-store.ts'

const timeLimitMs = 15_000

/** How many waiting entries are read. */
const mostUnrouted = 10_000

/** Finds out now what would fail later. */
export const checkCommand: Command = {
  name: 'check',
  parameters: '[options]',
  summary: 'Check settings, database, tokens and permissions.',
  details: 'The exit code is 1 if anything is not in order.',
  examples: ['mews-chat check', 'mews-chat check --json'],
  options: jsonOption,
  run: async ({ positionals, flag }, world) => {
    if (positionals.length > 0) throw new UsageError('check takes options only.')
    const { config, findings: read, misspellings } = readSettings(world)
    const around = config === undefined ? nothing : await checkAll(config, world)
    const findings = [...read, ...around.findings]
    const { properties } = around
    const ok = findings.every((finding) => finding.ok)
    if (flag('json')) world.print(toJson({ ok, findings, properties, misspellings }))
    else {
      world.print(
        table(findings.map(({ name, ok: holds, detail }) => [holds ? 'ok' : 'FAILED', name, detail])),
      )
      if (properties.length > 0) world.print(`\n${propertyTable(properties)}`)
      if (misspellings.length > 0) world.print(`\n${misspellings.map(formatMisspelling).join('\n')}`)
    }
    return ok ? exitCodes.done : exitCodes.failed
  },
}

/** Creates a missing database, as the first start would do. */
const checkAll = async (config: Config, world: CommandWorld): Promise<Checked> => {
  const path = databaseFile(config)
  try {
    const isNew = path !== undefined && !hasDatabase(path)
    return await withOpenStore(config, world.surroundings.clock, async (store, shared) => {
      // What the log would say stands in the table.
      const surroundings = { ...world.surroundings, clock: shared.clock, log: silent }
      const around = await checkAround(config, store, { ...world, surroundings })
      const made = { name: 'Database', ok: true, detail: `made at ${path}` }
      const [database, ...others] = around.findings
      const seen = isNew || database === undefined ? made : database
      const clocks = store.shared ? [checkClock('database', 'the database', shared)] : []
      return { findings: [seen, ...clocks, ...others], properties: around.properties }
    })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const name = error.message.startsWith('KEYV_URL') ? recordsName : 'Database'
    return { ...nothing, findings: [{ name, ok: false, detail: error.message }] }
  }
}

/** What was found, and a line for each property. */
interface Checked {
  readonly findings: readonly Finding[]
  readonly properties: readonly PropertyCheck[]
}

const nothing: Checked = { findings: [], properties: [] }

/** The findings about the settings; without `config` nothing else can be checked. */
interface Read {
  readonly config?: Config
  readonly findings: readonly Finding[]
  readonly misspellings: readonly Misspelling[]
}

const readSettings = ({ configure }: CommandWorld): Read => {
  try {
    const config = configure()
    const { misspellings } = config
    if (config.sandbox) {
      const detail = 'nothing is set: serve would run the sandbox'
      return { findings: [{ name: 'Settings', ok: false, detail }], misspellings }
    }
    const platforms = Object.keys(config.platforms).join(', ')
    const detail = `${config.properties.length === 1 ? 'one property' : `${config.properties.length} properties`}; ${platforms}`
    return { config, findings: [{ name: 'Settings', ok: true, detail }], misspellings }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return {
      findings: error.problems.map(({ setting, remedy }) => ({ name: setting, ok: false, detail: remedy })),
      misspellings: error.misspellings,
    }
  }
}

/** Everything beyond the settings themselves. */
const checkAround = async (
  config: Config,
  store: OpenStore,
  { platforms, surroundings }: CommandWorld,
): Promise<Checked> => {
  const found: Finding[] = [
    await checkDatabase(store, config),
    ...(await checkDurability(store)),
    ...checkFiles(config),
    ...(await checkRecords(store, config)),
    ...(await checkRestored(store, config, surroundings.clock.now())),
    ...(await checkLeft(store, config)),
    checkClient(config),
  ]
  const properties: PropertyCheck[] = []
  for (const property of config.properties) {
    const { mews } = connectProperty(property, beside(config), store, surroundings)
    const { check, findings } = await checkMews(property, mews, limit(), {
      needsTasks: config.alarms.isTask,
      stay: property.stay,
    })
    properties.push(check)
    found.push(...findings, ...(await checkOtherWriters(property, store.marks, mews.clock.now())))
  }
  const route = createRoute(config, platforms)
  const adapters = await createAdapters(config, platforms, { route, store }, surroundings)
  found.push(...(await checkUnrouted(store, adapters)))
  for (const adapter of adapters.values()) {
    found.push(...((await adapter.check?.(limit())) ?? []))
    await adapter.close?.()
  }
  const findings = [...found, await checkPublicUrl(config, surroundings.fetch, limit())]
  return { findings, properties }
}

const checkDatabase = async (store: Store, config: Config): Promise<Finding> => {
  const { dialect } = config.store
  await store.check()
  return { name: 'Database', ok: true, detail: `${dialect}, reached and up to date` }
}

/** Not refused: some providers of PostgreSQL turn it off because what they write to is durable in another way. */
const checkDurability = async ({ admin }: OpenStore): Promise<readonly Finding[]> => {
  if (await admin.figures.writesThrough()) return []
  const detail =
    'fsync is off on the server: a power cut there loses messages that were acknowledged; set fsync = on, unless its provider says that a commit is durable without'
  return [{ name: 'Database durability', ok: false, detail }]
}

/** Whether the records speak of properties that the settings do not know. */
const checkLeft = async ({ admin }: OpenStore, { properties }: Config): Promise<readonly Finding[]> => {
  const left = findUnconfigured(await admin.figures.groups(), new Set(properties.map(({ key }) => key)))
  return left.map(({ property, reason }) => ({ name: `Property ${property}`, ok: false, detail: reason }))
}

/** Mews certifies each integration by the name in its requests, which two installations under one name cannot show. */
const checkClient = ({ mews: { client } }: Config): Finding => {
  const isOwn = !client.startsWith(`${sharedClient} `)
  const detail = isOwn
    ? client
    : `${client}, which every installation has that sets none: give this one a name of its own before Mews certifies it, such as "Grand Hotel Chat 1.0"`
  return { name: 'MEWS_CLIENT', ok: true, detail }
}

/** Each has its own time limit, so that one that does not answer does not hide the others. */
const limit = (): AbortSignal => AbortSignal.timeout(timeLimitMs)

/** What waits where guests cannot be asked, because no property's routes name where it comes from. */
const checkUnrouted = async (
  { admin }: OpenStore,
  adapters: ReadonlyMap<string, Adapter>,
): Promise<readonly Finding[]> => {
  const waiting = await admin.repairs.waiting(mostUnrouted)
  return [...adapters.values()].flatMap(({ name, label, asks }) => {
    const ours = asks === false ? waiting.filter(({ group }) => group === unroutedGroup(name)) : []
    const reasons = new Set(
      ours.map(({ reason }) => reason ?? 'It is not known yet for which property it is.'),
    )
    return [...reasons].map((detail) => ({ name: `${label}, waiting`, ok: false, detail }))
  })
}

/** Whether the platforms would find the connector; it may not be running now, which does not mean that the settings are wrong. */
const checkPublicUrl = async (
  { http }: Config,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<Finding> => {
  const name = 'PUBLIC_URL'
  const { publicUrl } = http
  if (publicUrl === undefined)
    return { name, ok: true, detail: 'not set: needed for OAuth and for manifests' }
  try {
    const { status, body } = await fetch(`${publicUrl}/healthz`, { signal, redirect: 'error' })
    await body?.cancel()
    const detail =
      status === 200 ? 'answers' : `answers ${status} to /healthz: is the connector running behind it?`
    return { name, ok: status === 200, detail }
  } catch {
    return {
      name,
      ok: false,
      detail: 'does not answer to /healthz from here: check DNS, certificate and proxy',
    }
  }
}

const propertyTable = (properties: readonly PropertyCheck[]): string =>
  table([
    ['PROPERTY', 'REACHABLE', 'CLOCK', 'MISSING', 'ENTERPRISE'],
    ...properties.map(({ property, reachable, clockSkewSeconds, missing, enterprise }) => [
      property,
      reachable ? 'yes' : 'no',
      clockSkewSeconds === null ? '–' : `${clockSkewSeconds} s`,
      missing.join(', ') || '–',
      enterprise ?? '–',
    ]),
  ])
