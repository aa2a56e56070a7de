import type { Entry } from '../../store/types.ts'
import { answerKey, answersTo } from '../commands.ts'
import type { RelayContext } from '../context.ts'
import { type Hotel, toChoices, toList } from './hotels.ts'
import { sayToGuest } from '../entries/notice.ts'
import type { ReadEntry } from '../turns/read-run.ts'
import { fill } from '../texts.ts'
import { hasEvaded, isWish, questionKey, reminderKey, type UnroutedRun } from './unrouted-run.ts'

/** Only what was not said before. */
const fresh = async (entries: readonly Entry[], { store }: RelayContext): Promise<readonly Entry[]> => {
  const known = await store.log.recorded(entries.flatMap(({ keys }) => keys))
  return entries.filter(({ keys }) => !keys.some((key) => known.has(key)))
}

/** The question: once for what made it necessary, again for whoever wishes for a new conversation, and one reminder. */
const questions = (unrouted: UnroutedRun, { texts, clock }: RelayContext): readonly Entry[] => {
  const { run, conversation, hotels, address, kept } = unrouted
  const [first] = kept
  if (first === undefined || address === undefined) return []
  const ask = (name: 'whichHotel' | 'whichHotelAgain', ...keys: readonly string[]): Entry => {
    const text = fill(texts[name], { hotels: toList(hotels) })
    return sayToGuest(conversation, { text, address, choices: toChoices(hotels) }, keys, clock.now())
  }
  const { pos } = first.entry
  const wishes = kept.filter(isWish).map(({ entry }) => answerKey(run.lane, entry.pos))
  const begun = isWish(first) ? wishes.slice(0, 1) : []
  return [
    ask('whichHotel', questionKey(run.lane, pos), ...begun),
    ...wishes.slice(begun.length).map((key) => ask('whichHotel', key)),
    ...(hasEvaded(unrouted) ? [ask('whichHotelAgain', reminderKey(run.lane, pos))] : []),
  ]
}

/** What is to be said to these entries of a run, and was not yet; `hotel`: the one that the guest has named. */
export const toSay = async (
  unrouted: UnroutedRun,
  read: readonly ReadEntry[],
  hotel: Hotel | undefined,
  context: RelayContext,
): Promise<readonly Entry[]> => {
  const { conversation, address, adapter, kept } = unrouted
  const commands = read.filter((one) => !(isWish(one) && kept.includes(one)))
  const answers = await answersTo(commands, { conversation, address, hotel: hotel?.name }, context)
  const asks = hotel === undefined && adapter.asks !== false ? questions(unrouted, context) : []
  return fresh([...answers, ...asks], context)
}
