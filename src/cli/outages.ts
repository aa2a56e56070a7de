import { createReadOutages, type Outage } from '../admin/outages.ts'
import type { Config } from '../config/config.ts'
import type { Clock } from '../port.ts'
import { readRecorded, sinceOf } from '../relay/property/gate.ts'
import type { OpenStore } from '../store/open-store.ts'
import type { CommandWorld } from './command.ts'
import { localTime, plainLine } from './output.ts'

/** A connector that runs notes every ten minutes that it goes on trying. What was noted earlier tells nothing of now. */
const notedMs = 20 * 60_000

/** Says first what holds messages up, as far as a running connector has recorded it, on standard error; resolves with it. */
export const tellOutages = async (
  { admin: { figures }, marks }: OpenStore,
  { properties, platforms: on }: Config,
  clock: Clock,
  { platforms, warn }: CommandWorld,
): Promise<readonly Outage[]> => {
  const names = platforms.filter(({ name }) => Object.hasOwn(on, name))
  const outages = await createReadOutages({
    figures,
    properties: properties.map(({ key, name }) => ({
      key,
      name,
      state: async () => {
        const { failing, reason, triedAt } = await readRecorded(key, marks)
        const isNow = Math.abs(clock.now() - triedAt) < notedMs
        return { failingSince: isNow ? sinceOf(failing) : null, reason, requestsLeft: undefined }
      },
    })),
    platforms: new Map(names.map(({ name, routeName }) => [name, routeName])),
    clock,
  })()
  for (const { what, since, waiting, reason } of outages) {
    const more = waiting === undefined ? '' : `; ${waiting}`
    warn(plainLine(`${what} since ${localTime(since)}${more}.${reason === undefined ? '' : ` ${reason}`}`))
  }
  return outages
}
