import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PassingError } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { toRefusal } from '../../../fakes/channex/api.ts'
import { isOfMessages } from '../../../fakes/channex/channex.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
/** Of three messages only the webhook of the last has come. */
beforeEach(async () => {
  setup = await createSetup()
  const thread = setup.channex.open()
  for (const text of ['one', 'two', 'three']) {
    setup.channex.say(thread, text)
    await setup.clock.advance(1000)
  }
  await setup.receive(setup.channex.request(setup.channex.waiting.pop()))
})
afterEach(() => setup.channex.close())

const texts = (): readonly string[] =>
  setup.inbox.recorded.map(
    ({ payload }) => (JSON.parse(payload) as { payload: { message: string } }).payload.message,
  )
const readFirst = () => setup.adapter.read(setup.inbox.recorded[0]?.payload ?? '', neverAborted)

describe('a message whose webhook came before an earlier one’s', () => {
  it('has what was written before recorded, so that it can be put right', async () => {
    const { turns, after } = await readFirst()
    expect(turns).toMatchObject([{ text: 'three' }])
    expect(texts()).toEqual(['three', 'one', 'two'])
    expect(after).toEqual(setup.inbox.recorded.slice(1).flatMap(({ keys }) => keys))
    await setup.receiveWaiting()
    expect(texts()).toHaveLength(3)
  })

  it('is no reason to ask again for what was found in its thread', async () => {
    await readFirst()
    const asked = (): number => setup.channex.server.requests.filter(isOfMessages).length
    const before = asked()
    expect((await setup.readLast()).turns).toMatchObject([{ text: 'two' }])
    expect(asked()).toBe(before)
  })

  it('waits while the thread cannot be asked, but no longer than a minute', async () => {
    const { server } = setup.channex
    server.fail({ applied: false, kind: 'reset' }, { match: isOfMessages, times: 2 })
    await expect(readFirst()).rejects.toBeInstanceOf(PassingError)
    expect(texts()).toEqual(['three'])
    await setup.clock.advance(60_000)
    expect((await readFirst()).turns).toMatchObject([{ text: 'three' }])
    expect(setup.logged.join()).toContain('earlier messages could not be looked for')
  })

  it('is read by the look into its thread that was made for another a moment ago', async () => {
    await setup.receiveWaiting()
    const { requests } = setup.channex.server
    const asked = (): number => requests.filter(isOfMessages).length
    const payloads = setup.inbox.recorded.map(({ payload }) => payload)
    const afters: (number | undefined)[] = []
    for (const payload of payloads)
      afters.push((await setup.adapter.read(payload, neverAborted)).after?.length)
    expect(asked()).toBe(1)
    expect(new Set(afters)).toEqual(new Set([0, 1, 2]))
    await setup.clock.advance(10_000)
    await readFirst()
    expect(asked()).toBe(2)
  })

  it('waits also when it was written long before we came to it', async () => {
    const { server } = setup.channex
    await setup.clock.advance(600_000)
    server.fail({ applied: false, kind: 'reset' }, { match: isOfMessages, times: 2 })
    await expect(readFirst()).rejects.toBeInstanceOf(PassingError)
    await setup.clock.advance(30_000)
    await expect(readFirst()).rejects.toBeInstanceOf(PassingError)
    await setup.clock.advance(30_000)
    await readFirst()
    expect(texts()).toEqual(['three', 'one', 'two'])
    await setup.clock.advance(10_000)
    server.fail({ applied: false, kind: 'reset' }, { match: isOfMessages })
    await expect(readFirst()).rejects.toBeInstanceOf(PassingError)
  })

  it('does not wait for a thread that Channex does not know', async () => {
    const answer = toRefusal(404, 'resource_not_found', 'Resource Not Found')
    setup.channex.server.fail({ applied: false, kind: 'answer', answer }, { match: isOfMessages })
    expect((await readFirst()).turns).toMatchObject([{ text: 'three' }])
  })

  it('does not wait for what is not for the hotel, nor for what was written long ago', async () => {
    await setup.receiveWaiting()
    const thread = setup.inbox.recorded[0]?.conversation ?? ''
    setup.channex.say(thread, 'Welcome!', { sender: 'property' })
    setup.channex.say(thread, 'last week', { at: setup.clock.now() - 7 * 24 * 3_600_000 })
    expect((await readFirst()).turns).toMatchObject([{ text: 'three' }])
    expect(texts()).toHaveLength(3)
  })
})
