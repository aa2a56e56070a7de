import { expect, test } from 'vitest'
import type { Turn } from '../../../src/port.ts'
import { composeSender, composeSubject } from '../../../src/relay/turns/compose.ts'
import { createTexts } from '../../../src/relay/wording.ts'

const turn: Turn = {
  kind: 'message',
  author: { id: 'guest', name: 'Ines Ferreira' },
  text: 'Late arrival\nAround 23:00.',
  attachments: [],
  at: 1_793_640_011_000,
}

test.each<[string, Partial<Turn>, string]>([
  ['the first line of what was written', {}, 'Late arrival (Channex, ref ABC123)'],
  [
    'what the adapter gives for it',
    { subject: 'Booking.com 4512345678 · Late arrival' },
    'Booking.com 4512345678 · Late arrival (Channex, ref ABC123)',
  ],
  ['one line of that', { subject: 'Airbnb\nOmar' }, 'Airbnb (Channex, ref ABC123)'],
  [
    'the name of a file where nothing else is there',
    { text: ' ', subject: '', attachments: [{ name: 'room.jpeg' }] },
    'room.jpeg (Channex, ref ABC123)',
  ],
])('a subject begins with %s', (_, given, subject) => {
  expect(composeSubject({ ...turn, ...given }, 'Channex', 'ABC123', createTexts())).toBe(subject)
})

test.each([
  ['their name', { id: 'u1', name: ' Ines  Ferreira ' }, 'Ines Ferreira'],
  ['their id where there is no name', { id: 'u1', name: ' ' }, 'u1'],
  ['nobody in particular where neither is known', { id: '', name: '' }, 'Guest'],
])('a thread is opened in the name of %s', (_, author, sender) => {
  expect(composeSender(author)).toBe(sender)
})
