import type { Entry } from '../../store/lanes/types.ts'
import { createDesk, type Desk, type OpeningHours, tellOpening } from '../../util/opening-hours.ts'
import type { RelayContext } from '../context.ts'
import { sayToGuest } from '../entries/notice.ts'
import { platformOf } from '../ids.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { type Plan, waitsIn } from '../turns/plan.ts'

/** A hotel's desk; undefined where its hours or its time zone are not known. */
export type DeskOf = () => (Desk & { readonly timeZone: string }) | undefined

/** Keeps a hotel's desk as long as its time zone stays the same. */
export const createDeskOf = (
  { hours, log }: Pick<RelayContext, 'hours' | 'log'>,
  { key, enterprise }: Pick<HotelConnection, 'key' | 'enterprise'>,
): DeskOf => {
  const own = hours?.get(key)
  let made: { readonly timeZone: string; readonly desk: Desk | undefined } | undefined
  return () => {
    const { timeZone } = enterprise()
    if (own === undefined || timeZone === undefined) return undefined
    if (made?.timeZone !== timeZone) made = { timeZone, desk: make(own.hours, timeZone) }
    return made.desk && { ...made.desk, timeZone }
  }

  function make(given: OpeningHours, timeZone: string): Desk | undefined {
    try {
      return createDesk(given, timeZone)
    } catch {
      log.warn({ property: key, timeZone }, 'the time zone is not known here: opening hours do not count')
      return undefined
    }
  }
}

/** What the guest is told with the message that reached the hotel: when the desk opens, where it is closed; once for each time it is closed. */
export type TellClosed = (plan: Plan) => readonly Entry[]

export const createTellClosed = (context: RelayContext, hotel: HotelConnection): TellClosed => {
  const { hours, adapters, wording, clock } = context
  const toldOn = hours?.get(hotel.key)?.toldOn
  const deskOf = createDeskOf(context, hotel)

  const isTold = (platform: string): boolean =>
    toldOn?.includes(platform) ?? adapters.get(platform)?.asks !== false

  return (plan) => {
    const { conversation, address, language } = plan
    const desk = deskOf()
    if (desk === undefined || address === undefined || !isTold(platformOf(conversation))) return []
    if (waitsIn(plan).length === 0) return []
    const now = hotel.mews.clock.now()
    const until = desk.closedUntil(now)
    if (until === undefined) return []
    const { timeZone } = desk
    const texts = wording.forGuest(language, hotel.key)
    const { time: opens, day } = tellOpening(until, { now, timeZone, language: texts.language })
    const text =
      day === undefined ? texts.say('deskOpens', { opens }) : texts.say('deskOpensOn', { opens, day })
    const key = `closed:${conversation}:${hotel.key}:${until}`
    return [sayToGuest(conversation, { text, address }, [key], clock.now())]
  }
}
