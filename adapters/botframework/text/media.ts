import { cleanName } from '../../../src/util/text.ts'
import type { Attributes } from './html-tokens.ts'

/** Something in the HTML copy of a message that is neither words nor emoji. */
export interface Media {
  readonly kind: 'image' | 'GIF' | 'sticker' | 'video' | 'audio' | 'file'
  /** For people: its kind, and its own name where it has one. */
  readonly name: string
}

const elements: Readonly<Record<string, Media['kind']>> = {
  img: 'image',
  video: 'video',
  iframe: 'video',
  embed: 'video',
  object: 'file',
  uriobject: 'file',
  audio: 'audio',
  attachment: 'file',
}

/** What Teams calls things in `itemtype`, as the end of `http://schema.skype.com/…`. */
const itemTypes: readonly (readonly [RegExp, Media['kind']])[] = [
  [/\/(?:giphy|tenor|gif)/i, 'GIF'],
  [/\/(?:sticker|memes?|flik)/i, 'sticker'],
  [/video/i, 'video'],
  [/(?:audio|voice)/i, 'audio'],
  [/\/(?:ams)?file/i, 'file'],
]

/** Reads an element that stands for a picture, a recording or a file; undefined for any other. */
export const readMedia = (element: string, attributes: Attributes): Media | undefined => {
  const byElement = Object.hasOwn(elements, element) ? elements[element] : undefined
  if (byElement === undefined || isEmoji(attributes)) return undefined
  const itemType = `${attributes.get('itemtype') ?? ''} ${attributes.get('type') ?? ''}`
  const isGif = byElement === 'image' && /\.gif(?:$|\?)/i.test(attributes.get('src') ?? '')
  const byType = itemTypes.find(([pattern]) => pattern.test(itemType))?.[1]
  const kind = byType ?? (isGif ? 'GIF' : byElement)
  return { kind, name: toMediaName(kind, attributes) }
}

/** Whether an element stands for an emoji, which is text or nothing. */
export const isEmoji = (attributes: Attributes): boolean =>
  /emoji|emoticon/i.test(attributes.get('itemtype') ?? '') ||
  /\/(?:emoji|emoticon)s?\//i.test(attributes.get('src') ?? '') ||
  readEmoji(attributes) !== ''

const emoji =
  /^(?=.*[\p{Extended_Pictographic}\p{Regional_Indicator}\u{20e3}])[\p{Emoji}\p{Emoji_Component}\s]+$/u

/** The characters of an emoji; empty where it has none of its own, as with an organisation's. */
export const readEmoji = (attributes: Attributes): string => {
  const alternative = attributes.get('alt') ?? ''
  return alternative.length <= 100 && emoji.test(alternative) ? alternative : ''
}

/** An organisation's own emoji by its name, `:partyparrot:`. */
export const readCustomEmoji = (attributes: Attributes): string => {
  const name = cleanName(attributes.get('alt') ?? '').slice(0, 100)
  return readEmoji(attributes) || `:${name || 'emoji'}:`
}

/** What clients write where they know no name. */
const nameless = /^(?:image|img|picture|photo|gif|video|audio|sticker|file|attachment)?$/i
const longestName = 100

function toMediaName(kind: Media['kind'], attributes: Attributes): string {
  const given = ['alt', 'title', 'aria-label', 'name']
    .map((attribute) => cleanName(attributes.get(attribute) ?? '').replace(/ ?\(gif image\)$/i, ''))
    .find((name) => !nameless.test(name))
  if (given === undefined) return kind
  const name = Array.from(given).slice(0, longestName).join('')
  return /\.[a-z\d]{2,5}$/i.test(name) ? name : `${kind}: ${name}`
}
