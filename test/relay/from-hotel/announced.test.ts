import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRepair } from '../../../src/admin/repair.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { day, hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
  await fixture.guests.say('anna', 'Hello')
  await fixture.arrived(1)
})
afterEach(() => fixture.close())

const unknownId = (number = 0): string => `5d0c77b1-24e9-4a06-8f3b-${String(number).padStart(12, '0')}`

/** Mews announces messages that it does not show. */
const announce = (...ids: readonly string[]): Promise<number> =>
  fixture.mews.sendWebhook({
    EnterpriseId: fixture.mews.properties[0]?.enterpriseId,
    Events: ids.map((Id) => ({ Discriminator: 'MessageAdded', Value: { Id } })),
  })

const looks = (): number => fixture.callsOf('messages/getAll').length
const lost = () => fixture.deliveries().filter(({ lane }) => lane.startsWith('hook:'))

/** Nobody writes for so long that the thread is looked at once an hour only, and that has just been. */
const beSilent = async (): Promise<void> => {
  fixture.clock.step(31 * day)
  await fixture.pass(3 * minute)
}

describe('a reply in a thread that was silent for long', () => {
  test('arrives at once when a webhook names the message alone', async () => {
    await beSilent()
    fixture.mews.reply(fixture.thread(0), 'Welcome back')
    await fixture.pass(3_000)
    expect(fixture.guests.heard('anna')).toEqual(['Welcome back'])
  })

  test('arrives within seconds when Mews shows it later than it announces it', async () => {
    await beSilent()
    const nothing = { status: 200, body: { Messages: [], Cursor: null } }
    fixture.mews.fail({ kind: 'answer', applied: false, answer: nothing }, { operation: 'messages/getAll' })
    fixture.mews.reply(fixture.thread(0), 'Welcome back')
    await fixture.pass(25_000)
    expect(fixture.guests.heard('anna')).toEqual(['Welcome back'])
  })

  test('arrives although much is announced that nobody can see', async () => {
    await beSilent()
    await announce(unknownId(1), unknownId(2))
    await fixture.pass(2_000)
    fixture.mews.reply(fixture.thread(0), 'Welcome back')
    await fixture.pass(30_000)
    expect(fixture.guests.heard('anna')).toEqual(['Welcome back'])
    expect(lost()).toEqual([])
  })
})

describe('a message that Mews announces and never shows', () => {
  test('is looked for again for an hour, then shown as lost, once', async () => {
    await fixture.pass(minute)
    const before = looks()
    await announce(unknownId())
    await announce(unknownId())
    await fixture.pass(64 * minute, 5_000)
    expect(lost()).toEqual([])
    const regular = (64 * minute) / (2 * minute)
    expect(looks() - before).toBeLessThan(regular + 12)
    await fixture.pass(2 * minute)
    expect(lost()).toMatchObject([
      { state: 'failed', reason: expect.stringContaining('did not show it within an hour') },
    ])
    await announce(unknownId())
    await fixture.pass(2 * hour, 10_000)
    expect(lost()).toHaveLength(1)
    expect(fixture.lines.filter(({ message }) => message === 'announced message never found')).toHaveLength(1)
  })

  test('is not forgotten by a restart', async () => {
    await announce(unknownId())
    await fixture.pass(10 * minute)
    await fixture.restart([{ name: 'Grand Hotel' }])
    await fixture.pass(56 * minute, 5_000)
    expect(lost()).toMatchObject([{ state: 'failed' }])
  })

  test('is not lost when it is shown at last', async () => {
    fixture.mews.hide(fixture.thread(0))
    fixture.mews.reply(fixture.thread(0), 'Welcome')
    await fixture.pass(12 * minute)
    expect(fixture.guests.heard('anna')).toEqual([])
    fixture.mews.hide(fixture.thread(0), false)
    await fixture.pass(75 * minute, 5_000)
    expect(fixture.guests.heard('anna')).toEqual(['Welcome'])
    expect(lost().filter(({ state }) => state === 'failed')).toEqual([])
  })

  test('is looked for again when an operator wants that', async () => {
    await announce(unknownId())
    await fixture.pass(66 * minute, 5_000)
    const [row] = lost()
    const { repairs } = (fixture.store as OpenStore).admin
    const shared = { bindings: { find: () => Promise.resolve(undefined) }, clock: fixture.clock }
    const repair = createRepair({ ...shared, repairs, texts: {}, adapters: new Map() } as never)
    expect(await repair('retry', `${row?.lane}#${row?.pos}`)).toMatchObject({ result: 'done' })
    expect(lost()).toMatchObject([{ state: 'waiting' }])
    await fixture.pass(66 * minute, 5_000)
    expect(lost()).toMatchObject([{ state: 'failed' }])
    const [again] = lost()
    expect(await repair('mark-delivered', `${again?.lane}#${again?.pos}`)).toMatchObject({ result: 'done' })
    expect(lost()).toMatchObject([{ state: 'sent' }])
  })

  test('costs no more looks for being announced with a thousand others', async () => {
    await fixture.pass(minute)
    const before = looks()
    await announce(...Array.from({ length: 500 }, (_, index) => unknownId(index)))
    for (let index = 500; index < 520; index += 1) await announce(unknownId(index))
    await fixture.pass(10 * minute)
    expect(looks() - before).toBeLessThan(45)
  })
})

test('a clock that is set back by a day delays nothing', async () => {
  await beSilent()
  await announce(unknownId())
  await fixture.pass(2_000)
  fixture.clock.set(-day)
  fixture.mews.reply(fixture.thread(0), 'Welcome back')
  await fixture.pass(30_000)
  expect(fixture.guests.heard('anna')).toEqual(['Welcome back'])
})
