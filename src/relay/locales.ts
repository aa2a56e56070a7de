import { readFileSync } from 'node:fs'
import type { Command } from '../port.ts'
import { fold } from '../util/text.ts'
import type { TextName } from './texts.ts'

/** The languages that come with the program, each a file in `locales/`. */
export const languages = [
  'ar',
  'cs',
  'da',
  'de',
  'en',
  'es',
  'fr',
  'he',
  'it',
  'ja',
  'ko',
  'nb',
  'nl',
  'pl',
  'pt',
  'pt-BR',
  'sv',
  'tr',
  'uk',
  'zh-Hans',
  'zh-Hant',
] as const

export type Language = (typeof languages)[number]

/** One language's words. A text that is the same in every language stands in English alone. */
export interface Locale {
  /** What the language calls itself. */
  readonly name: string
  /** What people write to ask for something; the first is the one that the texts name. */
  readonly commands: Readonly<Record<Command, readonly string[]>>
  readonly texts: Readonly<Partial<Record<TextName, string>>>
}

/** Reads a language's file, once. */
export const readLocale = (language: Language): Locale => {
  const known = read.get(language)
  if (known !== undefined) return known
  const path = new URL(`locales/${language}.yaml`, import.meta.url)
  const locale = parseLocale(readFileSync(path, 'utf8'), `locales/${language}.yaml`)
  read.set(language, locale)
  return locale
}

const read = new Map<Language, Locale>()

/**
 * Reads the YAML of a language: a value on each line, plain or in quotes, lists in brackets. The library takes 150 ms for all languages,
 * which each start, or the first guest after it, would wait for.
 */
export const parseLocale = (text: string, path: string): Locale => {
  const parts = new Map<string, Map<string, string>>()
  let part = new Map<string, string>()
  let name = ''
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue
    const [, indent, key = '', value = ''] = /^( {2})?(\w+):(?: (.+))?$/.exec(line) ?? []
    if (key === '' || (indent !== undefined && value === ''))
      throw new Error(`${path} has something else than one value at line ${index + 1}.`)
    if (indent !== undefined) part.set(key, unquote(value))
    else if (value !== '') name = unquote(value)
    else parts.set(key, (part = new Map()))
  }
  const words = Array.from(parts.get('commands') ?? [], ([command, list]) => [
    command,
    list.slice(1, -1).split(', '),
  ])
  const commands = Object.fromEntries(words) as Locale['commands']
  return { name, commands, texts: Object.fromEntries(parts.get('texts') ?? []) }
}

function unquote(value: string): string {
  if (value.startsWith('"')) return JSON.parse(value) as string
  return value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value
}

export const isLanguage = (tag: string): tag is Language => (languages as readonly string[]).includes(tag)

/**
 * Under which tags words for a language may stand, the nearest first, as BCP 47 looks them up: `de-AT`, `de`. Chinese goes by its script
 * (`zh-TW` is `zh-Hant`), and Norwegian is Bokmål. Empty for what is no language's tag.
 */
export const tagsOf = (tag: string): readonly string[] => {
  const known = knownTags.get(tag)
  if (known !== undefined) return known
  const tags = findTags(tag)
  // Each message asks, and guests' programs may name any language.
  if (knownTags.size >= mostKnownTags) knownTags.clear()
  knownTags.set(tag, tags)
  return tags
}

const knownTags = new Map<string, readonly string[]>()
const mostKnownTags = 500

const findTags = (tag: string): readonly string[] => {
  const locale = readTag(tag)
  if (locale === undefined) return []
  const parts = locale.baseName.split('-')
  const tags = parts.map((_, index) => parts.slice(0, parts.length - index).join('-'))
  const { language } = locale
  if (language === 'zh') tags.splice(-1, 0, `zh-${locale.maximize().script ?? 'Hans'}`)
  if (language === 'no' || language === 'nn') tags.push('nb')
  return [...new Set(tags)]
}

/** A command, and the language that the command `language` names, as its tag; left out where it names none that is known. */
export interface Spoken {
  readonly command: Command
  readonly chooses?: string
}

/**
 * The command that a text is when it says nothing else, in any of the languages, without case and accents. `language` may be followed by
 * a language's name or tag.
 */
export const readCommand = (text: string): Spoken | undefined => {
  if (text.length > longestCommand) return undefined
  const said = foldWord(text)
  const command = commandWords().get(said)
  if (command !== undefined) return { command }
  const word = languageWords().find((each) => said.startsWith(each))
  if (word === undefined) return undefined
  const chooses = findLanguage(said.slice(word.length).replace(/^[\s:：]+/, ''))
  return chooses === undefined ? undefined : { command: 'language', chooses }
}

/** The names of all languages, each as it calls itself. */
export const languageNames = (): readonly string[] => languages.map((language) => readLocale(language).name)

/** Words as they are compared; in Turkish the i without a dot is another letter, which not every keyboard has. */
export const foldWord = (text: string): string =>
  fold(text)
    .replaceAll('ı', 'i')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/^[“”"'«»‘’「」/]+|[“”"'«»‘’「」]+$/g, '')

/** Longer texts are meant for the hotel. */
const longestCommand = 60

const commandWords = once((): ReadonlyMap<string, Command> => {
  const words = languages.flatMap((language) => {
    const { commands } = readLocale(language)
    return (Object.keys(commands) as Command[]).flatMap((command) =>
      commands[command].map((word): [string, Command] => [foldWord(word), command]),
    )
  })
  return new Map(words)
})

/** Longest first: one word may begin with another. */
const languageWords = once((): readonly string[] =>
  [...commandWords()]
    .filter(([, command]) => command === 'language')
    .map(([word]) => word)
    .toSorted((left, right) => right.length - left.length),
)

/** A language by its tag, or by its name in any of the languages. */
const findLanguage = (word: string): string | undefined => languagesByName().get(word)

const languagesByName = once((): ReadonlyMap<string, string> => {
  const known = new Map<string, string>()
  const add = (name: string | undefined, tag: string): void => {
    if (name !== undefined && !known.has(foldWord(name))) known.set(foldWord(name), tag)
  }
  for (const language of languages) {
    add(language, language)
    add(readLocale(language).name, language)
  }
  for (const [name, language] of Object.entries(otherNames)) add(name, language)
  for (const inLanguage of languages) {
    const names = new Intl.DisplayNames([inLanguage], { type: 'language' })
    for (const language of languages) add(names.of(language), language)
  }
  return known
})

const otherNames: Readonly<Record<string, Language>> = {
  no: 'nb',
  norsk: 'nb',
  norwegian: 'nb',
  zh: 'zh-Hans',
  中文: 'zh-Hans',
  chinese: 'zh-Hans',
  'zh-tw': 'zh-Hant',
  'zh-hk': 'zh-Hant',
  'zh-cn': 'zh-Hans',
  iw: 'he',
}

const readTag = (tag: string): Intl.Locale | undefined => {
  try {
    return new Intl.Locale(tag.replaceAll('_', '-'))
  } catch {
    return undefined
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => (made ??= { value: make() }).value
}
