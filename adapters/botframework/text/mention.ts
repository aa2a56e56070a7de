import { decodeEntities, type HtmlToken } from './html-tokens.ts'
import type { Account, Activity, Mention } from '../wire.ts'

/** Who we are in a conversation. */
export interface Bot {
  readonly id: string
  readonly name: string | undefined
  /** Every id that stands for us, in lower case. */
  readonly ids: ReadonlySet<string>
}

/** The bot as an activity addresses it; without an address, as the app is known to Teams. */
export const botOf = ({ recipient }: Pick<Activity, 'recipient'>, appId: string | undefined): Bot => {
  const ids = [recipient.id, ...(appId === undefined ? [] : [`28:${appId}`, appId])]
  return {
    id: recipient.id ?? `28:${appId ?? 'bot'}`,
    name: recipient.name,
    ids: new Set(ids.flatMap((id) => id?.toLowerCase() ?? [])),
  }
}

/** Whether an id is one of ours: Teams does not write the app's id in the same case everywhere. */
export const isBotId = (id: string | undefined, { ids }: Bot): boolean =>
  id !== undefined && ids.has(id.toLowerCase())

/** Who is mentioned in one activity. */
export interface Mentions {
  /** The text without mentions of the bot; others leave their names. */
  cleanText(text: string): string
  /** The same for HTML. */
  cleanHtml(tokens: readonly HtmlToken[]): readonly HtmlToken[]
  /**
   * Whether the bot was spoken to, as far as entities and what was cleaned say. `mentioned.id` decides; where Teams left out
   * what would tell, it is taken for a mention of the bot: what a bot gets in a group mentions it, unless it may hear everything.
   */
  isAddressed(): boolean
}

/** Reads the mentions of an activity: by entities, and by tags where entities are missing. */
export const createMentions = ({ mentions }: Pick<Activity, 'mentions'>, bot: Bot): Mentions => {
  let isNamed = false
  /** Tells for each tag whether it mentions the bot. */
  const resolve = (tags: readonly MentionTag[]): readonly boolean[] =>
    pair(tags, mentions, bot).map((mention, index) => {
      if (mention !== undefined) return isBot(mention, bot)
      const isByName = bot.name === undefined || tags[index]?.label === toLabel(bot.name)
      isNamed ||= isByName
      return isByName && bot.name !== undefined
    })
  return {
    cleanText: (text) => cleanTags(withoutPlainMentions(text, mentions, bot), resolve),
    cleanHtml: (tokens) => cleanTokens(tokens, resolve),
    isAddressed: () => isNamed || mentions.some((mention) => isBot(mention, bot) || isUnclear(mention, bot)),
  }
}

/** `<at>` in texts, and what follows. */
const tagPattern = /<at\b([^<>]*)>([^<>]*)<\/at>((?:[ \t\u00a0]|&nbsp;)?)/gi

/** A mention as it stands in a text or its HTML copy. */
interface MentionTag {
  readonly label: string
  /** The entity's place among the others, where the tag says it. */
  readonly number: number | undefined
}

/**
 * Finds each tag's entity: by its number and label, else by its label, else by its number alone, since Teams may show another name
 * than it tells. What is left on both sides belongs together in its order. Undefined: the tag has no entity.
 */
function pair(
  tags: readonly MentionTag[],
  mentions: readonly Mention[],
  bot: Bot,
): readonly (Mention | undefined)[] {
  const byLabel = Map.groupBy(
    mentions.flatMap((mention) => [...new Set(labelsOf(mention))].map((label) => ({ label, mention }))),
    ({ label }) => label,
  )
  const byIndex = new Map(mentions.map((mention) => [mention.index, mention]))
  const used = new Set<Mention>()
  const paired = tags.map(({ label, number = -1 }) => {
    const numbered = [byIndex.get(number), mentions[number]].filter((mention) => mention !== undefined)
    const named = byLabel.get(label) ?? []
    // Two people of one name have an entity each, in the order of the text; one may also stand for several places.
    while (named.length > 1 && named[0] !== undefined && used.has(named[0].mention)) named.shift()
    const found =
      numbered.find((mention) => labelsOf(mention).includes(label)) ?? named[0]?.mention ?? numbered[0]
    if (found !== undefined) used.add(found)
    return found
  })
  const left = mentions.filter((mention) => !used.has(mention))
  const isOurs = (label: string | undefined): boolean => bot.name !== undefined && label === toLabel(bot.name)
  return paired.map((mention, index) => {
    if (mention !== undefined || isOurs(tags[index]?.label)) return mention
    return left.shift()
  })
}

function labelsOf({ text, mentioned }: { text: string | undefined; mentioned: Account }): readonly string[] {
  return [text, mentioned.name].flatMap((name) => toLabel(name ?? '') || [])
}

/** A name as the writer saw it. */
function toLabel(text: string): string {
  return decodeEntities(text.replaceAll(/<[^<>]*>/g, ''))
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^@/, '')
}

function isBot(mention: Mention, bot: Bot): boolean {
  const { id } = mention.mentioned
  return id === undefined
    ? bot.name !== undefined && labelsOf(mention).includes(toLabel(bot.name))
    : isBotId(id, bot)
}

function cleanTags(text: string, resolve: (tags: readonly MentionTag[]) => readonly boolean[]): string {
  const matches = [...text.matchAll(tagPattern)]
  if (matches.length === 0) return text
  const areBots = resolve(
    matches.map(([, attributes = '', label = '']) => ({
      label: toLabel(label),
      number: toNumber(/\bid\s*=\s*["']?(\d{1,6})/i.exec(attributes)?.[1]),
    })),
  )
  let index = -1
  return text.replaceAll(tagPattern, (_all, _attributes, label: string, space: string) => {
    index += 1
    return areBots[index] === true ? '' : label + space
  })
}

function toNumber(digits: string | undefined): number | undefined {
  return digits !== undefined && /^\d{1,6}$/.test(digits) ? Number(digits) : undefined
}

/** Entities without a tag: the first place of the bot's goes. */
function withoutPlainMentions(text: string, mentions: readonly Mention[], bot: Bot): string {
  return mentions.reduce((rest, mention) => {
    const name = mention.text ?? ''
    if (name === '' || name.includes('<') || !isBot(mention, bot)) return rest
    const at = rest.indexOf(name)
    return at < 0 ? rest : rest.slice(0, at) + rest.slice(at + name.length).replace(/^[ \t]/, '')
  }, text)
}

function cleanTokens(
  tokens: readonly HtmlToken[],
  resolve: (tags: readonly MentionTag[]) => readonly boolean[],
): readonly HtmlToken[] {
  const places = findPlaces(tokens)
  if (places.length === 0) return tokens
  const areBots = resolve(places)
  const ends = new Map(
    places.flatMap(({ from, to }, index) => (areBots[index] === true ? [[from, to] as const] : [])),
  )
  const kept: HtmlToken[] = []
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]
    const end = ends.get(index)
    if (token !== undefined && end === undefined) kept.push(token)
    if (end === undefined) continue
    index = end
    const next = tokens[end + 1]
    if (next?.kind !== 'text') continue
    kept.push({ kind: 'text', text: next.text.replace(/^[ \t\u{a0}]/u, '') })
    index += 1
  }
  return kept
}

function findPlaces(tokens: readonly HtmlToken[]): readonly Place[] {
  const places: Place[] = []
  let open: { readonly from: number; readonly name: string; readonly number: number | undefined } | undefined
  let label = ''
  tokens.forEach((token, index) => {
    if (isMentionElement(token)) {
      const number = toNumber(token.attributes.get('itemid') ?? token.attributes.get('id'))
      open = { from: index, name: token.name, number }
      label = ''
    } else if (open !== undefined && token.kind === 'text') label += token.text
    else if (open !== undefined && token.kind === 'close' && token.name === open.name) {
      places.push({ from: open.from, to: index, label: toPlainLabel(label), number: open.number })
      open = undefined
    }
  })
  return places
}

interface Place extends MentionTag {
  readonly from: number
  readonly to: number
}

/** `<at>`, or a span of type `http://schema.skype.com/Mention`. */
function isMentionElement(token: HtmlToken): token is Extract<HtmlToken, { kind: 'open' }> {
  if (token.kind !== 'open') return false
  return token.name === 'at' || /schema\.skype\.com\/mention/i.test(token.attributes.get('itemtype') ?? '')
}

function toPlainLabel(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().replace(/^@/, '')
}

/** Whether nothing says who is mentioned. */
function isUnclear(mention: Mention, bot: Bot): boolean {
  return mention.mentioned.id === undefined && (bot.name === undefined || labelsOf(mention).length === 0)
}
