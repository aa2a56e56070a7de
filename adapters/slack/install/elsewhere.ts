import type { Clock } from '../../../src/port.ts'
import type { Installations, StoredInstallation } from './stored.ts'

/** How often, and how many times, the records are looked into. */
const everyMs = 1000
const maxLooks = 5

/** What stands in the records in the place of an installation, because another instance was faster or the app was installed again. */
export interface Elsewhere {
  /** Now. */
  find(key: string, old: StoredInstallation): Promise<StoredInstallation | undefined>
  /** Within some seconds: what another instance has had may not be written yet. */
  wait(key: string, old: StoredInstallation): Promise<StoredInstallation | undefined>
}

export const createElsewhere = (installations: Pick<Installations, 'read'>, clock: Clock): Elsewhere => {
  const find: Elsewhere['find'] = async (key, old) => {
    const current = await installations.read(key)
    return current?.botToken === old.botToken ? undefined : current
  }
  return {
    find,
    wait: async (key, old) => {
      for (let looks = 0; looks < maxLooks; looks += 1) {
        const found = await find(key, old)
        if (found !== undefined) return found
        await clock.sleep(everyMs)
      }
      return find(key, old)
    },
  }
}
