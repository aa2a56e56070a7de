import { portfolioReason } from '../../mews/wire.ts'
import type { HotelConnection, RelayContext } from '../context.ts'
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
  { key, mews, enterprise, gate }: HotelConnection,
): Worker => {
  let refused = false

  const recallTimeZone = async (): Promise<void> => {
    enterprise.timeZone ??= await store.marks.get(timeZoneMark(key))
  }

  /** Whether this is known now. */
  const learn = async (stop: AbortSignal): Promise<boolean> => {
    const asked = mews.readConfiguration(stop)
    const [{ enterprise: found }] = await Promise.all([asked, recallTimeZone()])
    if (found.isPortfolio) {
      gate.failed('configuration/get', portfolioReason(found.name), heldBackMs)
      if (!refused) log.error({ property: key }, portfolioReason(found.name))
      refused = true
      return false
    }
    gate.succeeded('configuration/get')
    const { timeZone } = found
    if (enterprise.id === undefined) {
      await store.marks.set(enterpriseMark(key), found.id)
      enterprise.id = found.id
    }
    if (enterprise.timeZone !== timeZone) {
      await store.marks.set(timeZoneMark(key), timeZone)
      enterprise.timeZone = timeZone
    }
    const skewMs = mews.clock.skewMs()
    log.info({ property: key, enterpriseId: found.id, timeZone, skewMs }, 'property known')
    return true
  }

  return {
    run: async (stop) => {
      while (!stop.aborted) {
        try {
          if (await learn(stop)) return
        } catch (error) {
          if (stop.aborted) return
          if (enterprise.id === undefined) log.warn({ property: key, err: error }, 'property not known yet')
          else log.debug({ property: key, err: error }, 'time zone of the property not known yet')
        }
        await clock.sleep(againAfterMs, stop)
      }
    },
  }
}
