import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { checkLocales } from '../../src/config/texts.ts'
import type { Command } from '../../src/port.ts'
import { foldWord, languages, parseLocale, readCommand, readLocale, tagsOf } from '../../src/relay/locales.ts'
import { hotelValues, type TextName, textArguments } from '../../src/relay/texts.ts'
import { compile, createWording } from '../../src/relay/wording.ts'

const names = Object.keys(textArguments) as TextName[]

/** What is the same in every language, and the pages for lawyers, which are in some languages only. */
const inEnglishAlone: ReadonlySet<string> = new Set<TextName>(['speaker', 'attachment', 'reply'])
const ofPages: ReadonlySet<string> = new Set<TextName>([
  'aboutTitle',
  'about',
  'privacyTitle',
  'privacy',
  'privacyErased',
  'privacyKept',
  'privacyStay',
  'termsTitle',
  'terms',
])
const withPages: ReadonlySet<string> = new Set(['en', 'de', 'fr', 'es'])

const awkward = [
  'שרה بن-דוד',
  "l'Hôtel {text} O''Brien",
  '{',
  '<b>&amp;</b> $& \\u0041',
  '田中',
  '\u202ereversed',
]

test.each(languages)('%s has every text, and each can be read', (language) => {
  const { texts } = readLocale(language)
  const wanted = names.filter(
    (name) => !inEnglishAlone.has(name) && (!ofPages.has(name) || withPages.has(language)),
  )
  expect(wanted.filter((name) => texts[name] === undefined)).toEqual([])
})

test.each(languages)('%s is read as any YAML', (language) => {
  const path = new URL(`../../src/relay/locales/${language}.yaml`, import.meta.url)
  expect(readLocale(language)).toEqual(parse(readFileSync(path, 'utf8')))
})

test('a line that is no value is refused with its file and number', () => {
  expect(() => parseLocale('name: X\ntexts:\n  help: >-\n    Long', 'locales/xx.yaml')).toThrow(
    'locales/xx.yaml has something else than one value at line 4.',
  )
})

test('nothing is wrong with any of them', () => {
  const problems: string[] = []
  checkLocales((setting, remedy) => void problems.push(`${setting} ${remedy}`))
  expect(problems).toEqual([])
})

test.each(languages)('in %s every text says what is filled in, whatever that is', (language) => {
  const texts = createWording().forGuest(language)
  for (const value of awkward)
    for (const waiting of [0, 1, 2, 5, 1_000_000]) {
      for (const name of names) {
        const values = Object.fromEntries(textArguments[name].map((each) => [each, value]))
        const said = texts.say(name, { ...values, ...('waiting' in values && { waiting }) })
        const shipped = readLocale(language).texts[name] ?? readLocale('en').texts[name] ?? ''
        const tells = compile(shipped, language).used.some((each) => each !== 'waiting')
        expect(said.includes(value) || !tells).toBe(true)
        expect(said.trim()).not.toBe('')
        expect(said.replaceAll(value, '')).not.toMatch(/[{}]/)
      }
    }
})

test.each(languages)(
  'numbers that people may type back have the digits of every keyboard in %s',
  (language) => {
    const texts = createWording().forGuest(language)
    expect(texts.say('statusWaiting', { hotel: 'H', property: 'H', waiting: 15 })).toContain('15')
  },
)

test.each(languages)('in %s help names words that are understood', (language) => {
  const { commands, texts } = readLocale(language)
  for (const command of ['status', 'new'] as const)
    expect(commands[command].some((word) => texts.help?.includes(word))).toBe(true)
  expect(commands.help.some((word) => texts.greetPerson?.includes(word))).toBe(true)
  const [, example = ''] = /[“„«»”「](.*?)[“”»«」]/u.exec(texts.languages ?? '') ?? []
  expect(readCommand(example)).toEqual({
    command: 'language',
    chooses: language,
  })
})

test('no word means two things over all languages', () => {
  const meanings = new Map<string, Set<Command>>()
  for (const language of languages)
    for (const [command, words] of Object.entries(readLocale(language).commands) as [Command, string[]][])
      for (const word of words) {
        const known = meanings.get(foldWord(word)) ?? new Set()
        meanings.set(foldWord(word), known.add(command))
      }
  expect([...meanings].filter(([, commands]) => commands.size > 1)).toEqual([])
})

test.each([
  ['HILFE', { command: 'help' }],
  ['Nápověda', { command: 'help' }],
  ['napoveda', { command: 'help' }],
  ['YARDIM', { command: 'help' }],
  ['“état”', { command: 'status' }],
  ['مُساعَدة', { command: 'help' }],
  ['新規', { command: 'new' }],
  ['/status', { command: 'status' }],
  ['language', { command: 'language' }],
  ['language fr', { command: 'language', chooses: 'fr' }],
  ['Language: French', { command: 'language', chooses: 'fr' }],
  ['sprache französisch', { command: 'language', chooses: 'fr' }],
  ['langue Deutsch', { command: 'language', chooses: 'de' }],
  ['idioma pt-br', { command: 'language', chooses: 'pt-BR' }],
  ['language zh-TW', { command: 'language', chooses: 'zh-Hant' }],
  ['语言 日本語', { command: 'language', chooses: 'ja' }],
  ['language barrier', undefined],
  ['help me', undefined],
  ['', undefined],
])('%j is understood as %j', (text, command) => {
  expect(readCommand(text)).toEqual(command)
})

test.each([
  ['de-AT', ['de-AT', 'de']],
  ['de_AT', ['de-AT', 'de']],
  ['zh-TW', ['zh-TW', 'zh-Hant', 'zh']],
  ['zh-CN', ['zh-CN', 'zh-Hans', 'zh']],
  ['zh-Hant-HK', ['zh-Hant-HK', 'zh-Hant', 'zh']],
  ['no', ['no', 'nb']],
  ['iw', ['he']],
  ['pt-BR', ['pt-BR', 'pt']],
  ['not a language', []],
  ['', []],
])('words for %s stand under %j', (tag, tags) => {
  expect(tagsOf(tag)).toEqual(tags)
})

test('a language without words falls back to the hotel’s, then to English', () => {
  const wording = createWording({
    language: 'de-AT',
    properties: [{ key: 'lyon', language: 'fr' }, { key: 'graz' }],
  })
  expect(wording.forGuest('hu', 'lyon').say('noText')).toBe('(sans texte)')
  expect(wording.forGuest('hu', 'graz').say('noText')).toBe('(kein Text)')
  expect(wording.forGuest('sv-FI', 'graz').say('noText')).toBe('(ingen text)')
  expect(createWording().forGuest('rubbish!').say('noText')).toBe('(no text)')
})

test('what Mews says of a hotel’s language counts where the settings say nothing', () => {
  const wording = createWording({ properties: [{ key: 'lyon' }, { key: 'graz', language: 'de' }] })
  wording.learnLanguage('lyon', 'fr-FR')
  wording.learnLanguage('graz', 'fr-FR')
  expect(wording.forStaff('lyon').say('noText')).toBe('(sans texte)')
  expect(wording.forStaff('graz').say('noText')).toBe('(kein Text)')
})

test('an operator’s words count before ours: for one language, for one hotel, or for all', () => {
  const wording = createWording({
    texts: { chosen: 'Thanks.', fr: { chosen: 'Merci.' } },
    properties: [{ key: 'lyon', texts: { chosen: 'Lyon.', de: { chosen: 'Lyon dankt.' } } }],
  })
  expect(wording.forGuest('fr-CA').say('chosen')).toBe('Merci.')
  expect(wording.forGuest('de').say('chosen')).toBe('Thanks.')
  expect(wording.forGuest('de', 'lyon').say('chosen')).toBe('Lyon dankt.')
  expect(wording.forGuest('fr', 'lyon').say('chosen')).toBe('Lyon.')
  expect(wording.forGuest('fr').say('noText')).toBe('(sans texte)')
})

test('words in a language that we do not have are said in it, and the others in the hotel’s', () => {
  const wording = createWording({ language: 'de', texts: { hu: { chosen: 'Köszönjük!' } } })
  expect(wording.forGuest('hu-HU').say('chosen')).toBe('Köszönjük!')
  expect(wording.forGuest('hu-HU').say('noText')).toBe('(kein Text)')
})

test('an apostrophe before a placeholder is an apostrophe, as before there were plurals', () => {
  const wording = createWording({ texts: { chosen: "Merci de l'{property}" } })
  expect(wording.forGuest('fr').say('chosen', { property: 'Ours' })).toBe("Merci de l'Ours")
})

test('a hotel without a name is named as the sentence needs it', () => {
  const texts = createWording().forGuest('de')
  expect(texts.say('help', hotelValues(texts, undefined))).toContain('an das Team des Hotels,')
  expect(texts.say('help', hotelValues(texts, 'Sacher'))).toContain('an das Team von Sacher,')
})
