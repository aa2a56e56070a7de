import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toRefusal } from '../../fakes/channex-api.ts'
import { fakeAccount } from '../../fakes/channex.ts'
import type { FakeAnswer, FakeRequest } from '../../fakes/server.ts'
import { createListening, type Listening } from './listening.ts'

let setup: Listening
beforeEach(async () => {
  setup = await createListening()
})
afterEach(() => setup.close())

const listsMessages = ({ path }: FakeRequest): boolean => path.endsWith('/messages')

/** Two threads, the newer of which answers so. */
const withOne = async (answer: FakeAnswer): Promise<string> => {
  setup.channex.say(setup.channex.open(), 'readable')
  await setup.clock.advance(1000)
  const troubled = setup.channex.open()
  setup.channex.say(troubled, 'not readable now')
  const match = ({ path }: FakeRequest): boolean => path.endsWith(`${troubled}/messages`)
  setup.channex.server.fail({ applied: false, kind: 'answer', answer }, { times: 9, match })
  return troubled
}

describe('trouble while listening', () => {
  it('is told once, with the remedy, and again when it is over', async () => {
    setup.channex.installed.clear()
    setup.channex.say(setup.channex.open(), 'Hello?')
    await setup.listen()
    await setup.nextLook()
    expect(setup.logged).toHaveLength(1)
    expect(setup.logged[0]).toContain('install the Messages application')
    const told = async () => (await setup.adapter.installations?.())?.[0]
    expect(await told()).toMatchObject({ ok: false, detail: expect.stringContaining('install the Messages') })
    expect(await told()).not.toHaveProperty('lookedAt')
    setup.channex.installed.add(fakeAccount.propertyId)
    await setup.nextLook()
    expect(setup.logged).toHaveLength(3)
    expect(await told()).toEqual({
      name: `Account at ${new URL(setup.channex.url).host}`,
      ok: true,
      detail: `property ${fakeAccount.propertyId}`,
      lookedAt: setup.clock.now(),
    })
    expect(setup.recorded()).toEqual(['Hello?'])
  })

  it('waits as long as Channex asks', async () => {
    const answer = { ...toRefusal(429, 'http_too_many_requests', 'x'), headers: { 'retry-after': '600' } }
    setup.channex.server.fail({ applied: false, kind: 'answer', answer })
    await setup.listen()
    await setup.clock.advance(599_000)
    expect(setup.clock.sleepers()).toBe(1)
    await setup.nextLook(1000)
    expect(setup.asked()).toBe(2)
  })

  it('counts nothing as looked at when a thread could not be read or recorded', async () => {
    const thread = setup.channex.open()
    setup.channex.say(thread, 'Hello?')
    setup.channex.server.fail({ applied: false, kind: 'reset' }, { match: listsMessages })
    await setup.listen()
    expect(setup.recorded()).toEqual([])
    expect(await setup.vault.get(`looked:${fakeAccount.propertyId}`)).toBeUndefined()
    await setup.nextLook()
    expect(setup.recorded()).toEqual(['Hello?'])
  })

  it('passes over a thread that is refused for good', async () => {
    const refused = await withOne(toRefusal(422, 'not_supported', 'x'))
    await setup.listen()
    expect(setup.recorded()).toEqual(['readable'])
    expect(setup.logged.join()).toContain(refused)
    expect(await setup.vault.get(`looked:${fakeAccount.propertyId}`)).toBeDefined()
  })

  it.each([{ status: 500 }, toRefusal(403, 'forbidden', 'x')])(
    'of one thread, %j, holds up no other, and the thread is not forgotten',
    async (answer) => {
      await withOne(answer)
      await setup.listen()
      expect(setup.recorded()).toEqual(['readable'])
      expect(await setup.vault.get(`looked:${fakeAccount.propertyId}`)).toBeUndefined()
      setup.channex.server.heal()
      await setup.nextLook()
      expect(setup.recorded()).toEqual(['readable', 'not readable now'])
    },
  )

  it('of three threads is Channex’s own, and no more are asked', async () => {
    for (let count = 0; count < 6; count += 1) setup.channex.say(setup.channex.open(), 'Hello?')
    const answer = { status: 500 }
    setup.channex.server.fail({ applied: false, kind: 'answer', answer }, { times: 9, match: listsMessages })
    await setup.listen()
    expect(setup.asked()).toBe(1 + 3)
  })

  it('with Channex’s clock does not make us wait for the future', async () => {
    const thread = setup.channex.open()
    setup.channex.say(thread, 'one', { at: setup.clock.now() + 7 * 24 * 3_600_000 })
    await setup.listen()
    setup.channex.say(setup.channex.open(), 'two')
    await setup.nextLook()
    expect(setup.recorded()).toEqual(['one', 'two'])
  })

  it('does not keep it from ending soon, also in the middle of a look', async () => {
    setup.channex.server.fail({ applied: false, kind: 'hang' })
    const stopping = new AbortController()
    const listening = setup.adapter.listen?.(stopping.signal)
    await expect.poll(() => setup.asked()).toBe(1)
    stopping.abort()
    await expect(listening).resolves.toBeUndefined()
    expect(setup.logged).toEqual([])
  })
})
