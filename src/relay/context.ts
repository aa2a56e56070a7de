import type { Adapter, Clock, Log } from '../port.ts'
import type { Store } from '../store/types.ts'
import type { OpeningHours } from '../util/opening-hours.ts'
import type { Bindings } from './threads/bindings.ts'
import type { Leases } from './lanes/leases.ts'
import type { References } from './ids.ts'
import type { Restored } from './restore/restored.ts'
import type { Router } from './routing/router.ts'
import type { AlarmOptions } from './waits/alert.ts'
import type { Wording } from './wording.ts'

/** How patient the relay is; all in milliseconds. */
export interface RelayTimes {
  /** How long after an attempt with unknown outcome its effect may still appear on the other side. */
  readonly confirmMs: number
  /** The first pause after a failure; it doubles up to `retryMaxMs`. */
  readonly retryMs: number
  readonly retryMaxMs: number
  /** An entry that cannot be delivered for this long ends as failed. */
  readonly giveUpMs: number
  /** A conversation silent for longer starts a new thread. */
  readonly idleMs: number
  /** How often replies are looked for without a webhook. */
  readonly syncMs: number
  /** How long a lane is held without being renewed. */
  readonly leaseMs: number
}

/** When a hotel's desk is open, and on which platforms guests are told so. */
export interface DeskHours {
  readonly hours: OpeningHours
  /** Names of adapters; undefined: all on which guests are asked things. */
  readonly toldOn?: readonly string[] | undefined
}

/** `number`: by a booking site's number alone; `email`: by the guest's address as well. */
export type StaySource = 'number' | 'email'

/** Shared by all parts of the relay. */
export interface RelayContext {
  readonly store: Store
  readonly bindings: Bindings
  readonly leases: Leases
  readonly restored: Restored
  readonly references: References
  /** By platform name. */
  readonly adapters: ReadonlyMap<string, Adapter>
  readonly wording: Wording
  readonly route: Router
  /** The properties' names for people, by key. */
  readonly propertyNames: Map<string, string>
  readonly times: RelayTimes
  /** Left out: no alarm is wanted for guests who wait. */
  readonly alarms?: AlarmOptions | undefined
  /** When desks are open, by property's key; left out: that is known of none. */
  readonly hours?: ReadonlyMap<string, DeskHours>
  /** By what it is looked up whose stay it is, by property's key; left out, and for hotels that are missing: not at all. */
  readonly stays?: ReadonlyMap<string, StaySource>
  readonly clock: Clock
  /** 0 ≤ n < 1. */
  readonly random: () => number
  readonly log: Log
}
