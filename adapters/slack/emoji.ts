import emojiNames from './emoji-names.json' with { type: 'json' }
import { readList, readString, type Fields } from './wire.ts'

/** Slack's names, as the npm package emoji-datasource 16 lists them. */
const names: ReadonlyMap<string, string> = new Map(Object.entries(emojiNames))

/** The modifier of skin tone 2. */
const lightestTone = 0x1f3fb

/** Deeper than any real message. */
const maxDepth = 8

const toCharacters = (unicode: string): string | undefined => {
  const points = unicode.split('-').map((hex) => Number.parseInt(hex, 16))
  return points.every((point) => point > 0 && point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined
}

/** `:wave:` or `:wave::skin-tone-3:`, as the text writes it. */
const toCode = (element: Fields): string => {
  const tone = element['skin_tone']
  return `:${readString(element['name']) ?? ''}:${typeof tone === 'number' ? `:skin-tone-${tone}:` : ''}`
}

/**
 * The emoji of a message: beside the text, its blocks say which characters each one is
 * (https://docs.slack.dev/reference/block-kit/block-elements/emoji-element). A workspace's own emoji are none.
 */
export const readEmoji = (
  blocks: readonly Fields[],
  depth = 0,
): readonly (readonly [code: string, characters: string])[] =>
  depth > maxDepth
    ? []
    : blocks.flatMap((block) => {
        const characters =
          block['type'] === 'emoji' ? toCharacters(readString(block['unicode']) ?? '') : undefined
        if (characters !== undefined) return [[toCode(block), characters] as const]
        return readEmoji(readList(block['elements']), depth + 1)
      })

/** A hand or a person in one of the skin tones 2 to 6; whatever has none stays as it is. */
const withTone = (characters: string, tone: number): string => {
  const [first = '', ...rest] = characters
  if (!/^\p{Emoji_Modifier_Base}$/u.test(first) || tone < 2 || tone > 6) return characters
  const others = rest[0] === '\ufe0f' ? rest.slice(1) : rest
  return [first, String.fromCodePoint(lightestTone + tone - 2), ...others].join('')
}

/** `:wave:` and `:wave::skin-tone-3:` by Slack's own list of names. */
const byName = (code: string): string | undefined => {
  const [, name = '', tone] = /^:([^:]+):(?::skin-tone-(\d):)?$/.exec(code) ?? []
  const characters = names.get(name)
  return characters === undefined || tone === undefined ? characters : withTone(characters, Number(tone))
}

/**
 * The text with its emoji as characters, by what its blocks say or else by Slack's list; addresses and code in it,
 * `10:30:45` and unknown names stay as they are.
 */
export const withEmoji = (
  mrkdwn: string,
  emoji: readonly (readonly [code: string, characters: string])[],
): string => {
  const known = new Map(emoji)
  return mrkdwn.replaceAll(
    /<[^<>]*>|```[^]*?```|`[^`\n]*`|:[\w+'-]+:(?::skin-tone-\d:)?/g,
    (found) => known.get(found) ?? byName(found) ?? found,
  )
}
