import { StoreError, type StoreErrorCode } from '../error.ts'
import type { AppendedEntry, QuarantinedEntry } from '../lanes/types.ts'

/** One call of a method of the store: `['log', 'append']`. */
export interface Call {
  readonly id: number
  readonly path: readonly string[]
  readonly args: readonly unknown[]
}

/** The time of the clock outside the thread, which the thread uses, as in `Clock`. */
export interface Times {
  readonly now: number
  readonly monotonic: number
}

/** Calls on their way to the thread. */
export interface Calls extends Times {
  readonly calls: readonly Call[]
}

/** What is left of an error on its way between threads. */
export interface Failure {
  readonly code: StoreErrorCode | undefined
  readonly name: string
  readonly message: string
}

/** How a call ended. */
export type Outcome =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure }

/** The names of a store's methods, as deep as it goes; other values as they are. */
export type Shape = { readonly [name: string]: 'method' | { readonly value: unknown } | Shape }

/**
 * What comes from the thread: first what was opened or why not, then outcomes, groups in which something may be claimable, and entries that
 * were appended or quarantined.
 */
export type News =
  | { readonly opened: Shape }
  | { readonly failure: Failure }
  | {
      readonly outcomes: readonly Outcome[]
      readonly groups: readonly string[]
      readonly appended: readonly AppendedEntry[]
      readonly quarantined: readonly QuarantinedEntry[]
    }

export const toFailure = (error: unknown): Failure => ({
  code: error instanceof StoreError ? error.code : undefined,
  name: error instanceof Error ? error.name : 'Error',
  message: error instanceof Error ? error.message : String(error),
})

/** The error again, as a `StoreError` where it was one. */
export const toError = ({ code, name, message }: Failure): Error =>
  code === undefined ? Object.assign(new Error(message), { name }) : new StoreError(code, message)
