import { expect, test } from 'vitest'
import { createTexts, defaultTexts } from '../../src/relay/texts.ts'

test('a hotel that has words for several messages alone says those of one, too', () => {
  const own = 'Es sind noch {waiting} unterwegs.'
  expect(createTexts({ statusWaiting: own })).toEqual({
    ...defaultTexts,
    language: 'en-GB',
    statusWaiting: own,
    statusWaitingOne: own,
  })
  const one = 'Eine ist noch unterwegs.'
  expect(createTexts({ statusWaiting: own, statusWaitingOne: one }).statusWaitingOne).toBe(one)
  expect(createTexts({ statusUnrouted: own }).statusUnroutedOne).toBe(own)
})

test('words for several name how many, and those for one need no number', () => {
  for (const [name, text] of Object.entries(defaultTexts)) {
    if (!name.endsWith('One')) continue
    expect(text).not.toMatch(/\d|\{waiting\}/)
    expect(Object.entries(defaultTexts)).toContainEqual([
      name.replace(/One$/, ''),
      expect.stringContaining('{waiting}') as string,
    ])
  }
})
