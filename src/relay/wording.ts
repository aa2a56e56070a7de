import { IntlMessageFormat } from 'intl-messageformat'
import { isLanguage, readLocale, tagsOf } from './locales.ts'
import { singularOf, type TextName, type Texts, type TextValues } from './texts.ts'

/** Texts as `CONFIG_FILE` has them: a name for all languages, or a language's own by their names. */
export type GivenTexts = Readonly<Record<string, string | Readonly<Record<string, string>>>>

/** Which words operators have set, and for whom. */
export interface WordingOptions {
  readonly texts?: GivenTexts
  /** The hotels' language, unless they have their own. */
  readonly language?: string | undefined
  readonly properties?: readonly PropertyWording[]
}

/** One hotel's own words and language. */
interface PropertyWording {
  readonly key: string
  readonly language?: string | undefined
  readonly texts?: GivenTexts | undefined
}

/** The bot's words in every language, for every hotel. */
export interface Wording {
  /** In the language (BCP 47) or the nearest that there is, else the hotel's, else English. `property`: left out while it is not known. */
  forGuest(language: string | undefined, property?: string): Texts
  /** In the hotel's language, else English. */
  forStaff(property?: string): Texts
  /** Takes what Mews says of a hotel's language, for one of which the settings say nothing. */
  learnLanguage(property: string, language: string): void
}

export const createWording = ({ texts = {}, language, properties = [] }: WordingOptions = {}): Wording => {
  const own = new Map(properties.map((property) => [property.key, property]))
  const learned = new Map<string, string>()
  const made = new Map<string, Texts>()
  const languageOf = (property: string): string | undefined =>
    own.get(property)?.language ?? language ?? learned.get(property)

  const forGuest: Wording['forGuest'] = (wanted, property = '') => {
    const given = [own.get(property)?.texts ?? {}, texts]
    const hotel = tagsOf(languageOf(property) ?? english)
    // Guests' programs may name any language: those without words are left out, so that there are few sets of words.
    const guest = tagsOf(wanted ?? '').filter((tag) => hasWords(tag, given) || hotel.includes(tag))
    const key = [property, ...guest, '|', ...hotel].join(' ')
    const known = made.get(key)
    if (known !== undefined) return known
    const set = createSet(
      [guest, hotel, ['en']].filter(({ length }) => length > 0),
      given,
    )
    made.set(key, set)
    return set
  }

  return {
    forGuest,
    forStaff: (property) => forGuest(undefined, property),
    learnLanguage: (property, tag) => void learned.set(property, tag),
  }
}

/** For those of whom no language is known. */
const english = 'en-GB'

/** One set of words, as for one language without any hotel. */
export const createTexts = ({
  language,
  ...texts
}: GivenTexts & { readonly language?: string } = {}): Texts => createWording({ texts, language }).forStaff()

/** Gives adapters the bot's words by name; a name that does not exist is a mistake of the program. */
export const createSay =
  (wording: Wording) =>
  (name: string, values: TextValues = {}, language?: string): string =>
    wording.forGuest(language).say(name as TextName, values)

/** Makes a text ready to be filled in, in a language. Throws where it is no ICU message. */
export const compile = (text: string, language: string): Format => {
  if (isPlain(text)) return { format: (values) => fill(text, values), used: Array.from(namesIn(text)) }
  const message = new IntlMessageFormat(text, language, undefined, { ignoreTag: true })
  return {
    format: (values) => String(message.format(values)),
    used: [...new Set(argumentsOf(message.getAst()))],
  }
}

interface Format {
  readonly format: (values: TextValues) => string
  /** The names that are filled in. */
  readonly used: readonly string[]
}

/** Words for people of some languages, the nearest first; what an operator has set for all languages counts before the next language. */
const createSet = (groups: readonly (readonly string[])[], given: readonly GivenTexts[]): Texts => {
  const [language = 'en'] = groups.flat()
  const formats = new Map<string, Ready | undefined>()

  const find = (name: string): Ready | undefined => {
    for (const tags of groups) {
      const found = findGiven(name, tags, given) ?? findShipped(name, tags)
      if (found === undefined) continue
      const tag = found.tag === undefined ? language : (tags[0] ?? language)
      return { ...compile(found.text, tag), tag }
    }
    return undefined
  }
  const formatOf = (name: string): Ready | undefined => {
    if (!formats.has(name)) formats.set(name, find(name))
    return formats.get(name)
  }

  return {
    language,
    say: (name, values = {}) => {
      const singular =
        Number(values['waiting']) === 1 && name in singularOf ? singularOf[name as 'statusWaiting'] : ''
      const format = (singular === '' ? undefined : formatOf(singular)) ?? formatOf(name)
      if (format === undefined) throw new Error(`There is no text ${name}.`)
      return format.format(values)
    },
    languageOf: (name) => formatOf(name)?.tag ?? language,
  }
}

interface Ready extends Format {
  readonly tag: string
}

interface Found {
  readonly text: string
  /** Undefined for what stands for all languages. */
  readonly tag?: string
}

const findGiven = (
  name: string,
  tags: readonly string[],
  given: readonly GivenTexts[],
): Found | undefined => {
  for (const texts of given) {
    for (const tag of tags) {
      const ofLanguage = texts[tag]
      const text = typeof ofLanguage === 'object' ? ofLanguage[name] : undefined
      if (text !== undefined) return { text, tag }
    }
    const text = texts[name]
    if (typeof text === 'string') return { text }
  }
  return undefined
}

const findShipped = (name: string, tags: readonly string[]): Found | undefined => {
  for (const tag of tags) {
    const text = isLanguage(tag) ? readLocale(tag).texts[name as TextName] : undefined
    if (text !== undefined) return { text, tag }
  }
  return undefined
}

const hasWords = (tag: string, given: readonly GivenTexts[]): boolean =>
  isLanguage(tag) || given.some((texts) => typeof texts[tag] === 'object')

/** Texts with nothing but `{name}` are taken as they stand, apostrophes too, as before there were plurals. */
const isPlain = (text: string): boolean => /^(?:[^{}]|\{\w+\})*$/.test(text)

const namesIn = (text: string): ReadonlySet<string> =>
  new Set(Array.from(text.matchAll(/\{(\w+)\}/g), ([, name = '']) => name))

const fill = (text: string, values: TextValues): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))

/** As the library numbers it. */
const literalType = 0

type Syntax = ReturnType<IntlMessageFormat['getAst']>

/** The names in a message's syntax tree: literals and the `#` of a plural have none. */
const argumentsOf = (syntax: Syntax): readonly string[] =>
  syntax.flatMap((element) => {
    const type: number = element.type
    const name = type !== literalType && 'value' in element ? [element.value] : []
    const inner =
      'options' in element ? Object.values(element.options).flatMap(({ value }) => argumentsOf(value)) : []
    return [...name, ...inner]
  })
