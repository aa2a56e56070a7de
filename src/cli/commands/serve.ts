import type { Config } from '../../config/config.ts'
import type { Platform, Surroundings } from '../../connector.ts'
import { createServing } from '../../runtime.ts'
import { createReload, type ReloadOptions } from './reload.ts'

/** How a running connector is told that its configuration may have changed. */
interface Reloading extends Pick<ReloadOptions, 'configure' | 'taken'> {
  /** Calls back whenever somebody asks for it; also once for what was asked before. */
  readonly asked: (listener: () => void) => void
}

/** How the process ends: 0 after a clean stop. */
export interface ServeOptions {
  readonly config: Config
  readonly platforms: readonly Platform[]
  readonly surroundings: Surroundings
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
  const serving = await createServing(config, platforms, surroundings)
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
