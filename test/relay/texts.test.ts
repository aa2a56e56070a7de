import { expect, test } from 'vitest'
import { createTexts } from '../../src/relay/wording.ts'

test('a hotel that has words for several messages alone says those of one, too', () => {
  const own = 'Es sind noch {waiting} unterwegs.'
  expect(createTexts({ statusWaiting: own }).say('statusWaiting', { waiting: 1 })).toBe(
    'Es sind noch 1 unterwegs.',
  )
  expect(createTexts({ statusUnrouted: own }).say('statusUnrouted', { waiting: 1 })).toBe(
    'Es sind noch 1 unterwegs.',
  )
})

test('words that a hotel has for one message alone, as before there were plurals, are said of one', () => {
  const one = 'Eine ist noch unterwegs.'
  const texts = createTexts({ statusWaitingOne: one, statusWaiting: 'Noch {waiting}.' })
  expect(texts.say('statusWaiting', { waiting: 1 })).toBe(one)
  expect(texts.say('statusWaiting', { waiting: 2 })).toBe('Noch 2.')
})
