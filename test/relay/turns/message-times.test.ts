import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noteMessageTimes, type ReadEntry, readMessageTimes } from '../../../src/relay/turns/read-run.ts'
import type { Said } from '../support/guests.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

const grandHotel = [{ name: 'Grand Hotel' }]

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
})
afterEach(() => fixture.close())

/** Anna writes, and what the hotel reads then has so many messages; by then the connector has ended and begun again. */
const say = async (text: string, said: Said, arrived: number): Promise<void> => {
  await fixture.guests.say('anna', text, said)
  await fixture.arrived(arrived)
  await fixture.restart(grandHotel)
}

const eight = { message: 'm1', at: 1_000 }
const ten = { kind: 'edit', message: 'm1', at: 2_000 } as const
const eleven = { kind: 'edit', message: 'm1', at: 3_000 } as const
const deletion = { kind: 'deletion', message: 'm1', at: 4_000, onlyInBridged: true } as const
const later = { message: 'm2', at: 9_000 }

describe('what a message says is what was told of it last by the platform’s own times, across restarts', () => {
  it('an edit that came before its message stays', async () => {
    await say('at ten', ten, 1)
    await fixture.guests.say('anna', 'at eight', eight)
    await say('Thanks', later, 2)
    expect(fixture.threads()).toEqual([['✏️ Edited: at ten', 'Thanks']])
  })

  it('of two edits the newer stays, whichever came first', async () => {
    await say('at eight', eight, 1)
    await say('at eleven', eleven, 2)
    await fixture.guests.say('anna', 'at ten', ten)
    await say('Thanks', later, 3)
    expect(fixture.threads()).toEqual([['at eight', '✏️ Edited: at eleven', 'Thanks']])
  })

  it('what was deleted before it came is not read any more', async () => {
    await say('Hello', { message: 'm0', at: 500 }, 1)
    await say('', deletion, 2)
    await fixture.guests.say('anna', 'at eight', eight)
    await fixture.guests.say('anna', 'at ten', ten)
    await say('Thanks', later, 3)
    expect(fixture.threads()).toEqual([['Hello', '🗑️ A message was deleted', 'Thanks']])
  })

  it('what was deleted before it came opens no thread', async () => {
    await fixture.guests.say('anna', '', deletion)
    await fixture.pass(10_000)
    await fixture.restart(grandHotel)
    await fixture.guests.say('anna', 'at eight', eight)
    await say('Thanks', later, 1)
    expect(fixture.threads()).toEqual([['Thanks']])
  })

  it('a message that was written before one that was read already is marked', async () => {
    await say('second', { message: 'm2', at: 2_000 }, 1)
    await say('first', { message: 'm1', at: 1_000 }, 2)
    await say('third', { message: 'm3', at: 3_000 }, 3)
    expect(fixture.threads()).toEqual([['second', '🕗 Written earlier: first', 'third']])
  })

  it('what was restored after its deletion is read, and so is what is told without times', async () => {
    await say('at eight', eight, 1)
    await say('', deletion, 2)
    await say('at eight after all', { kind: 'edit', message: 'm1', at: 5_000 }, 3)
    await say('nothing known', { at: 1 }, 4)
    expect(fixture.threads()).toEqual([
      ['at eight', '🗑️ A message was deleted', '✏️ Edited: at eight after all', 'nothing known'],
    ])
  })
})

const deleted = (message: string, at: number): ReadEntry => ({
  entry: { pos: 1, kind: 'event', payload: '', at: 0, deliveries: [] },
  turns: [{ kind: 'deletion', author: { id: 'a', name: 'A' }, text: '', attachments: [], at, message }],
  after: [],
})

describe('a lane’s note', () => {
  it('remembers a hundred changed messages, and none for more than two days', () => {
    const many = Array.from({ length: 150 }, (_, index) => deleted(`m${index}`, 1_000_000_000 + index))
    const note = noteMessageTimes(readMessageTimes(''), [deleted('old', 1), ...many], new Set())
    const { changed } = readMessageTimes(note)
    expect([changed.size, changed.has('m149'), changed.has('old')]).toEqual([100, true, false])
    expect(note.length).toBeLessThan(3_000)
  })

  it('is empty while there is nothing to remember', () => {
    expect(noteMessageTimes(readMessageTimes(''), [], new Set())).toBe('')
  })
})
