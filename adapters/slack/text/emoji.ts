import emojiNames from '../emoji-names.json' with { type: 'json' }
import { escapeText } from './format.ts'
import { readList, readString, type Fields } from '../wire.ts'

/**
 * The text with what Slack shows as emoji as characters. Blocks of rich text say which of the codes in it are emoji; without them one
 * is where words begin and end, outside of addresses and code. `10:30:45`, `room:key:card`, unknown names and a workspace's own emoji
 * stay as they are.
 */
export function withEmoji(mrkdwn: string, blocks: readonly Fields[] = []): string {
  if (!mrkdwn.includes(':')) return mrkdwn
  return blocks.some(({ type }) => type === 'rich_text')
    ? byBlocks(mrkdwn, readPieces(blocks))
    : byBoundaries(mrkdwn)
}

/**
 * An emoji of a block as characters, or `:name:` where there are none
 * (https://docs.slack.dev/reference/block-kit/block-elements/emoji-element).
 */
export function toEmoji(element: Fields): string {
  const code = toCode(element)
  return readCharacters(element) ?? byName(code) ?? code
}

/** Slack's names, as the npm package emoji-datasource 16 lists them. */
const names: ReadonlyMap<string, string> = new Map(Object.entries(emojiNames))

/** Deeper than any real message. */
const maxDepth = 8

/** Two people that are one character as long as their skin tones are the same. */
const pairs: ReadonlyMap<string, string> = new Map([
  ['🤝', '🫱\u200D🫲'],
  ['👫', '👩\u200D🤝\u200D👨'],
  ['👬', '👨\u200D🤝\u200D👨'],
  ['👭', '👩\u200D🤝\u200D👩'],
  ['💏', '🧑\u200D❤\uFE0F\u200D💋\u200D🧑'],
  ['💑', '🧑\u200D❤\uFE0F\u200D🧑'],
])

/** The modifier of skin tone 2. */
const lightestTone = 0x1f3fb

/** The text writes the same codes in the same order as the blocks, so that the number of a code tells whether it is an emoji. */
function byBlocks(mrkdwn: string, pieces: readonly Piece[]): string {
  const used = new Set(pieces.flatMap((piece) => ('emoji' in piece ? nameOf(piece.emoji) || [] : [])))
  if (used.size === 0) return mrkdwn
  const codes = Array.from(used, (name) => name.replaceAll(/\W/g, String.raw`\$&`)).join('|')
  const pattern = new RegExp(`<[^<>]*>|:(${codes}):(?::skin-tone-\\d(?:-\\d)?:)?`, 'g')
  const shown = new Map(Array.from(used, (name): [string, (Fields | undefined)[]] => [name, []]))
  for (const piece of pieces) {
    if ('emoji' in piece) shown.get(nameOf(piece.emoji))?.push(piece.emoji)
    else for (const [, name = ''] of piece.text.matchAll(pattern)) shown.get(name)?.push(undefined)
  }
  return mrkdwn.replaceAll(pattern, (found, name: string | undefined) => {
    const element = name === undefined ? undefined : shown.get(name)?.shift()
    return element === undefined ? found : (readCharacters(element) ?? byName(found) ?? found)
  })
}

/** What stands in a rich text, in order: an emoji, or text in which a code is none. */
type Piece = { readonly emoji: Fields } | { readonly text: string }

const nameOf = (element: Fields): string => readString(element['name'])?.split('::')[0] ?? ''

function readCharacters(element: Fields): string | undefined {
  const unicode = readString(element['unicode'])
  if (unicode === undefined) return undefined
  const points = unicode.split('-').map((hex) => Number.parseInt(hex, 16))
  return points.every((point) => point > 0 && point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined
}

/** `:wave:`, `:wave::skin-tone-3:` and `:handshake::skin-tone-2-6:` by Slack's own list of names. */
function byName(code: string): string | undefined {
  const [, name = '', first, second] = /^:([^:]+):(?::skin-tone-(\d)(?:-(\d))?:)?$/.exec(code) ?? []
  const characters = names.get(name)
  if (characters === undefined || first === undefined) return characters
  return withTones(characters, Number(first), Number(second ?? first))
}

/** Hands or people in skin tones 2 to 6, the first and the last of them; what has none stays as it is. */
function withTones(characters: string, first: number, last: number): string {
  const points = Array.from(first === last ? characters : (pairs.get(characters) ?? characters))
  const start = points.findIndex((point) => /^\p{Emoji_Modifier_Base}$/u.test(point))
  const end = points.findLastIndex((point) => /^\p{Emoji_Modifier_Base}$/u.test(point))
  if (start < 0 || ![first, last].every((tone) => tone >= 2 && tone <= 6)) return characters
  const toned = (index: number): boolean => index === start || index === end
  return points
    .map((point, index) => {
      if (toned(index))
        return point + String.fromCodePoint(lightestTone + (index === start ? first : last) - 2)
      return point === '\uFE0F' && toned(index - 1) ? '' : point
    })
    .join('')
}

function readPieces(blocks: readonly Fields[], depth = 0): readonly Piece[] {
  if (depth > maxDepth) return []
  return blocks.flatMap((block): readonly Piece[] => {
    if (block['type'] === 'emoji') return [{ emoji: block }]
    if (block['type'] === 'text') return [{ text: escapeText(readString(block['text']) ?? '') }]
    return readPieces(readList(block['elements']), depth + 1)
  })
}

function byBoundaries(mrkdwn: string): string {
  return mrkdwn.replaceAll(
    /<[^<>]*>|```[^]*?```|`[^`\n]*`|(?<![\p{L}\p{N}_:])(?::[\w+'-]+:)+(?![\p{L}\p{N}_:])/gu,
    (found) =>
      found.startsWith(':')
        ? found.replaceAll(/:[\w+'-]+:(?::skin-tone-\d(?:-\d)?:)?/g, (code) => byName(code) ?? code)
        : found,
  )
}

/** `:wave:` or `:wave::skin-tone-3:`, as the text writes it. */
function toCode(element: Fields): string {
  const tone = element['skin_tone']
  const isTone = typeof tone === 'number' || (typeof tone === 'string' && tone !== '')
  return `:${readString(element['name']) ?? ''}:${isTone ? `:skin-tone-${tone}:` : ''}`
}
