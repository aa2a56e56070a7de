import type { ReportProblem, Settings } from '../port.ts'
import { readRows, requireRows } from '../util/setting.ts'
import type { Config } from './config.ts'
import { readConfigFile } from './file.ts'
import { yieldsToFile } from './language.ts'
import { findMisspellings } from './misspelling.ts'
import { isUnconfigured, pickSettings, settingNames, settingPrefixes } from './names.ts'
import { type PlatformReader, readPlatforms } from './platform.ts'
import { ConfigError, createProblemList } from './problems.ts'
import { readProperties } from './properties.ts'
import { alarmRows, httpRows, mewsRows, relayRows, storeRows, textRows, topRows } from './rows.ts'
import { checkLocales, checkTexts } from './texts.ts'

/** Where settings come from. */
export interface ConfigSource {
  readonly environment: Settings
  /** Reads `CONFIG_FILE`; throws like `fs.readFileSync`. */
  readonly readFile: (path: string) => string
  readonly platforms: readonly PlatformReader[]
  /** The connector's, for the `Client` field of requests to Mews. */
  readonly version: string
}

/** How Mews sees every installation that gives itself no name of its own. */
export const sharedClient = 'MewsChatConnector'

/** The settings of environment and file as they are given: whether they are right and complete does not matter. An unreadable file counts as empty. */
export const readGivenSettings = ({
  environment,
  readFile,
  platforms,
}: Omit<ConfigSource, 'version'>): Settings => {
  const names = settingNames(platforms)
  const file = readConfigFile(environment, readFile, names, () => {})
  return joinSettings(pickSettings(environment, names), pickSettings(file.settings, names))
}

/** Reads the settings of environment and file into a frozen `Config`. Throws `ConfigError` with everything that is wrong; with the file's problems alone when it has some. */
export const readConfig = ({ environment, readFile, platforms, version }: ConfigSource): Config => {
  const { problems, report } = createProblemList()
  const names = settingNames(platforms)
  const prefixes = settingPrefixes(platforms)
  const given = pickSettings(environment, names)
  const sandbox = isUnconfigured(given, prefixes)
  const file = readConfigFile(environment, readFile, names, report)
  if (problems.length > 0) throw new ConfigError(problems)
  const misspellings = findMisspellings({ environment, names, prefixes, used: file.used })
  const settings = joinSettings(given, pickSettings(file.settings, names))
  const core = readCore(settings, sandbox, version, report)
  const { language } = readRows(textRows, settings, report)
  checkLocales(report)
  checkTexts(file.texts, ['texts'], report)
  if (!sandbox) requireRows([mewsRows.clientToken, mewsRows.webhookTokens], settings, report)
  const properties = sandbox ? [] : readProperties(file.properties, settings, platforms, report)
  const platformConfigs = sandbox ? {} : readPlatforms(platforms, settings, report)
  checkAlarms(core.alarms, properties, report)
  if (problems.length > 0) throw new ConfigError(problems, misspellings)
  return deepFreeze({
    sandbox,
    ...core,
    properties,
    platforms: platformConfigs,
    texts: file.texts,
    language,
    settings,
    misspellings,
  })
}

/** The environment's settings win, except a language that only the desktop means. */
const joinSettings = (given: Settings, inFile: Settings): Settings => {
  const { name } = textRows.language
  const { [name]: language, ...others } = given
  return { ...inFile, ...(yieldsToFile(language, inFile[name]) ? others : given) }
}

/** The core's settings, by where they stand in `Config`. */
const readCore = (
  settings: Settings,
  sandbox: boolean,
  version: string,
  report: ReportProblem,
): Pick<Config, 'logLevel' | 'http' | 'store' | 'mews' | 'relay' | 'alarms'> => {
  const http = readRows(httpRows, settings, report)
  const store = readRows(storeRows, settings, report)
  const { client, clientToken = '', webhookTokens = [], ...mews } = readRows(mewsRows, settings, report)
  return {
    ...readRows(topRows, settings, report),
    http: { ...http, host: readHost(http.host, sandbox, settings, report) },
    store: { ...store, dialect: store.databaseUrl.startsWith('sqlite:') ? 'sqlite' : 'postgres' },
    mews: { ...mews, client: client ?? `${sharedClient} ${version}`, clientToken, webhookTokens },
    relay: readRows(relayRows, settings, report),
    alarms: readRows(alarmRows, settings, report),
  }
}

/** An alarm needs a time and somewhere to go. */
const checkAlarms = (
  { minutes, url, secrets, isTask, isOpenTimeOnly }: Config['alarms'],
  properties: Config['properties'],
  report: ReportProblem,
): void => {
  const { minutes: when, url: where, secrets: secret, isTask: task, isOpenTimeOnly: hours } = alarmRows
  const isSet = minutes !== undefined
  if (isSet && url === undefined && !isTask)
    report(when.name, `must have somewhere to go: set ${where.name}, or ${task.name}=on`)
  if (!isSet && url !== undefined) report(where.name, `must not stand alone: ${when.name} says when`)
  if (!isSet && isTask) report(task.name, `must not stand alone: ${when.name} says when`)
  if (secrets !== undefined && url === undefined)
    report(secret.name, `must not stand alone: it signs what goes to ${where.name}`)
  if (isOpenTimeOnly && properties.every(({ hours: known }) => known === undefined))
    report(hours.name, 'must be all where no property of CONFIG_FILE has hours')
}

/** Sandbox and anonymous bot take anybody for a guest, so nobody else may reach them. */
const readHost = (host: string, sandbox: boolean, settings: Settings, report: ReportProblem): string => {
  const anonymous =
    /^(?:true|1)$/i.test(settings['BOT_ALLOW_ANONYMOUS'] ?? '') && settings['MicrosoftAppId'] === undefined
  if (!sandbox && !anonymous) return host
  if (settings[httpRows.host.name] !== undefined && host !== '127.0.0.1' && host !== 'localhost')
    report(
      'HOST',
      'must be 127.0.0.1 or left out while guests are not authenticated (sandbox, BOT_ALLOW_ANONYMOUS)',
    )
  return '127.0.0.1'
}

/** Freezes plain objects and arrays all the way down; buffers, dates and the like stay as they are. */
const deepFreeze = <T>(value: T): T => {
  const isPlain =
    Array.isArray(value) ||
    (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
  if (!isPlain || Object.isFrozen(value)) return value
  for (const element of Object.values(value as object)) deepFreeze(element)
  return Object.freeze(value)
}
