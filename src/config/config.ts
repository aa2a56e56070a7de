import type { LogLevel } from '../log.ts'
import type { Settings } from '../port.ts'
import type { Texts } from '../relay/texts.ts'
import type { PropertyConfig } from './properties.ts'

/** Everything that can be set, read and frozen. Times are in milliseconds; addresses have no slash at their end. */
export interface Config {
  /** Nothing was configured: simulated hotel and guests, on loopback. `properties` and `platforms` are empty then. */
  readonly sandbox: boolean
  readonly logLevel: LogLevel
  readonly http: {
    readonly port: number
    readonly host: string
    readonly publicUrl: string | undefined
    /** How long requests are still taken once the process was asked to stop. */
    readonly stopDelayMs: number
    readonly adminToken: string | undefined
    /** What `/metrics` wants as a bearer token; undefined: nothing. */
    readonly metricsToken: string | undefined
  }
  readonly store: {
    readonly dialect: 'sqlite' | 'postgres'
    readonly databaseUrl: string
    /** Where bindings and installations live when not in the database. */
    readonly keyvUrl: string | undefined
    /** 32 bytes. */
    readonly encryptionKey: Buffer | undefined
    readonly retentionMs: number | undefined
  }
  readonly mews: {
    readonly platformAddress: string
    /** Empty in the sandbox. */
    readonly clientToken: string
    readonly client: string
    /** One, or two while it is rotated; none in the sandbox. */
    readonly webhookTokens: readonly string[]
    readonly requestsPer30s: number
    readonly timeoutMs: number
  }
  readonly relay: {
    readonly idleMs: number
    readonly giveUpMs: number
    readonly retryMs: number
    readonly confirmMs: number
    readonly syncMs: number
  }
  readonly properties: readonly PropertyConfig[]
  /** Those that are on: their adapters' own configurations by adapter name. */
  readonly platforms: Readonly<Record<string, unknown>>
  readonly texts: Partial<Texts>
  /** The settings as they were given, the environment's before the file's. */
  readonly settings: Settings
}
