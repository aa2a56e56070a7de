import { afterEach, describe, expect, test } from 'vitest'
import { createReferences } from '../../../src/relay/ids.ts'
import { day, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
afterEach(() => fixture.close())

/** One conversation with a thread in which both sides have written. */
const begin = async (options: Parameters<typeof createFakePlatform>[0] = {}): Promise<void> => {
  fixture = await createFakePlatform(options)
  await fixture.begin()
  fixture.mews.reply(fixture.thread(0), 'first answer')
  await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual(['first answer']))
}

const first = ['one', 'first answer']

/** Mews makes the thread take nothing more. */
const refusals: Readonly<Record<string, () => void>> = {
  'it is resolved': () => {
    fixture.mews.switches.resolvedThreads = 'refused'
    fixture.mews.resolve(fixture.thread(0))
  },
  'it is resolved, and Mews does not say so': () => {
    fixture.mews.switches.generation = 'old'
    fixture.mews.refuse(fixture.thread(0), 403)
  },
  'it is refused as invalid, and Mews does not say why': () => {
    fixture.mews.switches.generation = 'old'
    fixture.mews.refuse(fixture.thread(0), 400)
  },
}

describe.each(Object.entries(refusals))('a thread that takes nothing more: %s', (_, refuse) => {
  test('is followed by a new one, and replies from both arrive', async () => {
    await begin()
    const { guests, mews } = fixture
    refuse()
    await guests.say('anna', 'two')
    await guests.say('anna', 'three')
    await fixture.until(() => expect(fixture.threads()).toEqual([first, ['two', 'three']]))
    mews.reply(fixture.thread(1), 'second answer')
    await fixture.until(() => expect(guests.heard('anna')).toEqual(['first answer', 'second answer']))
    mews.reply(fixture.thread(0), 'a late answer')
    await fixture.until(() => expect(guests.heard('anna')).toHaveLength(3))
    await guests.say('anna', 'four')
    await fixture.until(() => expect(fixture.threads()[1]).toContain('four'))
    await fixture.pass(10 * minute)
    expect(fixture.threads()).toHaveLength(2)
    expect(guests.heard('anna')).toEqual(['first answer', 'second answer', 'a late answer'])
    expect(fixture.deliveries().filter(({ state }) => state !== 'sent')).toEqual([])
  })
})

test('a new thread is opened once, even when the answer to opening it is lost', async () => {
  await begin()
  fixture.mews.switches.resolvedThreads = 'refused'
  fixture.mews.resolve(fixture.thread(0))
  fixture.mews.fail({ kind: 'reset', applied: true }, { operation: 'messageThreads/add' })
  await fixture.guests.say('anna', 'two')
  await fixture.until(() => expect(fixture.threads()).toEqual([first, ['two']]))
})

test('a thread that was being opened when the process was killed is found again, not opened twice', async () => {
  fixture = await createFakePlatform()
  const { guests, mews, store, clock } = fixture
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
  await fixture.until(() => expect(fixture.threads()).toEqual([['one']]))
})

describe('a reference that another conversation has', () => {
  test('does not join the two: the new thread gets one of its own', async () => {
    fixture = await createFakePlatform()
    const { guests, mews, store } = fixture
    const own = await createReferences(store.marks).of('Grand Hotel', 'lobby:ben', 2)
    const taken = { conversation: 'lobby:anna', property: 'Old Mill', subject: 'Hello', sender: 'Anna' }
    await store.threads.intend({ ...taken, reference: own[0] ?? '', startedAt: 1 })
    const before = await store.threads.latest('lobby:anna')
    await guests.say('ben', 'hello')
    await fixture.arrived(1)
    const { reference } = (await store.threads.latest('lobby:ben')) ?? {}
    expect(reference).toBe(own[1])
    expect(mews.threads()[0]?.subject).toContain(reference)
    mews.reply(fixture.thread(0), 'for Ben')
    await fixture.until(() => expect(guests.heard('ben')).toEqual(['for Ben']))
    expect(await store.threads.latest('lobby:anna')).toEqual(before)
  })

  test('does not either where it is quoted in the other’s subject', async () => {
    fixture = await createFakePlatform()
    const { guests, mews, store, clock } = fixture
    await guests.say('anna', 'About my request AAAAAA')
    await fixture.arrived(1)
    const intent = { conversation: 'lobby:ben', property: 'Grand Hotel', reference: 'AAAAAA' }
    await store.threads.intend({ ...intent, subject: 'hello', sender: 'Ben', startedAt: clock.now() })
    await guests.say('ben', 'hello')
    await fixture.until(() => expect(fixture.threads()).toEqual([['About my request AAAAAA'], ['hello']]))
    mews.reply(fixture.thread(0), 'for Anna')
    mews.reply(fixture.thread(1), 'for Ben')
    await fixture.until(() => {
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
    fixture = await createFakePlatform({ times: { giveUpMs: 10 * minute } })
    const { guests, mews } = fixture
    if (applied) mews.fail({ kind: 'reset', applied }, { operation })
    mews.fail({ kind: 'answer', applied: false, answer: { status: 401, body: {} } }, { times: 10_000 })
    if (!applied) mews.fail(reset, { operation, times: 10_000 })
    await guests.say('chat', 'Anna’s secret')
    await fixture.pass(30 * minute, 10_000)
    await fixture.until(() => expect(guests.heard('chat')).toHaveLength(1))
    mews.heal()
    await guests.say('chat', 'hello', { by: 'Bob' })
    await fixture.arrived(1)
  }

  test('is opened in the words of who is heard now, where it was not opened yet', async () => {
    await followAnna(false)
    expect(fixture.mews.threads()).toMatchObject([
      { originalSender: 'Bob', subject: expect.stringMatching(/^hello/) },
    ])
    expect(fixture.threads()).toEqual([['hello']])
    const row = await fixture.store.threads.latest('lobby:chat')
    expect(row).toMatchObject({ sender: 'Bob', subject: fixture.mews.threads()[0]?.subject })
  })

  test('names who is heard now, where it was opened in the other’s name', async () => {
    await followAnna(true)
    expect(fixture.mews.threads()).toMatchObject([{ originalSender: 'Anna' }])
    expect(fixture.threads()).toEqual([['Bob: hello']])
    await fixture.guests.say('chat', 'me too')
    await fixture.until(() => expect(fixture.threads()).toEqual([['Bob: hello', 'Anna: me too']]))
  })
})

test('a thread that is opened by somebody else meanwhile is not opened a second time', async () => {
  fixture = await createFakePlatform()
  const { guests, mews, store, clock } = fixture
  await guests.say('ben', 'hello')
  await fixture.arrived(1)
  mews.fail({ kind: 'reset', applied: false }, { operation: 'messageThreads/add' })
  await guests.say('anna', 'one')
  await fixture.until(() => expect(fixture.gate.state().failingSince).not.toBe(null))
  const intent = await store.threads.latest('lobby:anna')
  await store.threads.opened(intent ?? { conversation: '', reference: '' }, fixture.thread(0), clock.now())
  await fixture.until(() => expect(fixture.threads()).toEqual([['hello', 'one']]))
  const openings = fixture.callsOf('messageThreads/add')
  expect(openings).toHaveLength(2)
})

test('a thread that Mews no longer knows keeps neither turns nor other conversations from going on', async () => {
  fixture = await createFakePlatform({ switches: { foreignThreads: 'refused' } })
  const { guests, mews, store, clock } = fixture
  const unknown = { conversation: 'lobby:anna', property: 'Grand Hotel', reference: 'AAAAAA' }
  await store.threads.intend({ ...unknown, subject: 'Old', sender: 'Anna', startedAt: clock.now() })
  await store.threads.opened(unknown, '5d0c77b1-24e9-4a06-8f3b-b1f300c4d9aa', clock.now())
  await guests.say('anna', 'one')
  await guests.say('ben', 'hello')
  await fixture.until(() => expect(fixture.threads().flat().toSorted()).toEqual(['hello', 'one']))
  for (const { id } of mews.threads()) mews.reply(id, 'an answer')
  await fixture.until(() => {
    expect(guests.heard('anna')).toEqual(['an answer'])
    expect(guests.heard('ben')).toEqual(['an answer'])
  })
})

describe('a conversation in which nobody wrote for 30 days', () => {
  test('starts a new thread', async () => {
    await begin()
    fixture.clock.step(31 * day)
    await fixture.guests.say('anna', 'I am back')
    await fixture.until(() => expect(fixture.threads()).toEqual([first, ['I am back']]))
    fixture.mews.reply(fixture.thread(1), 'Welcome back')
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual(['first answer', 'Welcome back']))
  })

  test('goes on in its thread when the hotel wrote meanwhile', async () => {
    await begin()
    fixture.clock.step(20 * day)
    fixture.mews.reply(fixture.thread(0), 'Are you still coming?')
    await fixture.until(() => expect(fixture.guests.heard('anna')).toHaveLength(2))
    fixture.clock.step(20 * day)
    await fixture.guests.say('anna', 'Yes')
    await fixture.until(() => expect(fixture.threads()).toEqual([[...first, 'Are you still coming?', 'Yes']]))
  })

  test('still gets what the hotel writes into the old thread', async () => {
    await begin()
    fixture.clock.step(40 * day)
    fixture.mews.reply(fixture.thread(0), 'We found your umbrella')
    await fixture.until(() =>
      expect(fixture.guests.heard('anna')).toEqual(['first answer', 'We found your umbrella']),
    )
  })
})
