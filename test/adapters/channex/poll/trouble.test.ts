import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toRefusal } from '../../../fakes/channex/api.ts'
import { fakeAccount } from '../../../fakes/channex/channex.ts'
import type { FakeAnswer, FakeRequest } from '../../../fakes/server.ts'
import { createListening, type Listening } from './setup.ts'

let setup: Listening
beforeEach(async () => {
  setup = await createListening()
})
afterEach(() => setup.close())

/** Where the first look begins, until everything since then was read. */
const dayMs = 24 * 3_600_000
const markOf = (property: string = fakeAccount.propertyId) => setup.vault.get(`looked:${property}`)

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
    const begun = setup.clock.now() - dayMs
    await setup.listen()
    expect(setup.recorded()).toEqual([])
    expect(await markOf()).toMatchObject({ begun, until: begun })
    await setup.nextLook()
    expect(setup.recorded()).toEqual(['Hello?'])
  })

  it('passes over a thread that is refused for good', async () => {
    const refused = await withOne(toRefusal(422, 'not_supported', 'x'))
    await setup.listen()
    expect(setup.recorded()).toEqual(['readable'])
    expect(setup.logged.join()).toContain(refused)
    expect(await markOf()).toMatchObject({ until: setup.clock.now() })
  })

  it.each([{ status: 500 }, toRefusal(403, 'forbidden', 'x')])(
    'of one thread, %j, holds up no other, and the thread is not forgotten',
    async (answer) => {
      await withOne(answer)
      const begun = setup.clock.now() - dayMs
      await setup.listen()
      expect(setup.recorded()).toEqual(['readable'])
      expect(await markOf()).toMatchObject({ until: begun })
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

  it('of the very first looks loses nothing, however long it lasts', async () => {
    setup.channex.say(setup.channex.open(), 'yesterday', { at: setup.clock.now() - dayMs / 2 })
    setup.channex.server.fail({ applied: false, kind: 'reset' }, { times: 3, match: listsMessages })
    await setup.listen()
    for (let days = 0; days < 3; days += 1) await setup.nextLook(dayMs)
    expect(setup.recorded()).toEqual(['yesterday'])
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

const everyProperty = 'every property'
/** Threads that may not be read. */
let refused: readonly string[] = []
const isRefused = ({ path }: FakeRequest): boolean => refused.some((id) => path.endsWith(`${id}/messages`))

/** A guest of the property writes in a thread of their own. */
const write = (propertyId: string, text: string): string => {
  const thread = setup.channex.open({ propertyId })
  setup.channex.say(thread, text)
  return thread
}

describe('a property that may not be read', () => {
  const { propertyId: here, otherPropertyId: ended } = fakeAccount

  beforeEach(async () => {
    await setup.close()
    setup = await createListening({ propertyId: undefined })
    write(here, 'here')
    await setup.clock.advance(1000)
    refused = ['one', 'two', 'three', 'four'].map((text) => write(ended, text))
    const answer = toRefusal(403, 'forbidden', 'x')
    setup.channex.server.fail({ applied: false, kind: 'answer', answer }, { times: 10_000, match: isRefused })
  })

  it('keeps nobody else’s guests waiting, and is told of', async () => {
    await setup.listen()
    expect(setup.recorded()).toEqual(['here'])
    expect(setup.logged.join()).toContain(ended)
    const [account] = (await setup.adapter.installations?.()) ?? []
    expect(account).toMatchObject({ ok: false, detail: expect.stringContaining('install the Messages') })
    await setup.clock.advance(60_000)
    write(here, 'here again')
    await setup.nextLook(60_000)
    expect(setup.recorded()).toEqual(['here', 'here again'])
  })

  it('is read from where it was, once it may be, also after a restart', async () => {
    await setup.listen()
    for (let days = 0; days < 5; days += 1) await setup.nextLook(dayMs)
    await setup.stop()
    setup.channex.server.heal()
    await setup.listen(setup.again())
    expect(new Set(setup.recorded())).toEqual(new Set(['here', 'one', 'two', 'three', 'four']))
    expect(setup.logged.at(-1)).toContain('messages found')
    expect(await markOf(everyProperty)).toHaveProperty('apart', {})
    write(ended, 'five')
    await setup.nextLook()
    expect(setup.recorded()).toContain('five')
  })

  it('is asked no more however long it lasts, and the others’ mark goes on', async () => {
    await setup.listen()
    await setup.nextLook()
    const before = setup.asked()
    await setup.nextLook()
    const each = setup.asked() - before
    expect(each).toBe(1 + 1 + 3)
    for (let count = 0; count < 20; count += 1) {
      refused = [...refused, write(ended, `later ${count}`)]
      write(here, `here ${count}`)
      await setup.nextLook(dayMs)
    }
    const since = setup.asked()
    await setup.nextLook()
    expect(setup.asked() - since).toBe(each)
    expect(await markOf(everyProperty)).toMatchObject({ apart: { [ended]: expect.any(Number) } })
    expect(setup.recorded()).toContain('here 19')
  })

  it('is found again although its threads are hidden for a while', async () => {
    await setup.listen()
    setup.channex.installed.delete(ended)
    setup.channex.server.heal()
    await setup.nextLook()
    await setup.nextLook(2 * dayMs)
    expect(setup.recorded()).toEqual(['here'])
    setup.channex.installed.add(ended)
    await setup.nextLook()
    expect(setup.recorded()).toHaveLength(5)
  })

  it('is given up after three months, in the log', async () => {
    await setup.listen()
    setup.channex.installed.delete(ended)
    await setup.nextLook(90 * dayMs)
    await setup.nextLook()
    expect(await markOf(everyProperty)).toHaveProperty('apart', {})
    expect(setup.logged.join()).toContain('no longer asked')
  })

  it('of which nobody says whose it is holds up nobody, and the mark stays', async () => {
    await setup.stop()
    const begun = setup.clock.now() - dayMs
    refused = Array.from({ length: 4 }, () => setup.channex.open({ bare: true }))
    for (const thread of refused) setup.channex.say(thread, 'whose?')
    await setup.listen()
    expect(setup.recorded()).toContain('here')
    expect(setup.recorded()).not.toContain('whose?')
    expect(await markOf(everyProperty)).toMatchObject({ until: begun })
    setup.channex.server.heal()
    await setup.nextLook()
    expect(setup.recorded().filter((text) => text === 'whose?')).toHaveLength(4)
  })
})
