import { afterEach, describe, expect, test } from 'vitest'
import { createReferences } from '../../../src/relay/ids.ts'
import { day, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let lobby: FakePlatform
afterEach(() => lobby.close())

/** One conversation with a thread in which both sides have written. */
const begin = async (options: Parameters<typeof createFakePlatform>[0] = {}): Promise<void> => {
  lobby = await createFakePlatform(options)
  await lobby.guests.say('anna', 'one')
  await lobby.until(() => expect(lobby.threads()).toEqual([['one']]))
  lobby.mews.reply(lobby.thread(0), 'first answer')
  await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual(['first answer']))
}

const first = ['one', 'first answer']

/** Mews makes the thread take nothing more. */
const refusals: Readonly<Record<string, () => void>> = {
  'it is resolved': () => {
    lobby.mews.switches.resolvedThreads = 'refused'
    lobby.mews.resolve(lobby.thread(0))
  },
  'it is resolved, and Mews does not say so': () => {
    lobby.mews.switches.generation = 'old'
    lobby.mews.refuse(lobby.thread(0), 403)
  },
  'it is refused as invalid, and Mews does not say why': () => {
    lobby.mews.switches.generation = 'old'
    lobby.mews.refuse(lobby.thread(0), 400)
  },
}

describe.each(Object.entries(refusals))('a thread that takes nothing more: %s', (_, refuse) => {
  test('is followed by a new one, and replies from both arrive', async () => {
    await begin()
    const { guests, mews } = lobby
    refuse()
    await guests.say('anna', 'two')
    await guests.say('anna', 'three')
    await lobby.until(() => expect(lobby.threads()).toEqual([first, ['two', 'three']]))
    mews.reply(lobby.thread(1), 'second answer')
    await lobby.until(() => expect(guests.heard('anna')).toEqual(['first answer', 'second answer']))
    mews.reply(lobby.thread(0), 'a late answer')
    await lobby.until(() => expect(guests.heard('anna')).toHaveLength(3))
    await guests.say('anna', 'four')
    await lobby.until(() => expect(lobby.threads()[1]).toContain('four'))
    await lobby.pass(10 * minute)
    expect(lobby.threads()).toHaveLength(2)
    expect(guests.heard('anna')).toEqual(['first answer', 'second answer', 'a late answer'])
    expect(lobby.deliveries().filter(({ state }) => state !== 'sent')).toEqual([])
  })
})

test('a new thread is opened once, even when the answer to opening it is lost', async () => {
  await begin()
  lobby.mews.switches.resolvedThreads = 'refused'
  lobby.mews.resolve(lobby.thread(0))
  lobby.mews.fail({ kind: 'reset', applied: true }, { operation: 'messageThreads/add' })
  await lobby.guests.say('anna', 'two')
  await lobby.until(() => expect(lobby.threads()).toEqual([first, ['two']]))
})

test('a thread that was being opened when the process was killed is found again, not opened twice', async () => {
  lobby = await createFakePlatform()
  const { guests, mews, store, clock } = lobby
  const [intent, sender] = [{ conversation: 'lobby:anna', property: 'Grand Hotel' }, 'Anna']
  const subject = 'one (Lobby, ref AAAAAA)'
  await store.threads.intend({ ...intent, reference: 'AAAAAA', subject, sender, startedAt: clock.now() })
  const credentials = {
    ClientToken: mews.clientToken,
    AccessToken: mews.properties[0]?.accessToken,
    Client: 'x',
  }
  await fetch(`${mews.url}/api/connector/v1/messageThreads/add`, {
    method: 'POST',
    body: JSON.stringify({ ...credentials, OriginalSender: sender, Subject: subject }),
  })
  await guests.say('anna', 'one')
  await lobby.until(() => expect(lobby.threads()).toEqual([['one']]))
})

describe('a reference that another conversation has', () => {
  test('does not join the two: the new thread gets one of its own', async () => {
    lobby = await createFakePlatform()
    const { guests, mews, store } = lobby
    const own = await createReferences(store.marks).of('Grand Hotel', 'lobby:ben', 2)
    const taken = { conversation: 'lobby:anna', property: 'Old Mill', subject: 'Hello', sender: 'Anna' }
    await store.threads.intend({ ...taken, reference: own[0] ?? '', startedAt: 1 })
    const before = await store.threads.latest('lobby:anna')
    await guests.say('ben', 'hello')
    await lobby.arrived(1)
    const { reference } = (await store.threads.latest('lobby:ben')) ?? {}
    expect(reference).toBe(own[1])
    expect(mews.threads()[0]?.subject).toContain(reference)
    mews.reply(lobby.thread(0), 'for Ben')
    await lobby.until(() => expect(guests.heard('ben')).toEqual(['for Ben']))
    expect(await store.threads.latest('lobby:anna')).toEqual(before)
  })

  test('does not either where it is quoted in the other’s subject', async () => {
    lobby = await createFakePlatform()
    const { guests, mews, store, clock } = lobby
    await guests.say('anna', 'About my request AAAAAA')
    await lobby.arrived(1)
    const intent = { conversation: 'lobby:ben', property: 'Grand Hotel', reference: 'AAAAAA' }
    await store.threads.intend({ ...intent, subject: 'hello', sender: 'Ben', startedAt: clock.now() })
    await guests.say('ben', 'hello')
    await lobby.until(() => expect(lobby.threads()).toEqual([['About my request AAAAAA'], ['hello']]))
    mews.reply(lobby.thread(0), 'for Anna')
    mews.reply(lobby.thread(1), 'for Ben')
    await lobby.until(() => {
      expect(guests.heard('anna')).toEqual(['for Anna'])
      expect(guests.heard('ben')).toEqual(['for Ben'])
    })
  })
})

describe('a thread that was begun with what somebody else wrote', () => {
  const reset = { kind: 'reset', applied: false } as const
  const operation = 'messageThreads/add'

  /** Anna's words are given up while it is unknown whether their thread was opened; then Bob writes. */
  const followAnna = async (applied: boolean): Promise<void> => {
    lobby = await createFakePlatform({ times: { giveUpMs: 10 * minute } })
    const { guests, mews } = lobby
    if (applied) mews.fail({ kind: 'reset', applied }, { operation })
    mews.fail({ kind: 'answer', applied: false, answer: { status: 401, body: {} } }, { times: 10_000 })
    if (!applied) mews.fail(reset, { operation, times: 10_000 })
    await guests.say('chat', 'Anna’s secret')
    await lobby.pass(30 * minute, 10_000)
    await lobby.until(() => expect(guests.heard('chat')).toHaveLength(1))
    mews.heal()
    await guests.say('chat', 'hello', { by: 'Bob' })
    await lobby.arrived(1)
  }

  test('is opened in the words of who is heard now, where it was not opened yet', async () => {
    await followAnna(false)
    expect(lobby.mews.threads()).toMatchObject([
      { originalSender: 'Bob', subject: expect.stringMatching(/^hello/) },
    ])
    expect(lobby.threads()).toEqual([['hello']])
    const row = await lobby.store.threads.latest('lobby:chat')
    expect(row).toMatchObject({ sender: 'Bob', subject: lobby.mews.threads()[0]?.subject })
  })

  test('names who is heard now, where it was opened in the other’s name', async () => {
    await followAnna(true)
    expect(lobby.mews.threads()).toMatchObject([{ originalSender: 'Anna' }])
    expect(lobby.threads()).toEqual([['Bob: hello']])
    await lobby.guests.say('chat', 'me too')
    await lobby.until(() => expect(lobby.threads()).toEqual([['Bob: hello', 'Anna: me too']]))
  })
})

test('a thread that is opened by somebody else meanwhile is not opened a second time', async () => {
  lobby = await createFakePlatform()
  const { guests, mews, store, clock } = lobby
  await guests.say('ben', 'hello')
  await lobby.arrived(1)
  mews.fail({ kind: 'reset', applied: false }, { operation: 'messageThreads/add' })
  await guests.say('anna', 'one')
  await lobby.until(() => expect(lobby.gate.state().failingSince).not.toBe(null))
  const intent = await store.threads.latest('lobby:anna')
  await store.threads.opened(intent ?? { conversation: '', reference: '' }, lobby.thread(0), clock.now())
  await lobby.until(() => expect(lobby.threads()).toEqual([['hello', 'one']]))
  const openings = lobby.calls.filter(({ operation }) => operation === 'messageThreads/add')
  expect(openings).toHaveLength(2)
})

test('a thread that Mews no longer knows keeps neither turns nor other conversations from going on', async () => {
  lobby = await createFakePlatform({ switches: { foreignThreads: 'refused' } })
  const { guests, mews, store, clock } = lobby
  const unknown = { conversation: 'lobby:anna', property: 'Grand Hotel', reference: 'AAAAAA' }
  await store.threads.intend({ ...unknown, subject: 'Old', sender: 'Anna', startedAt: clock.now() })
  await store.threads.opened(unknown, '5d0c77b1-24e9-4a06-8f3b-b1f300c4d9aa', clock.now())
  await guests.say('anna', 'one')
  await guests.say('ben', 'hello')
  await lobby.until(() => expect(lobby.threads().flat().toSorted()).toEqual(['hello', 'one']))
  for (const { id } of mews.threads()) mews.reply(id, 'an answer')
  await lobby.until(() => {
    expect(guests.heard('anna')).toEqual(['an answer'])
    expect(guests.heard('ben')).toEqual(['an answer'])
  })
})

describe('a conversation in which nobody wrote for 30 days', () => {
  test('starts a new thread', async () => {
    await begin()
    lobby.clock.step(31 * day)
    await lobby.guests.say('anna', 'I am back')
    await lobby.until(() => expect(lobby.threads()).toEqual([first, ['I am back']]))
    lobby.mews.reply(lobby.thread(1), 'Welcome back')
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual(['first answer', 'Welcome back']))
  })

  test('goes on in its thread when the hotel wrote meanwhile', async () => {
    await begin()
    lobby.clock.step(20 * day)
    lobby.mews.reply(lobby.thread(0), 'Are you still coming?')
    await lobby.until(() => expect(lobby.guests.heard('anna')).toHaveLength(2))
    lobby.clock.step(20 * day)
    await lobby.guests.say('anna', 'Yes')
    await lobby.until(() => expect(lobby.threads()).toEqual([[...first, 'Are you still coming?', 'Yes']]))
  })

  test('still gets what the hotel writes into the old thread', async () => {
    await begin()
    lobby.clock.step(40 * day)
    lobby.mews.reply(lobby.thread(0), 'We found your umbrella')
    await lobby.until(() =>
      expect(lobby.guests.heard('anna')).toEqual(['first answer', 'We found your umbrella']),
    )
  })
})
