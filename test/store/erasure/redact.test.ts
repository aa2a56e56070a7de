import { expect, test } from 'vitest'
import { createRedact, mapTexts } from '../../../src/store/erasure/redact.ts'

const strike = createRedact({
  names: ['Will Rose', 'Ána-Mária Ó Briain'],
  ids: ['U0WILL'],
  texts: ['ok', 'My flight is late tonight'],
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

test('somebody without a name takes nothing with them', () => {
  expect(createRedact({ names: [''], ids: [''], texts: [''] })('Good evening')).toBe('Good evening')
})

test('texts in a document are changed however they are written there; a document without traces stays as it is', () => {
  expect(mapTexts('{"a":["R\\u006fse"],"n":1}', strike)).toBe('{"a":["[erased]"],"n":1}')
  expect(mapTexts('{ "a": "Lily" }', strike)).toBe('{ "a": "Lily" }')
  expect(mapTexts('Rose', strike)).toBe('[erased]')
})
