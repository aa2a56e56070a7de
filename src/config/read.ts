import type { ReportProblem, Settings } from '../port.ts'
import type { Config } from './config.ts'
import { readConfigFile, readTexts } from './file.ts'
import { isUnconfigured, pickSettings } from './names.ts'
import { type PlatformReader, readPlatforms } from './platform.ts'
import { ConfigError, createProblemList } from './problems.ts'
import { readProperties } from './properties.ts'
import { type CoreSettings, settingsSchema } from './schema.ts'

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
}: Pick<ConfigSource, 'environment' | 'readFile'>): Settings => ({
  ...pickSettings(readConfigFile(environment, readFile, () => {}).settings),
  ...pickSettings(environment),
})

/** Reads the settings of environment and file into a frozen `Config`. Throws `ConfigError` with everything that is wrong; with the file's problems alone when it has some. */
export const readConfig = ({ environment, readFile, platforms, version }: ConfigSource): Config => {
  const { problems, report } = createProblemList()
  const given = pickSettings(environment)
  const sandbox = isUnconfigured(given)
  const file = readConfigFile(environment, readFile, report)
  if (problems.length > 0) throw new ConfigError(problems)
  const settings = { ...pickSettings(file.settings), ...given }
  const core = readSettings(settings, report)
  const host = readHost(sandbox, settings, core.HOST, report)
  const texts = readTexts(file.texts, report)
  if (!sandbox) requireMews(settings, report)
  const properties = sandbox ? [] : readProperties(file.properties, settings, platforms, report)
  const platformConfigs = sandbox ? {} : readPlatforms(platforms, settings, report)
  if (problems.length > 0) throw new ConfigError(problems)
  return deepFreeze({
    sandbox,
    ...toGroups(core, host, version),
    properties,
    platforms: platformConfigs,
    texts: core.LANGUAGE === undefined ? texts : { ...texts, language: core.LANGUAGE },
    settings,
  })
}

/** The core's settings, each wrong one replaced by its default so that all problems are found at once. */
const readSettings = (settings: Settings, report: ReportProblem): CoreSettings => {
  const { success, data, error } = settingsSchema.safeParse(settings)
  if (success) return data
  const wrong = new Set(error.issues.map(({ path }) => String(path[0])))
  for (const { path, message } of error.issues) report(String(path[0]), message)
  return settingsSchema.parse(
    Object.fromEntries(Object.entries(settings).filter(([name]) => !wrong.has(name))),
  )
}

/** Sandbox and anonymous bot take anybody for a guest, so nobody else may reach them. */
const readHost = (
  sandbox: boolean,
  settings: Settings,
  host: string | undefined,
  report: ReportProblem,
): string => {
  const anonymous =
    /^(?:true|1)$/i.test(settings['BOT_ALLOW_ANONYMOUS'] ?? '') && settings['MicrosoftAppId'] === undefined
  if (!sandbox && !anonymous) return host ?? '0.0.0.0'
  if (host !== undefined && host !== '127.0.0.1' && host !== 'localhost')
    report(
      'HOST',
      'must be 127.0.0.1 or left out while guests are not authenticated (sandbox, BOT_ALLOW_ANONYMOUS)',
    )
  return '127.0.0.1'
}

const requireMews = (settings: Settings, report: ReportProblem): void => {
  if (settings['MEWS_CLIENT_TOKEN'] === undefined)
    report('MEWS_CLIENT_TOKEN', 'must be set to the client token that Mews gave for this integration')
  if (settings['MEWS_WEBHOOK_TOKEN'] === undefined)
    report(
      'MEWS_WEBHOOK_TOKEN',
      'must be set to the secret in the webhook’s address, ?Token=…; openssl rand -hex 32 makes one',
    )
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

const toGroups = (
  core: CoreSettings,
  host: string,
  version: string,
): Pick<Config, 'logLevel' | 'http' | 'store' | 'mews' | 'relay'> => ({
  logLevel: core.LOG_LEVEL,
  http: {
    port: core.PORT,
    host,
    publicUrl: core.PUBLIC_URL,
    stopDelayMs: core.STOP_DELAY_SECONDS,
    adminToken: core.ADMIN_TOKEN,
    metricsToken: core.METRICS_TOKEN,
  },
  store: {
    dialect: core.DATABASE_URL.startsWith('sqlite:') ? 'sqlite' : 'postgres',
    databaseUrl: core.DATABASE_URL,
    keyvUrl: core.KEYV_URL,
    encryptionKey: core.ENCRYPTION_KEY,
    retentionMs: core.RETENTION_DAYS,
  },
  mews: {
    platformAddress: core.MEWS_PLATFORM_ADDRESS,
    clientToken: core.MEWS_CLIENT_TOKEN ?? '',
    client: core.MEWS_CLIENT ?? `${sharedClient} ${version}`,
    webhookTokens: core.MEWS_WEBHOOK_TOKEN ?? [],
    requestsPer30s: core.MEWS_REQUESTS_PER_30S,
    timeoutMs: core.MEWS_TIMEOUT_SECONDS,
  },
  relay: {
    idleMs: core.THREAD_IDLE_DAYS,
    giveUpMs: core.DELIVERY_GIVE_UP_HOURS,
    retryMs: core.DELIVERY_RETRY_SECONDS,
    confirmMs: core.MEWS_CONFIRM_SECONDS,
    syncMs: core.MEWS_SYNC_SECONDS,
  },
})
