import { conversationOf, platformOf } from '../relay/ids.ts'
import { whyUnconfigured } from '../relay/routing/router.ts'
import { readUnprepared } from '../relay/turns/read-run.ts'
import type { ListedTrouble } from '../store/admin/types.ts'
import { withExcerpts } from '../transcript/lines.ts'
import { cutExcerpt } from '../util/text.ts'
import type { TellOptions } from './give-up.ts'
import type { Outage } from './outages.ts'
import type { RepairOptions } from './repair.ts'

/** A delivery in a list, as people read it. */
export interface DescribedDelivery extends ListedTrouble {
  /** The guest's name; empty while it is not known. */
  readonly guest: string
  /** The platform, for people; empty for what belongs to no conversation. */
  readonly platform: string
}

/** How many are read at the same time. */
const readAtOnce = 10

/**
 * Describes what waits: with the words of what no hotel has been told yet, which are read for that alone, with its guest, and with why it
 * waits where that is no fault of its own.
 */
export const describeWaiting = async (
  options: RepairOptions,
  outages: readonly Outage[],
  limit: number,
): Promise<readonly DescribedDelivery[]> => {
  const { repairs, propertyNames } = options
  const properties = new Set(propertyNames.keys())
  const causes = new Map(outages.map(({ group, what }) => [group, `${what}.`]))
  const listed = await describeDeliveries(await withExcerpts(await repairs.waiting(limit), repairs), options)
  const described: DescribedDelivery[] = []
  for (let from = 0; from < listed.length; from += readAtOnce)
    described.push(
      ...(await Promise.all(listed.slice(from, from + readAtOnce).map((one) => withWords(one, options)))),
    )
  return described.map((one) => ({
    ...one,
    reason: whyUnconfigured(one.group, properties) ?? one.reason ?? causes.get(one.group) ?? null,
  }))
}

/** Adds the guests' names and the platforms'. */
export const describeDeliveries = (
  listed: readonly ListedTrouble[],
  { conversations, adapters }: Pick<TellOptions, 'conversations' | 'adapters'>,
): Promise<readonly DescribedDelivery[]> =>
  Promise.all(
    listed.map(async (one) => {
      if (one.kind === 'announcement') return { ...one, guest: '', platform: '' }
      const conversation = conversationOf(one.lane)
      const platform = platformOf(conversation)
      const { guest = '' } = (await conversations.find(conversation)) ?? {}
      return { ...one, guest, platform: adapters.get(platform)?.label ?? platform }
    }),
  )

/** A guest's message that is not prepared yet has its words in the platform's event. */
const withWords = async (
  one: DescribedDelivery,
  { repairs, adapters, clock }: Pick<TellOptions, 'repairs' | 'adapters' | 'clock'>,
): Promise<DescribedDelivery> => {
  if (one.text !== '' || one.kind !== 'event' || one.payload === '') return one
  const payload = await repairs.payloadOf(one.lane, one.pos)
  const adapter = adapters.get(platformOf(conversationOf(one.lane)))
  const { words = '', author = '' } = (await readUnprepared(payload, adapter, clock)) ?? {}
  return { ...one, text: cutExcerpt(words), guest: one.guest === '' ? author : one.guest }
}
