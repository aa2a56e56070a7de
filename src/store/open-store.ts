import type { Clock } from '../port.ts'
import type { AdminStore } from './admin/types.ts'
import type { Store } from './types.ts'

/** An open store, with what people want to know of its records. */
export interface OpenStore extends Store {
  /** What time it is in the database, in milliseconds since 1970; rejects where the database has no clock of its own. */
  time(): Promise<number>
  readonly admin: AdminStore
  /** Takes up what `stampBackup` stamped: what waits is looked up before it is sent, and whoever holds a lane loses it. Changes nothing without a stamp. */
  takeUpBackup(): Promise<void>
  /** What another Keyv backend says of itself: the text of Redis's `INFO`. Undefined where it cannot be asked; rejects when it is away. */
  readonly keyvInfo?: () => Promise<string | undefined>
}

export interface StoreOptions {
  /** `sqlite:<relative or absolute path>`, the file and its folder are made; or `postgres://…`, a database that exists. */
  readonly url: string
  /** Another Keyv backend for bindings and installations. */
  readonly keyvUrl?: string | undefined
  readonly clock: Clock
  /**
   * For `serve`. On SQLite nobody else may serve from this database, and leases left by a crash end at once; on PostgreSQL
   * the processes wake each other up. For others what was recorded is placed first: nobody else may be there to do it.
   */
  readonly exclusive: boolean
  /** On a thread of its own. Default false. */
  readonly apart?: boolean
}
