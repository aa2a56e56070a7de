import type { Config } from '../config/config.ts'
import { createConnector, type Connector, type Platform, type Surroundings } from '../connector.ts'

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
}

/** Runs the connector until it is asked to stop. Rejects when it cannot start. */
export const serve = async (options: ServeOptions): Promise<void> => {
  const { config, platforms, surroundings, print, hint = '', stopped, onListening } = options
  const connector: Connector = await createConnector(config, platforms, surroundings)
  try {
    const { address } = await connector.start()
    onListening?.(address)
    print(`mews-chat listening on ${address}${hint}`)
    surroundings.log.info({ address, platforms: Object.keys(config.platforms) }, 'connector started')
    await stopped
  } finally {
    surroundings.log.info({}, 'connector stopping')
    await connector.stop()
  }
}
