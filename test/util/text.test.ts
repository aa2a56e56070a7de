import { expect, test } from 'vitest'
import { cleanName, cleanText, isBlank } from '../../src/util/text.ts'

test.each([
  ['one\r\ntwo\rthree\u2028four', 'one\ntwo\nthree\nfour'],
  ['tab\tstays, bell\u0007 goes', 'tab\tstays, bell goes'],
  ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
  ['half \ud83d a pair', 'half \ufffd a pair'],
])('text %j is cleaned to %j', (text, expected) => {
  expect(cleanText(text)).toBe(expected)
})

test('a name stands on one line, and is empty when nothing of it can be seen', () => {
  expect(cleanName(' Penelope\n  Morgan ')).toBe('Penelope Morgan')
  expect(cleanName('\u202E\n')).toBe('')
})

test.each(['', ' \t\n', '\u200B', '\uFEFF \u2060', '\u00AD', '\u3164', '\u2800', '\u202E', '\u0007'])(
  'nothing of %j can be seen',
  (text) => {
    expect(isBlank(text)).toBe(true)
    expect(cleanName(text)).toBe('')
  },
)

test.each(['.', 'a\u200B', '👋', '❤\uFE0F', '-', 'ー'])('of %j something can be seen', (text) => {
  expect(isBlank(text)).toBe(false)
  expect(cleanName(text)).toBe(text)
})
