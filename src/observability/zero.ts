import type { Adapter } from '../port.ts'
import type { Metrics } from './metrics.ts'

/** Which kinds of entries there are in each direction. */
const kinds = { turn: ['event', 'notice'], reply: ['reply', 'notice'] } as const
const directions = ['turn', 'reply'] as const
const outcomes = ['delivered', 'failed'] as const

/**
 * Lets every counter that alerts look at begin at 0: Prometheus sees no increase in a series that appears with 1, so the first
 * failure after a start would alarm nobody.
 */
export const beginAtZero = (
  { recorded, settled, repeated, lost, platformEvents }: Metrics,
  adapters: Iterable<Pick<Adapter, 'name' | 'counts'>>,
  properties: readonly string[],
): void => {
  for (const property of properties) lost.inc({ property }, 0)
  for (const { name: platform, counts = [] } of adapters) {
    for (const event of counts) platformEvents.inc({ platform, event }, 0)
    for (const direction of directions) {
      repeated.inc({ direction, platform }, 0)
      for (const kind of kinds[direction]) recorded.inc({ direction, platform, kind }, 0)
      // Notices, and turns that were never for any hotel, are no property's.
      for (const property of [...properties, ''])
        for (const outcome of outcomes) settled.inc({ direction, platform, property, outcome }, 0)
    }
  }
}
