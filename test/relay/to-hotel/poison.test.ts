import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let lobby: FakePlatform
beforeEach(async () => {
  lobby = await createFakePlatform({ switches: { poison: (text) => text.includes('poison') } })
})
afterEach(() => lobby.close())

const adds = (): number => lobby.calls.filter(({ operation }) => operation === 'messages/add').length

const failed = () => lobby.deliveries().filter(({ state }) => state === 'failed')

const notice =
  '⚠️ Your message was not delivered to the hotel: “poison”. Please send it again or contact the hotel another way.'

test('a refused text fails alone: its conversation and all others go on, and its guest is told once', async () => {
  const { guests } = lobby
  const others = Array.from({ length: 30 }, (_, number) => `guest-${number}`)
  await Promise.all([...others, 'anna'].map((conversation) => guests.say(conversation, 'one')))
  await lobby.until(() => expect(lobby.threads().flat()).toHaveLength(31))
  const before = adds()
  await Promise.all([
    ...others.map((conversation) => guests.say(conversation, 'two')),
    ...['two', 'poison', 'three'].map((text) => guests.say('anna', text)),
  ])
  await lobby.until(() => expect(guests.heard('anna')).toEqual([notice]))
  await lobby.pass(5 * minute)
  expect(guests.heard('anna')).toEqual([notice])
  expect(lobby.threads().toSorted((one, other) => other.length - one.length)).toEqual([
    ['one', 'two', 'three'],
    ...others.map(() => ['one', 'two']),
  ])
  expect(failed()).toMatchObject([{ lane: 'turn:lobby:anna', pos: 3 }])
  expect(failed()[0]?.reason).toContain("Invalid Text: 'poison'.")
  expect(adds() - before).toBeLessThan(20)
})

test('one among a thousand costs a number of requests that grows with its logarithm', async () => {
  const { guests } = lobby
  await guests.say('anna', 'one')
  await lobby.until(() => expect(lobby.threads()).toEqual([['one']]))
  const texts = Array.from({ length: 1_000 }, (_, number) => (number === 321 ? 'poison' : `text ${number}`))
  const before = lobby.calls.length
  await Promise.all(texts.map((text) => guests.say('anna', text)))
  const expected = ['one', ...texts.filter((text) => text !== 'poison')]
  await lobby.until(() => expect(lobby.threads()).toEqual([expected]))
  await lobby.until(() => expect(guests.heard('anna')).toEqual([notice]))
  expect(lobby.calls.length - before).toBeLessThan(60)
})

test('a first turn that is refused opens one thread, which the next turn finds', async () => {
  const { guests } = lobby
  await guests.say('anna', 'poison')
  await lobby.until(() => expect(guests.heard('anna')).toEqual([notice]))
  await guests.say('anna', 'Hello')
  await lobby.until(() => expect(lobby.threads()).toEqual([['Hello']]))
})

test('an older Mews does not say that a thread is open: the thread is not taken for the culprit, and none is left empty', async () => {
  const { guests, mews } = lobby
  mews.switches.generation = 'old'
  await guests.say('anna', 'poison')
  await guests.say('ben', 'poison')
  await guests.say('ben', 'poison')
  await lobby.until(() => expect(guests.heard('anna')).toEqual([notice]))
  await lobby.until(() => expect(guests.heard('ben')).toEqual([notice, notice]))
  await guests.say('anna', 'Hello')
  await guests.say('ben', 'Hello')
  await lobby.until(() => expect(lobby.threads()).toEqual([['Hello'], ['Hello']]))
})

const beginOld = async (): Promise<void> => {
  lobby.mews.switches.generation = 'old'
  await lobby.guests.say('anna', 'one')
  await lobby.until(() => expect(lobby.threads()).toEqual([['one']]))
}

describe('an older Mews does not say whose a refusal is, in a thread with messages', () => {
  test.each([
    ['poison', 'two', 'three'],
    ['two', 'poison', 'three'],
    ['two', 'three', 'poison'],
  ])('where the thread takes what else was written, no other is opened: %s, %s, %s', async (...texts) => {
    await beginOld()
    await Promise.all(texts.map((text) => lobby.guests.say('anna', text)))
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual([notice]))
    await lobby.pass(5 * minute)
    expect(lobby.threads()).toEqual([['one', 'two', 'three']])
    expect(lobby.guests.heard('anna')).toEqual([notice])
  })

  test('what stands alone is tried in a new thread before it is given up, and the conversation goes on there', async () => {
    await beginOld()
    await lobby.guests.say('anna', 'poison')
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual([notice]))
    await lobby.guests.say('anna', 'poison')
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual([notice, notice]))
    await lobby.guests.say('anna', 'two')
    await lobby.until(() => expect(lobby.threads()).toEqual([['one'], ['two']]))
  })

  test('a thread that takes nothing is found out with few requests, however much waits for it', async () => {
    await beginOld()
    lobby.mews.refuse(lobby.thread(0), 400)
    const texts = Array.from({ length: 300 }, (_, number) => `text ${number}`)
    const before = adds()
    await Promise.all(texts.map((text) => lobby.guests.say('anna', text)))
    await lobby.until(() => expect(lobby.threads()).toEqual([['one'], texts]))
    expect(adds() - before).toBeLessThan(20)
    expect(failed()).toEqual([])
  })
})

test('a turn of which only a part is refused may have been delivered', async () => {
  const { guests } = lobby
  await guests.say('anna', `${'poison '.repeat(10)}${'fine '.repeat(1_000)}`)
  await lobby.until(() => expect(guests.heard('anna').join(' ')).toMatch(/may not have been delivered/))
  await lobby.until(() => expect(lobby.threads()[0]?.join(' ')).toMatch(/^fine/))
  expect(guests.heard('anna').join(' ')).not.toMatch(/was not delivered/)
})

test('every refused text is told of by itself', async () => {
  const { guests } = lobby
  await guests.say('anna', 'poison')
  await guests.say('anna', 'fine')
  await guests.say('anna', 'poison')
  await lobby.until(() => expect(guests.heard('anna')).toEqual([notice, notice]))
  expect(lobby.threads()).toEqual([['fine']])
})

describe('a notice to the staff', () => {
  test('that Mews refuses makes no further notice', async () => {
    const { guests, mews } = lobby
    await guests.say('anna', 'Hello')
    await lobby.until(() => expect(lobby.threads()).toEqual([['Hello']]))
    guests.fail('anna', { outcome: { outcome: 'rejected', reason: 'The conversation is archived.' } }, 9)
    mews.reply(lobby.thread(0), 'poison')
    await lobby.until(() => expect(failed()).toHaveLength(2))
    await lobby.pass(10 * minute)
    expect(failed().map(({ lane }) => lane)).toEqual(['reply:lobby:anna', 'turn:lobby:anna'])
    expect(guests.attempts('anna')).toBe(1)
  })
})
