import { expect, test } from 'vitest'
import { findChosen, findNamed, toChoices, toList } from '../../../src/relay/routing/unrouted-run.ts'

const hotels = [
  { key: 'grand', name: 'Grand Hôtel' },
  { key: 'mill', name: 'The Old Mill (Brno)' },
  { key: 'first', name: '1' },
]

test.each([
  ['Grand Hôtel', 'grand'],
  ['  grand HOTEL! ', 'grand'],
  ['“grand   hotel”', 'grand'],
  ['the old mill (brno)', 'mill'],
  ['2', 'mill'],
  ['2.', 'mill'],
  ['#2', 'mill'],
  ['(2)', 'mill'],
  ['1', 'first'],
  ['grand', undefined],
  ['the grand hotel please', undefined],
  ['2 towels', undefined],
  ['0', undefined],
  ['4', undefined],
  ['…', undefined],
  ['', undefined],
])('%j names %j', (text, key) => {
  expect(findNamed(hotels, text)?.key).toBe(key)
})

test('a name that two hotels have names neither of them; their numbers do', () => {
  const twins = [
    { key: 'a', name: 'Café' },
    { key: 'b', name: 'Cafe' },
  ]
  expect(findNamed(twins, 'cafe')).toBeUndefined()
  expect(findNamed(twins, '2')).toMatchObject({ key: 'b' })
})

test('choices are told apart by what says nothing to whoever sees it, and stay the same when others come', () => {
  const choices = toChoices(hotels)
  expect(choices.map(({ label }) => label)).toEqual(hotels.map(({ name }) => name))
  for (const { id } of choices) expect(id).toMatch(/^h-[a-z0-9]{10}$/)
  expect(findChosen(hotels.toReversed(), choices[1]?.id ?? '')).toMatchObject({ key: 'mill' })
  expect(findChosen(hotels, 'h-0000000000')).toBeUndefined()
})

test('people read them with their numbers', () => {
  expect(toList(hotels)).toBe('1. Grand Hôtel\n2. The Old Mill (Brno)\n3. 1')
})
