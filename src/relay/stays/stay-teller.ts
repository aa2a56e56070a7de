import pLimit from 'p-limit'
import { MewsError } from '../../mews/error.ts'
import type { Identity } from '../../port.ts'
import type { Entry } from '../../store/lanes/types.ts'
import type { UntoldStay } from '../../store/types.ts'
import { resultWithin } from '../../util/time-limit.ts'
import type { RelayContext, StaySource } from '../context.ts'
import { sayToStaff } from '../entries/notice.ts'
import { platformOf } from '../ids.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { untilInMewsTime } from '../restore/restored.ts'
import { repeat, type Worker } from '../worker.ts'
import { createFindStays, type FindStays, type FoundStays } from './find-stays.ts'
import { createPermission } from './permission.ts'
import { formatStays } from './words.ts'

/**
 * Tells the staff, in each new thread, whose stay it is. Settlements note the threads; here the guest is looked up, and the line is recorded as
 * a notice. No message waits for that. What cannot be had within seconds is left out: the thread says enough without.
 */
export const createStayTeller = (
  context: RelayContext,
  hotel: HotelConnection,
  source: StaySource,
): Worker => {
  const { store, clock, log } = context
  const tell = createTell(context, hotel, source)
  const limit = pLimit(looksAtOnce)

  return {
    run: ({ draining }) =>
      repeat(
        'stays',
        async () => {
          const untold = await store.waits.untoldStays(hotel.key, mostAtOnce)
          await Promise.all(untold.map((one) => limit(() => tell(one, draining))))
          if (untold.length < mostAtOnce) await clock.sleep(pollMs, draining)
        },
        { clock, log },
        draining,
      ),
  }
}

const pollMs = 1_000

const mostAtOnce = 20

const looksAtOnce = 4

/** The line comes within ten seconds: these together, and the pauses before and after. */
const identifyMs = 3_000

const lookMs = 4_000

/** How often it is asked whether requests are to spare. */
const sparePollMs = 250

/** The most that one look takes. */
const mostRequests = 4

/** How a look ended, as the log has it. */
type Result = FoundStays | 'unknown guest' | 'nothing found' | 'late' | 'refused' | 'failed' | 'put back'

const createTell = (context: RelayContext, hotel: HotelConnection, source: StaySource) => {
  const { store, adapters, restored, wording, clock, log } = context
  const { key: property, mews } = hotel
  const look = createLook(context, hotel)

  const identify = async ({ conversation, payload }: UntoldStay, signal: AbortSignal): Promise<Identity> => {
    const adapter = adapters.get(platformOf(conversation))
    if (payload === '' || adapter?.identify === undefined) return {}
    const known = await resultWithin({ clock, ms: identifyMs, signal }, async (late) =>
      adapter.identify?.(payload, late).catch(() => undefined),
    )
    const { bookingNumber = '', email = '' } = known ?? {}
    return { bookingNumber, ...(source === 'email' && { email }) }
  }

  /** The records that were lost with a backup may have told it. */
  const isPutBack = async ({ at }: UntoldStay): Promise<boolean> => {
    const span = await restored.span()
    return span !== undefined && at <= untilInMewsTime(span, mews.clock, clock)
  }

  const find = async (one: UntoldStay, draining: AbortSignal): Promise<Result> => {
    if (await isPutBack(one)) return 'put back'
    const identity = await identify(one, draining)
    if (!identity.bookingNumber && !identity.email) return 'unknown guest'
    return look(identity, draining)
  }

  const toEntry = ({ thread, conversation }: UntoldStay, found: FoundStays): Entry => {
    const { timeZone } = hotel.enterprise()
    const texts = wording.forStaff(property)
    const text = formatStays(found, { texts, timeZone, now: mews.clock.now() })
    return sayToStaff(conversation, { text, property }, [`stay:${thread}`], clock.now())
  }

  return async (one: UntoldStay, draining: AbortSignal): Promise<void> => {
    const result = await find(one, draining)
    // The next start looks again.
    if (draining.aborted) return
    const isFound = typeof result === 'object'
    await store.waits.stayTold(one.thread, isFound ? [toEntry(one, result)] : [])
    const { conversation } = one
    const outcome = isFound ? `found ${result.stays.length}` : result
    log.info({ property, conversation, outcome }, 'stay looked up')
  }
}

/** Looks where Mews permits it and has requests to spare; never longer than the limit, and never touching the property's gate. */
const createLook = (context: RelayContext, hotel: HotelConnection) => {
  const { clock, log } = context
  const { mews, budget, gate, key: property } = hotel
  const permission = createPermission(context, property)
  const findStays: FindStays = createFindStays(mews.stays, { clock, mewsClock: mews.clock })

  const whenSpare = async (signal: AbortSignal): Promise<void> => {
    await gate.pass(signal)
    while (!signal.aborted && budget.isShort(mostRequests)) await clock.sleep(sparePollMs, signal)
  }

  const ask = async (identity: Identity, signal: AbortSignal): Promise<Result> => {
    await whenSpare(signal)
    const found = await findStays(identity, signal)
    await permission.granted()
    return found ?? 'nothing found'
  }

  return async (identity: Identity, draining: AbortSignal): Promise<Result> => {
    if (permission.isRefused()) return 'refused'
    try {
      const asked = await resultWithin({ clock, ms: lookMs, signal: draining }, (late) =>
        ask(identity, AbortSignal.any([late, draining])),
      )
      return asked ?? 'late'
    } catch (error) {
      if (!(error instanceof MewsError)) throw error
      const { operation, code, status } = error
      if (code === 'aborted') return 'late'
      // The message may quote the address that was asked for.
      log.debug({ property, operation, code, status }, 'a stay could not be looked up')
      return (await permission.lost(error)) ? 'refused' : 'failed'
    }
  }
}
