import { portfolioReason } from '../../mews/wire.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from './hotel.ts'
import { enterpriseMark, timeZoneMark } from '../ids.ts'
import type { Worker } from '../worker.ts'

const againAfterMs = 60_000
/** The token is held back for longer than it takes to ask again. */
const heldBackMs = 2 * againAfterMs

/**
 * Asks Mews once which property the access token opens and what its time zone is, and leaves marks: of the id for the other processes,
 * of the zone for the next start. Until the id is known, every webhook is taken for this property's; until the zone is, dates are told
 * in UTC. A portfolio's token is held back, whatever the settings say.
 */
export const createLearnEnterprise = (
  { store, clock, log }: RelayContext,
  hotel: HotelConnection,
): Worker => {
  const { key, mews, gate } = hotel
  let refused = false

  const recallTimeZone = async (): Promise<void> => {
    if (hotel.enterprise().timeZone !== undefined) return
    const timeZone = await store.marks.get(timeZoneMark(key))
    hotel.setEnterprise({ ...hotel.enterprise(), timeZone })
  }

  /** Whether this is known now. */
  const learn = async (signal: AbortSignal): Promise<boolean> => {
    const asked = mews.readConfiguration(signal)
    const [{ enterprise: found }] = await Promise.all([asked, recallTimeZone()])
    if (found.isPortfolio) {
      gate.failed('configuration/get', portfolioReason(found.name), heldBackMs)
      if (!refused) log.error({ property: key }, portfolioReason(found.name))
      refused = true
      return false
    }
    gate.succeeded('configuration/get')
    const { timeZone } = found
    const before = hotel.enterprise()
    if (before.id === undefined) await store.marks.set(enterpriseMark(key), found.id)
    if (before.timeZone !== timeZone) await store.marks.set(timeZoneMark(key), timeZone)
    hotel.setEnterprise({ id: before.id ?? found.id, timeZone })
    const skewMs = mews.clock.skewMs()
    log.info({ property: key, enterpriseId: found.id, timeZone, skewMs }, 'property known')
    return true
  }

  return {
    run: async ({ draining }) => {
      while (!draining.aborted) {
        try {
          if (await learn(draining)) return
        } catch (error) {
          if (draining.aborted) return
          if (hotel.enterprise().id === undefined)
            log.warn({ property: key, err: error }, 'property not known yet')
          else log.debug({ property: key, err: error }, 'time zone of the property not known yet')
        }
        await clock.sleep(againAfterMs, draining)
      }
    },
  }
}
