import { portfolioReason } from '../mews/wire.ts'
import type { PropertyLink, RelayContext } from './context.ts'
import { enterpriseMark } from './ids.ts'
import type { Worker } from './worker.ts'

const againAfterMs = 60_000
/** The token is held back for longer than it takes to ask again. */
const heldBackMs = 2 * againAfterMs
/** Beyond this, times that Mews gives and ours cannot be compared safely. */
const largestSkewMs = 60_000

/**
 * Asks Mews which property the access token opens, unless the settings say so, and leaves a mark for the other processes; until it is
 * known, every webhook is taken for this property's.
 */
export const createLearnEnterprise = (
  { store, clock, log }: RelayContext,
  { key, mews, enterprise, gate }: PropertyLink,
): Worker => ({
  run: async (stop) => {
    let refused = false
    while (enterprise.id === undefined && !stop.aborted) {
      try {
        const { now, enterprise: found } = await mews.readConfiguration(stop)
        if (found.isPortfolio) {
          gate.failed('configuration/get', portfolioReason(found.name), heldBackMs)
          if (!refused) log.error({ property: key }, portfolioReason(found.name))
          refused = true
          await clock.sleep(againAfterMs, stop)
          continue
        }
        gate.succeeded('configuration/get')
        const skewMs = now - clock.now()
        await store.marks.set(enterpriseMark(key), found.id)
        enterprise.id = found.id
        log.info({ property: key, enterpriseId: found.id, skewMs }, 'property known')
        if (Math.abs(skewMs) > largestSkewMs)
          log.warn({ property: key, skewMs }, 'this computer’s clock is wrong')
      } catch (error) {
        if (stop.aborted) return
        log.warn({ property: key, err: error }, 'property not known yet')
        await clock.sleep(againAfterMs, stop)
      }
    }
  },
})
