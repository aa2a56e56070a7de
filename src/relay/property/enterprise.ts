import { portfolioReason } from '../../mews/wire.ts'
import type { RelayContext } from '../context.ts'
import { tagsOf } from '../locales.ts'
import type { HotelConnection } from './hotel.ts'
import { enterpriseMark, languageMark, nameMark, timeZoneMark } from '../ids.ts'
import type { Worker } from '../worker.ts'

const againAfterMs = 60_000
/** The token is held back for longer than it takes to ask again. */
const heldBackMs = 2 * againAfterMs

/**
 * Asks Mews once which property the access token opens, what it is called, and what its time zone and language are, and leaves marks for
 * the other processes and the next start. Until the id is known, every webhook is taken for this property's; until the zone is, dates are told
 * in UTC. A portfolio's token is held back, whatever the settings say.
 */
export const createLearnEnterprise = (context: RelayContext, hotel: HotelConnection): Worker => {
  const { store, clock, log } = context
  const { key, mews, gate } = hotel
  let refused = false

  /** Whether this is known now. */
  const learn = async (signal: AbortSignal): Promise<boolean> => {
    const asked = mews.readConfiguration(signal)
    const [{ enterprise: found }] = await Promise.all([asked, recallHotel(context, hotel)])
    if (found.isPortfolio) {
      gate.failed('configuration/get', portfolioReason(found.name), heldBackMs)
      if (!refused) log.error({ property: key }, portfolioReason(found.name))
      refused = true
      return false
    }
    gate.succeeded('configuration/get')
    const { timeZone, name, language } = found
    const before = hotel.enterprise()
    if (before.id === undefined) await store.marks.set(enterpriseMark(key), found.id)
    if (before.timeZone !== timeZone) await store.marks.set(timeZoneMark(key), timeZone)
    await store.marks.set(nameMark(key), name)
    if (language !== undefined) await store.marks.set(languageMark(key), language)
    hotel.setEnterprise({ id: before.id ?? found.id, timeZone, name, language })
    takeNames(context, hotel)
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

/** Learns at the start, and from what the process that works for a hotel has learned, what the hotels are called and which language is theirs. */
export const createRecallHotels = (context: RelayContext, hotels: readonly HotelConnection[]): Worker => ({
  run: async ({ draining }) => {
    while (!draining.aborted) {
      try {
        await Promise.all(hotels.map((hotel) => recallHotel(context, hotel)))
        if (hotels.every((hotel) => hotel.enterprise().name !== undefined)) return
      } catch (error) {
        context.log.debug({ err: error }, 'the names of hotels could not be read yet')
      }
      await context.clock.sleep(againAfterMs, draining)
    }
  },
})

/** Takes what Mews said of a hotel before, for a process that has not asked it. */
const recallHotel = async (
  context: Pick<RelayContext, 'store' | 'wording' | 'propertyNames'>,
  hotel: Pick<HotelConnection, 'key' | 'name' | 'enterprise' | 'setEnterprise'>,
): Promise<void> => {
  const { key } = hotel
  const marks = [timeZoneMark(key), nameMark(key), languageMark(key)]
  const [timeZone, name, language] = await Promise.all(marks.map((mark) => context.store.marks.get(mark)))
  const known = hotel.enterprise()
  // What Mews has told this process meanwhile is newer.
  hotel.setEnterprise({
    ...known,
    timeZone: known.timeZone ?? timeZone,
    name: known.name ?? name,
    language: known.language ?? language,
  })
  takeNames(context, hotel)
}

/** The hotel's own name is that of the settings where they have one. */
function takeNames(
  { wording, propertyNames }: Pick<RelayContext, 'wording' | 'propertyNames'>,
  hotel: Pick<HotelConnection, 'key' | 'name' | 'enterprise'>,
): void {
  const { key } = hotel
  const { name, language } = hotel.enterprise()
  if (name !== undefined) propertyNames.set(key, hotel.name)
  if (language !== undefined && tagsOf(language).length > 0) wording.learnLanguage(key, language)
}
