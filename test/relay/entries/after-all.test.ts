import { Keyv } from 'keyv'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPreview, createRepair, type RepairOptions } from '../../../src/admin/repair.ts'
import { createBindings } from '../../../src/relay/threads/bindings.ts'
import { createWording } from '../../../src/relay/wording.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform({ confirms: false, times: { giveUpMs: 2 * hour } })
})
afterEach(() => fixture.close())

const idOfFailed = (): string => fixture.failed().map(({ lane, pos }) => `${lane}#${pos}`)[0] ?? ''

const repairOptions = (): RepairOptions => {
  const store = fixture.store as OpenStore
  return {
    repairs: store.admin.repairs,
    conversations: store.admin.conversations,
    bindings: createBindings(new Keyv({ store: store.keyv('bindings'), throwOnErrors: true })),
    wording: createWording(),
    log: store.log,
    adapters: new Map([['lobby', { label: 'Lobby', read: () => Promise.reject(new Error('not asked')) }]]),
    propertyNames: new Map(),
    clock: fixture.clock,
  }
}

const gone = { outcome: { outcome: 'rejected', reason: 'The conversation is gone.' } } as const
const wasNot =
  '⚠️ This reply was not delivered to the guest (Lobby): “Welcome”. Please reach the guest another way; your IT has been told.'
const afterAll = '✅ This reply was delivered to the guest after all (Lobby): “Welcome”.'
const guestsAfterAll = '✅ Your message was delivered to the hotel after all: “two”.'

const refuseReply = async (): Promise<void> => {
  await fixture.begin()
  fixture.guests.fail('anna', gone)
  fixture.mews.reply(fixture.thread(0), 'Welcome')
  await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'Welcome', wasNot]]))
}

describe('a reply that the staff read was not delivered', () => {
  test('is told of once more when it is tried again and arrives', async () => {
    await refuseReply()
    const repair = createRepair(repairOptions())
    const id = idOfFailed()
    expect(await repair('retry', id)).toMatchObject({ result: 'done' })
    expect(await repair('retry', id)).toMatchObject({ result: 'not there' })
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual(['Welcome']))
    await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'Welcome', wasNot, afterAll]]))
    fixture.mews.reply(fixture.thread(0), 'Anything else?')
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual(['Welcome', 'Anything else?']))
    await fixture.pass(minute)
    expect(fixture.threads()).toEqual([['one', 'Welcome', wasNot, afterAll, 'Anything else?']])
  })

  test('is told of once more when it fails again, and once when it then arrives', async () => {
    await refuseReply()
    const repair = createRepair(repairOptions())
    fixture.guests.fail('anna', gone)
    expect(await repair('retry', idOfFailed())).toMatchObject({ result: 'done' })
    await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'Welcome', wasNot, wasNot]]))
    expect(await repair('retry', idOfFailed())).toMatchObject({ result: 'done' })
    await fixture.until(() =>
      expect(fixture.threads()).toEqual([['one', 'Welcome', wasNot, wasNot, afterAll]]),
    )
  })

  test('is told of once more when somebody marks it as delivered, once however often they press', async () => {
    await refuseReply()
    const repair = createRepair(repairOptions())
    const id = idOfFailed()
    const preview = createPreview(repairOptions())
    expect(await preview('give-up', id)).toBeUndefined()
    expect(await preview('mark-delivered', id)).toMatchObject({
      told: 'staff',
      platform: 'Lobby',
      text: afterAll,
    })
    expect(await repair('mark-delivered', id)).toEqual({ result: 'done', told: 'staff' })
    expect(await preview('mark-delivered', id)).toBeUndefined()
    expect(await repair('mark-delivered', id)).toEqual({ result: 'not there', told: 'nobody' })
    await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'Welcome', wasNot, afterAll]]))
    await fixture.pass(minute)
    expect(fixture.threads()[0]).toHaveLength(4)
    expect(fixture.guests.heard('anna')).toEqual([])
  })
})

test('a guest who read that a turn was not delivered reads that it was after all', async () => {
  await fixture.begin()
  const refused = { kind: 'answer', applied: false, answer: { status: 401, body: {} } } as const
  fixture.mews.fail(refused, { times: 10_000 })
  await fixture.guests.say('anna', 'two')
  await fixture.pass(2.2 * hour, minute)
  await fixture.until(() => expect(fixture.guests.heard('anna')).toHaveLength(1))
  fixture.mews.heal()
  expect(await createRepair(repairOptions())('retry', idOfFailed())).toMatchObject({ result: 'done' })
  await fixture.pass(10 * minute, minute)
  await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'two']]))
  await fixture.until(() => expect(fixture.guests.heard('anna').slice(1)).toEqual([guestsAfterAll]))
})

test('a reply that arrives at its first attempt is told of to nobody', async () => {
  await fixture.begin()
  fixture.mews.reply(fixture.thread(0), 'Welcome')
  await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual(['Welcome']))
  await fixture.pass(minute)
  expect(fixture.threads()).toEqual([['one', 'Welcome']])
})
