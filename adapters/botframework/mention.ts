import { decodeEntities } from './entities.ts'
import type { Account, Activity, Mention } from './wire.ts'

/** Who we are in a conversation. */
export interface Bot {
  readonly id: string
  readonly name: string | undefined
}

/** The bot as an activity addresses it; without an address, as the app is known to Teams. */
export const botOf = ({ recipient }: Activity, appId: string | undefined): Bot => ({
  id: recipient.id ?? `28:${appId ?? 'bot'}`,
  name: recipient.name,
})

const isBot = ({ id }: Account, bot: Bot): boolean => id === bot.id

/** The name between the tags, as the writer saw it. */
const labelOf = (text: string): string => decodeEntities(text.replaceAll(/<[^<>]*>/g, '')).trim()

const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)

const followingSpace = '(?:[ \\t]|&nbsp;)?'

/** Takes the texts of entities: the bot's go with the space behind them, others leave their label. */
const replaceEntities = (source: string, { mentions }: Activity, bot: Bot): string => {
  const waiting = Map.groupBy(mentions, ({ text }) => text)
  if (waiting.size === 0) return source
  const longestFirst = [...waiting.keys()].toSorted((left, right) => right.length - left.length)
  const pattern = new RegExp(`(${longestFirst.map(escape).join('|')})(${followingSpace})`, 'g')
  return source.replaceAll(pattern, (_all, found: string, space: string) => {
    // Two people of one name have an entity each, in the order of the text; one may also stand for several places.
    const [first, ...rest] = waiting.get(found) ?? []
    if (rest.length > 0) waiting.set(found, rest)
    return first !== undefined && isBot(first.mentioned, bot) ? '' : labelOf(found) + space
  })
}

/** `<at>` in texts; in the HTML copy a span, numbered as the entities are. */
const tags = new RegExp(`<(at|span)\\b([^<>]*)>([^<>]*)</\\1>(${followingSpace})`, 'gi')

const isMentionTag = (tag: string, attributes: string): boolean =>
  tag.toLowerCase() === 'at' || attributes.includes('schema.skype.com/Mention')

/** Says of a tag whether the bot is meant: by its number and label, else by its label, else by the bot's own name. */
const createIsBotTag = (
  { mentions }: Activity,
  bot: Bot,
): ((attributes: string, label: string) => boolean) => {
  const byLabel = new Map<string, Mention[]>()
  for (const mention of mentions)
    for (const label of new Set([labelOf(mention.text), mention.mentioned.name ?? '']))
      byLabel.set(label, [...(byLabel.get(label) ?? []), mention])
  return (attributes, label) => {
    const named = byLabel.get(label) ?? []
    const numbered = mentions[Number(/\b(?:itemid|id)="(\d{1,6})"/i.exec(attributes)?.[1])]
    if (numbered !== undefined && named.includes(numbered)) return isBot(numbered.mentioned, bot)
    return named.length === 0 ? label === bot.name : named.some(({ mentioned }) => isBot(mentioned, bot))
  }
}

/** Takes every mention of the bot out of a text or its HTML copy, and leaves the names of other people. */
export const withoutMentions = (source: string, activity: Activity, bot: Bot): string => {
  const isBotTag = createIsBotTag(activity, bot)
  return replaceEntities(source, activity, bot).replaceAll(
    tags,
    (all, tag: string, attributes: string, inner: string, space: string) => {
      if (!isMentionTag(tag, attributes)) return all
      return isBotTag(attributes, labelOf(inner)) ? '' : inner + space
    },
  )
}

/** Whether the bot was spoken to. Entities say so; where they are missing, a tag with the bot's name does. */
export const mentionsBot = (activity: Activity, bot: Bot): boolean => {
  if (activity.mentions.length > 0) return activity.mentions.some(({ mentioned }) => isBot(mentioned, bot))
  const isBotTag = createIsBotTag(activity, bot)
  const sources = [activity.text, ...activity.attachments.map(({ content }) => content)]
  return sources.some((source) =>
    [...(source ?? '').matchAll(tags)].some(
      ([, tag = '', attributes = '', inner = '']) =>
        isMentionTag(tag, attributes) && isBotTag(attributes, labelOf(inner)),
    ),
  )
}
