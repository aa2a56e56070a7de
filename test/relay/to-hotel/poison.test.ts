import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform({ switches: { poison: (text) => text.includes('poison') } })
})
afterEach(() => fixture.close())

const adds = (): number => fixture.callsOf('messages/add').length

const notice =
  '⚠️ Your message was not delivered to the hotel: “poison”. Please send it again or contact the hotel another way.'

test('a refused text fails alone: its conversation and all others go on, and its guest is told once', async () => {
  const { guests } = fixture
  const others = Array.from({ length: 30 }, (_, number) => `guest-${number}`)
  await Promise.all([...others, 'anna'].map((conversation) => guests.say(conversation, 'one')))
  await fixture.until(() => expect(fixture.threads().flat()).toHaveLength(31))
  const before = adds()
  await Promise.all([
    ...others.map((conversation) => guests.say(conversation, 'two')),
    ...['two', 'poison', 'three'].map((text) => guests.say('anna', text)),
  ])
  await fixture.until(() => expect(guests.heard('anna')).toEqual([notice]))
  await fixture.pass(5 * minute)
  expect(guests.heard('anna')).toEqual([notice])
  expect(fixture.threads().toSorted((one, other) => other.length - one.length)).toEqual([
    ['one', 'two', 'three'],
    ...others.map(() => ['one', 'two']),
  ])
  expect(fixture.failed()).toMatchObject([{ lane: 'turn:lobby:anna', pos: 3 }])
  expect(fixture.failed()[0]?.reason).toContain("Invalid Text: 'poison'.")
  expect(adds() - before).toBeLessThan(20)
})

test('one among a thousand costs a number of requests that grows with its logarithm', async () => {
  const { guests } = fixture
  await guests.say('anna', 'one')
  await fixture.until(() => expect(fixture.threads()).toEqual([['one']]))
  const texts = Array.from({ length: 1_000 }, (_, number) => (number === 321 ? 'poison' : `text ${number}`))
  const before = fixture.calls.length
  await Promise.all(texts.map((text) => guests.say('anna', text)))
  const expected = ['one', ...texts.filter((text) => text !== 'poison')]
  await fixture.until(() => expect(fixture.threads()).toEqual([expected]))
  await fixture.until(() => expect(guests.heard('anna')).toEqual([notice]))
  expect(fixture.calls.length - before).toBeLessThan(60)
})

test('a first turn that is refused opens one thread, which the next turn finds', async () => {
  const { guests } = fixture
  await guests.say('anna', 'poison')
  await fixture.until(() => expect(guests.heard('anna')).toEqual([notice]))
  await guests.say('anna', 'Hello')
  await fixture.until(() => expect(fixture.threads()).toEqual([['Hello']]))
})

test('an older Mews does not say that a thread is open: the thread is not taken for the culprit, and none is left empty', async () => {
  const { guests, mews } = fixture
  mews.switches.generation = 'old'
  await guests.say('anna', 'poison')
  await guests.say('ben', 'poison')
  await guests.say('ben', 'poison')
  await fixture.until(() => expect(guests.heard('anna')).toEqual([notice]))
  await fixture.until(() => expect(guests.heard('ben')).toEqual([notice, notice]))
  await guests.say('anna', 'Hello')
  await guests.say('ben', 'Hello')
  await fixture.until(() => expect(fixture.threads()).toEqual([['Hello'], ['Hello']]))
})

const beginOld = async (): Promise<void> => {
  fixture.mews.switches.generation = 'old'
  await fixture.guests.say('anna', 'one')
  await fixture.until(() => expect(fixture.threads()).toEqual([['one']]))
}

describe('an older Mews does not say whose a refusal is, in a thread with messages', () => {
  test.each([
    ['poison', 'two', 'three'],
    ['two', 'poison', 'three'],
    ['two', 'three', 'poison'],
  ])('where the thread takes what else was written, no other is opened: %s, %s, %s', async (...texts) => {
    await beginOld()
    await Promise.all(texts.map((text) => fixture.guests.say('anna', text)))
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual([notice]))
    await fixture.pass(5 * minute)
    expect(fixture.threads()).toEqual([['one', 'two', 'three']])
    expect(fixture.guests.heard('anna')).toEqual([notice])
  })

  test('what stands alone is tried in a new thread before it is given up, and the conversation goes on there', async () => {
    await beginOld()
    await fixture.guests.say('anna', 'poison')
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual([notice]))
    await fixture.guests.say('anna', 'poison')
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual([notice, notice]))
    await fixture.guests.say('anna', 'two')
    await fixture.until(() => expect(fixture.threads()).toEqual([['one'], ['two']]))
  })

  test('a thread that takes nothing is found out with few requests, however much waits for it', async () => {
    await beginOld()
    fixture.mews.refuse(fixture.thread(0), 400)
    const texts = Array.from({ length: 300 }, (_, number) => `text ${number}`)
    const before = adds()
    await Promise.all(texts.map((text) => fixture.guests.say('anna', text)))
    await fixture.until(() => expect(fixture.threads()).toEqual([['one'], texts]))
    expect(adds() - before).toBeLessThan(20)
    expect(fixture.failed()).toEqual([])
  })
})

test('a turn may have been delivered when only a part of it is refused', async () => {
  const { guests } = fixture
  await guests.say('anna', `${'poison '.repeat(10)}${'fine '.repeat(1_000)}`)
  await fixture.until(() => expect(guests.heard('anna').join(' ')).toMatch(/may not have been delivered/))
  await fixture.until(() => expect(fixture.threads()[0]?.join(' ')).toMatch(/^fine/))
  expect(guests.heard('anna').join(' ')).not.toMatch(/was not delivered/)
})

test('every refused text is told of by itself', async () => {
  const { guests } = fixture
  await guests.say('anna', 'poison')
  await guests.say('anna', 'fine')
  await guests.say('anna', 'poison')
  await fixture.until(() => expect(guests.heard('anna')).toEqual([notice, notice]))
  expect(fixture.threads()).toEqual([['fine']])
})

describe('a notice to the staff', () => {
  test('that Mews refuses makes no further notice', async () => {
    const { guests, mews } = fixture
    await guests.say('anna', 'Hello')
    await fixture.until(() => expect(fixture.threads()).toEqual([['Hello']]))
    guests.fail('anna', { outcome: { outcome: 'rejected', reason: 'The conversation is archived.' } }, 9)
    mews.reply(fixture.thread(0), 'poison')
    await fixture.until(() => expect(fixture.failed()).toHaveLength(2))
    await fixture.pass(10 * minute)
    expect(fixture.failed().map(({ lane }) => lane)).toEqual(['reply:lobby:anna', 'turn:lobby:anna'])
    expect(guests.attempts('anna')).toBe(1)
  })
})
