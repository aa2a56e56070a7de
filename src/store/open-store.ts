import type { SharedClock } from '../clock.ts'
import type { Clock } from '../port.ts'
import type { AdminStore } from './admin/types.ts'
import type { Store } from './types.ts'

/** An open store, with what the console and the commands read and change. */
export interface OpenStore extends Store {
  /** What time it is in the database, in milliseconds since 1970; rejects where the database has no clock of its own. */
  time(): Promise<number>
  readonly admin: AdminStore
  /**
   * Takes over a copy that `stampBackup` stamped: what waits is looked up before it is sent, and every lane loses its holder. Changes
   * nothing without a stamp.
   */
  takeUpBackup(): Promise<void>
  /** The text of Redis's `INFO` from the Keyv backend. Undefined for a backend without one; rejects while it is unreachable. */
  readonly keyvInfo?: () => Promise<string | undefined>
}

export interface StoreOptions {
  /** `sqlite:<relative or absolute path>`, the file and its folder are made; or `postgres://…`, a database that exists. */
  readonly url: string
  /** Another Keyv backend for bindings and installations. */
  readonly keyvUrl?: string | undefined
  readonly clock: Clock
  /** Makes `clock` follow the clock of a database that several processes share. It does before anything is written or judged by it. */
  readonly follow?: SharedClock['follow'] | undefined
  /**
   * For `serve`. On SQLite no other process may serve from this database, and leases left by a crash end at once; on PostgreSQL the
   * processes wake each other up. Without it the spool is drained first, since no `serve` may be running to do it.
   */
  readonly exclusive: boolean
  /** On a thread of its own. Default false. */
  readonly apart?: boolean
}
