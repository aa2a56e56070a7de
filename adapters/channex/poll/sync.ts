import type { Log, RemoteClock } from '../../../src/port.ts'
import { ChannexError } from '../api/error.ts'
import { isOwnFailure, type LookThrough, type Stretch } from './look-through.ts'
import { firstLookMs, type Looked, type Watermark } from './watermark.ts'

/**
 * Looks through the threads that were active since the last look, and records what guests wrote there. Rejects with `ChannexError` or
 * the store's error; then what was not read is still before the mark, or before its property's own, and is read by a later look.
 */
export type Sync = (signal: AbortSignal) => Promise<void>

/** What `createSync` needs. */
export interface SyncOptions {
  readonly lookThrough: LookThrough
  /** Undefined: every property. */
  readonly propertyId: string | undefined
  readonly watermark: Watermark
  /** Channex's own. */
  readonly clock: RemoteClock
  readonly log: Log
}

/** A clock that differs by more was wrong when a look began. */
const wrongMs = 60_000

/** What could not be read for this long is no longer asked for, because the property may be gone. */
const longestApartMs = 90 * 24 * 60 * 60_000

/**
 * Makes the look. Two at one time do no harm: what both find is recorded once, and a mark that goes back is only a longer look.
 *
 * When all properties are read and the threads of one are refused, that property keeps a watermark of its own, and the common watermark
 * goes on. For 90 days each look tries that property again, which costs a list and three threads at most. Where only one property is looked
 * through, or a thread does not say whose it is, the mark itself stays, and so it does while Channex fails.
 */
export const createSync = ({ lookThrough, propertyId, watermark, clock, log }: SyncOptions): Sync => {
  /** The start of the first look is recorded before it is made, so that a look that fails for days does not begin later each time. */
  const begin = async (now: number): Promise<Looked> => {
    const known = await watermark.get()
    if (known !== undefined) return known
    const first = { ...beginningAt(now - firstLookMs), apart: {} }
    await watermark.set(first)
    return first
  }

  /**
   * Whether a property with its own watermark has nothing left to read, or why that is unknown. If it lists nothing, the refused threads
   * are only hidden.
   */
  const catchUp = async (own: Mark, now: number, signal: AbortSignal): Promise<boolean | ChannexError> => {
    if (own.until < now - longestApartMs) {
      const { propertyId: property } = own
      log.error({ platform: 'channex', property }, 'a property that cannot be read is no longer asked')
      return true
    }
    try {
      const { failure, isListed } = await lookThrough({ ...own, without: new Set(), now }, signal)
      return failure ?? isListed
    } catch (error) {
      if (!signal.aborted && error instanceof ChannexError && isOwnFailure(error)) return error
      throw error
    }
  }

  const sync: Sync = async (signal) => {
    const isTimeKnown = clock.skewMs() !== undefined
    const now = clock.now()
    const before = await begin(now)
    const { begun } = before
    const without = new Set(Object.keys(before.apart))
    const found = await lookThrough({ propertyId, without, begun, until: before.until, now }, signal)
    const aheadMs = now - clock.now()
    if (!isTimeKnown && Math.abs(aheadMs) > wrongMs) {
      // Only now Channex's time is known, and this look began at a wrong one.
      if (begun === now - firstLookMs) await watermark.set({ ...before, ...beginningAt(begun - aheadMs) })
      return sync(signal)
    }
    const until = found.failure === undefined ? found.until : before.until
    const apart = new Map(Object.entries(before.apart))
    for (const refused of found.refused.keys()) apart.set(refused, before.until)
    const save = () => watermark.set({ begun, until, apart: Object.fromEntries(apart) })
    await save()

    const failures = [found.failure]
    for (const [one, since] of apart) {
      const caughtUp = await catchUp({ propertyId: one, begun, until: since }, now, signal)
      if (caughtUp instanceof ChannexError) failures.push(caughtUp)
      else if (!caughtUp) failures.push(found.refused.get(one))
      else if (apart.delete(one)) await save()
    }
    const failure = failures.find((one) => one !== undefined)
    if (failure !== undefined) throw failure
  }
  return sync
}

const beginningAt = (at: number): Pick<Looked, 'begun' | 'until'> => ({ begun: at, until: at })

/** The watermark of a property that could not be read. */
type Mark = Pick<Stretch, 'begun' | 'until'> & { readonly propertyId: string }
