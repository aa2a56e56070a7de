import type { PropertyLink, RelayContext } from './context.ts'
import { enterpriseMark } from './ids.ts'
import type { Worker } from './worker.ts'

const againAfterMs = 60_000
/** Beyond this, times that Mews gives and ours cannot be compared safely. */
const largestSkewMs = 60_000

/**
 * Asks Mews which property the access token opens, unless the settings say so, and leaves a mark for the other processes; until it is
 * known, every webhook is taken for this property's.
 */
export const createLearnEnterprise = (
  { store, clock, log }: RelayContext,
  { key, mews, enterprise }: PropertyLink,
): Worker => ({
  run: async (stop) => {
    while (enterprise.id === undefined && !stop.aborted) {
      try {
        const { now, enterprise: found } = await mews.readConfiguration(stop)
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
