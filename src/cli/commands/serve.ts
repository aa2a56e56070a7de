import type { Config } from '../../config/config.ts'
import { logMisspellings } from '../../config/misspelling.ts'
import { ConfigError } from '../../config/problems.ts'
import type { Platform, Environment } from '../../connector.ts'
import type { Log } from '../../port.ts'
import { createRuntime, type Runtime } from '../../runtime.ts'

/** How the process ends: 0 after a clean stop. */
export interface ServeOptions {
  readonly config: Config
  readonly platforms: readonly Platform[]
  readonly surroundings: Environment
  /** Prints one line for people. */
  readonly print: (line: string) => void
  /** What is added to the ready line. */
  readonly hint?: string
  /** Resolves when the process is asked to stop. */
  readonly stopped: Promise<void>
  /** Called with the address once the connector listens. */
  readonly onListening?: (address: string) => void
  /** Without it the configuration stays what it is. */
  readonly reloading?: Reloading
}

/** Runs the connector until it is asked to stop. Rejects when it cannot start. */
export const serve = async (options: ServeOptions): Promise<void> => {
  const { config, platforms, surroundings, print, hint = '', stopped, onListening, reloading } = options
  const { log } = surroundings
  const serving = await createRuntime(config, platforms, surroundings)
  try {
    const { address } = await serving.start()
    onListening?.(address)
    print(`mews-chat listening on ${address}${hint}`)
    log.info({ address, platforms: Object.keys(config.platforms) }, 'connector started')
    if (reloading !== undefined) {
      const { asked, ...rest } = reloading
      const reload = createReload({ serving, config, log, ...rest })
      asked(() => void reload())
    }
    await stopped
  } finally {
    log.info({}, 'connector stopping')
    await serving.stop()
  }
}

/** How a running program gets another configuration. */
export interface ReloadOptions {
  readonly serving: Pick<Runtime, 'reload'>
  /** The configuration that it was started with. */
  readonly config: Config
  /** Reads it anew. */
  readonly configure: () => Config
  /** Called with what was taken over. */
  readonly taken?: (config: Config) => void
  readonly log: Log
}

/** What belongs to the process and not to what can be replaced in it. */
const lasting: Readonly<Record<string, (config: Config) => unknown>> = {
  HOST: ({ http }) => http.host,
  PORT: ({ http }) => http.port,
  STOP_DELAY_SECONDS: ({ http }) => http.stopDelayMs,
  DATABASE_URL: ({ store }) => store.databaseUrl,
  KEYV_URL: ({ store }) => store.keyvUrl,
}

const notTaken = 'configuration not taken over, the one before goes on'

/**
 * Makes what is to be called whenever the configuration may have changed. Calls while one is being taken over count as one. What is
 * wrong is logged, problem by problem, and changes nothing; it never rejects.
 */
export const createReload = ({
  serving,
  config,
  configure,
  taken,
  log,
}: ReloadOptions): (() => Promise<void>) => {
  let current = config
  let wanted = false
  let running: Promise<void> | undefined

  const takeOver = async (): Promise<void> => {
    const read = configure()
    if (read.sandbox) {
      log.error({ remedy: 'nothing is set any more: set what the connector needs' }, notTaken)
      return
    }
    for (const [setting, valueOf] of Object.entries(lasting)) {
      if (valueOf(read) !== valueOf(current))
        log.warn({ setting }, 'setting changed: it counts after a restart')
    }
    logMisspellings(read.misspellings, log)
    const next = keepLasting(read, current)
    await serving.reload(next)
    current = next
    taken?.(next)
    const { platforms, properties } = next
    log.info({ platforms: Object.keys(platforms), properties: properties.length }, 'configuration taken over')
  }

  const run = async (): Promise<void> => {
    while (wanted) {
      wanted = false
      try {
        await takeOver()
      } catch (error) {
        if (!(error instanceof ConfigError)) log.error({ err: error }, notTaken)
        else {
          for (const { setting, remedy } of error.problems) log.error({ setting, remedy }, notTaken)
          logMisspellings(error.misspellings, log)
        }
      }
    }
    running = undefined
  }

  return () => {
    wanted = true
    return (running ??= run())
  }
}

/** How a running connector is told that its configuration may have changed. */
interface Reloading extends Pick<ReloadOptions, 'configure' | 'taken'> {
  /** Calls back whenever somebody asks for it; also once for what was asked before. */
  readonly asked: (listener: () => void) => void
}

/** The next configuration, with what belongs to the process as it is. */
const keepLasting = (next: Config, { http, store }: Config): Config => ({
  ...next,
  http: { ...next.http, host: http.host, port: http.port, stopDelayMs: http.stopDelayMs },
  store: { ...next.store, dialect: store.dialect, databaseUrl: store.databaseUrl, keyvUrl: store.keyvUrl },
})
