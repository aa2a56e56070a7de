import { expect, test } from 'vitest'
import { createQuotes } from '../../../src/store/erasure/quotes.ts'
import { createRedact, mapTexts } from '../../../src/store/erasure/redact.ts'

const quotesOf = (texts: readonly string[]) => {
  const quotes = createQuotes()
  for (const text of texts) quotes.add(text)
  return quotes
}

const strike = createRedact({
  names: ['Will Rose', 'Ána-Mária Ó Briain'],
  ids: ['U0WILL'],
  quotes: quotesOf(['ok', 'My flight is late tonight']),
})

test.each([
  ['Will Rose, please', '[erased], please'],
  ['will rose', '[erased]'],
  ['Mr Rose, the roses will bloom', 'Mr [erased], the roses will bloom'],
  ['Rosewater and Goodwill', 'Rosewater and Goodwill'],
  ['Dear Ána-Mária', 'Dear [erased]'],
  ['<@U0WILL> or <@U0WILLOW>', '<@[erased]> or <@U0WILLOW>'],
  ['> My flight is late tonight\nok', '> [erased]\nok'],
])('%j becomes %j', (text, struck) => {
  expect(strike(text)).toBe(struck)
})

test.each([
  ['Good morning, all', '[erased], all'],
  ['Good morning to you and all', '[erased] and all'],
  ['Good morning to youGood morning', '[erased][erased]'],
  ['Good mornin', 'Good mornin'],
  ['> GGood morning', '> G[erased]'],
  ['good morning', 'good morning'],
  ['See (the pool) [today]? $&', '[erased]'],
])('of lines that begin alike the longest goes: %j becomes %j', (text, struck) => {
  const texts = ['Good morning', '  Good morning to you\nno', 'See (the pool) [today]? $&']
  expect(createRedact({ names: [], ids: [], quotes: quotesOf(texts) })(text)).toBe(struck)
})

test('the guest’s lines are looked up, however many they are', () => {
  const texts = Array.from({ length: 50_000 }, (_, index) => `Good morning from room ${index}`)
  const redact = createRedact({ names: [], ids: [], quotes: quotesOf(texts) })
  const answers = texts.map((text) => `He wrote: ${text}`)
  expect(answers.every((answer) => redact(answer) === 'He wrote: [erased]')).toBe(true)
})

const lineOf = (length: number): string => `${'Good morning, '.padEnd(length - 1, 'dear ')}!`

test('lines of every length that begin alike are found, and the time does not grow with their number', () => {
  const texts = Array.from({ length: 3_000 }, (_, index) => lineOf(20 + index))
  const redact = createRedact({ names: [], ids: [], quotes: quotesOf(texts) })
  for (const length of [20, 21, 127, 128, 129, 255, 256, 257, 3_019])
    expect(redact(`> ${lineOf(length)} No.`)).toBe('> [erased] No.')
  for (const length of [19, 3_020]) expect(redact(lineOf(length))).toBe(lineOf(length))
  const cut = lineOf(600).slice(0, -1)
  expect(redact(cut)).toBe(cut)
})

test('somebody without a name takes nothing with them', () => {
  expect(createRedact({ names: [''], ids: [''], quotes: quotesOf(['']) })('Good evening')).toBe(
    'Good evening',
  )
})

test('texts in a document are changed however they are written there; a document without traces stays as it is', () => {
  expect(mapTexts('{"a":["R\\u006fse"],"n":1}', strike)).toBe('{"a":["[erased]"],"n":1}')
  expect(mapTexts('{ "a": "Lily" }', strike)).toBe('{ "a": "Lily" }')
  expect(mapTexts('Rose', strike)).toBe('[erased]')
})
