import { MewsError } from '../../mews/error.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from './hotel.ts'

/** An item is given up: the property has failed for too long, or refuses this item. */
export class GivenUpError extends Error {
  override readonly name = 'GivenUpError'
  /** Only what was recorded up to then is given up, in milliseconds since 1970; undefined: all of it. */
  readonly through: number | undefined

  constructor(reason: string, options: ErrorOptions & { readonly through?: number } = {}) {
    super(reason, options)
    this.through = options.through
  }
}

/** Refusals that are about what was sent, not about the property. */
const itemCodes: ReadonlySet<string> = new Set(['invalid', 'forbidden', 'too-large'])

export const isItemRefusal = (error: unknown): error is MewsError =>
  error instanceof MewsError && itemCodes.has(error.code)

/** Tells the gate of a failure that is the property's own; at a rate limit the budget holds the next calls back already. */
export const holdBack = (
  { gate }: HotelConnection,
  { code, operation, message, afterMs }: MewsError,
): void => {
  if (code === 'limited') gate.limited(operation, message)
  else gate.failed(operation, message, afterMs)
}

/** Since when a property has failed for too long, and why; undefined while it has not. */
export const givenUp = (
  { gate }: HotelConnection,
  { clock, times }: Pick<RelayContext, 'clock' | 'times'>,
): { readonly oldest: number; readonly reason: string } | undefined => {
  const { failingSince, reason } = gate.state()
  const oldest = clock.now() - times.giveUpMs
  return failingSince === null || failingSince > oldest ? undefined : { oldest, reason: reason ?? 'unknown' }
}

/**
 * Makes a call once the property may be called. A failure is answered with what it means for the call: `unknown`, or
 * `again` when certainly nothing happened; both hold the whole property back. Throws `GivenUpError` when it fails and what
 * it is for has waited `since` too long ago, and the `MewsError` of a refusal that is about the call itself.
 */
export type CallProperty = <T>(
  call: { readonly operation: string; readonly since: number; readonly signal: AbortSignal },
  request: () => Promise<T>,
) => Promise<{ readonly answer: T } | 'unknown' | 'again'>

export const createCallProperty =
  (context: RelayContext, hotel: HotelConnection): CallProperty =>
  async ({ operation, since, signal }, request) => {
    await hotel.gate.pass(signal)
    try {
      const answer = await request()
      hotel.gate.succeeded(operation)
      return { answer }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof MewsError) || itemCodes.has(error.code)) throw error
      holdBack(hotel, error)
      const over = givenUp(hotel, context)
      if (over !== undefined && since <= over.oldest)
        throw new GivenUpError(over.reason, { cause: error, through: over.oldest })
      return error.outcome === 'unknown' ? 'unknown' : 'again'
    }
  }
