import { Keyv } from 'keyv'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPreview, createRepair, type RepairOptions } from '../../../src/admin/repair.ts'
import { createBindings } from '../../../src/relay/threads/bindings.ts'
import { createTexts } from '../../../src/relay/texts.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let lobby: FakePlatform
beforeEach(async () => {
  lobby = await createFakePlatform({ confirms: false, times: { giveUpMs: 2 * hour } })
})
afterEach(() => lobby.close())

const begin = async (): Promise<void> => {
  await lobby.guests.say('anna', 'one')
  await lobby.until(() => expect(lobby.threads()).toEqual([['one']]))
}

const failed = () => lobby.deliveries().filter(({ state }) => state === 'failed')
const idOfFailed = (): string => failed().map(({ lane, pos }) => `${lane}#${pos}`)[0] ?? ''

const repairOptions = (): RepairOptions => {
  const store = lobby.store as OpenStore
  return {
    repairs: store.admin.repairs,
    conversations: store.admin.conversations,
    bindings: createBindings(new Keyv({ store: store.keyv('bindings'), throwOnErrors: true })),
    texts: createTexts(),
    log: store.log,
    adapters: new Map([['lobby', { label: 'Lobby', read: () => Promise.reject(new Error('not asked')) }]]),
    propertyNames: new Map(),
    clock: lobby.clock,
  }
}

const gone = { outcome: { outcome: 'rejected', reason: 'The conversation is gone.' } } as const
const wasNot =
  '⚠️ This reply was not delivered to the guest (Lobby): “Welcome”. Please reach the guest another way; your IT has been told.'
const afterAll = '✅ This reply was delivered to the guest after all (Lobby): “Welcome”.'
const guestsAfterAll = '✅ Your message was delivered to the hotel after all: “two”.'

const refuseReply = async (): Promise<void> => {
  await begin()
  lobby.guests.fail('anna', gone)
  lobby.mews.reply(lobby.thread(0), 'Welcome')
  await lobby.until(() => expect(lobby.threads()).toEqual([['one', 'Welcome', wasNot]]))
}

describe('a reply of which the staff read that it was not delivered', () => {
  test('is told of once more when it is tried again and arrives', async () => {
    await refuseReply()
    const repair = createRepair(repairOptions())
    const id = idOfFailed()
    expect(await repair('retry', id)).toMatchObject({ result: 'done' })
    expect(await repair('retry', id)).toMatchObject({ result: 'not there' })
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual(['Welcome']))
    await lobby.until(() => expect(lobby.threads()).toEqual([['one', 'Welcome', wasNot, afterAll]]))
    lobby.mews.reply(lobby.thread(0), 'Anything else?')
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual(['Welcome', 'Anything else?']))
    await lobby.pass(minute)
    expect(lobby.threads()).toEqual([['one', 'Welcome', wasNot, afterAll, 'Anything else?']])
  })

  test('is told of once more when it fails again, and once when it then arrives', async () => {
    await refuseReply()
    const repair = createRepair(repairOptions())
    lobby.guests.fail('anna', gone)
    expect(await repair('retry', idOfFailed())).toMatchObject({ result: 'done' })
    await lobby.until(() => expect(lobby.threads()).toEqual([['one', 'Welcome', wasNot, wasNot]]))
    expect(await repair('retry', idOfFailed())).toMatchObject({ result: 'done' })
    await lobby.until(() => expect(lobby.threads()).toEqual([['one', 'Welcome', wasNot, wasNot, afterAll]]))
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
    await lobby.until(() => expect(lobby.threads()).toEqual([['one', 'Welcome', wasNot, afterAll]]))
    await lobby.pass(minute)
    expect(lobby.threads()[0]).toHaveLength(4)
    expect(lobby.guests.heard('anna')).toEqual([])
  })
})

test('a guest who read that a turn was not delivered reads that it was after all', async () => {
  await begin()
  const refused = { kind: 'answer', applied: false, answer: { status: 401, body: {} } } as const
  lobby.mews.fail(refused, { times: 10_000 })
  await lobby.guests.say('anna', 'two')
  await lobby.pass(2.2 * hour, minute)
  await lobby.until(() => expect(lobby.guests.heard('anna')).toHaveLength(1))
  lobby.mews.heal()
  expect(await createRepair(repairOptions())('retry', idOfFailed())).toMatchObject({ result: 'done' })
  await lobby.pass(10 * minute, minute)
  await lobby.until(() => expect(lobby.threads()).toEqual([['one', 'two']]))
  await lobby.until(() => expect(lobby.guests.heard('anna').slice(1)).toEqual([guestsAfterAll]))
})

test('a reply that arrives at its first attempt is told of to nobody', async () => {
  await begin()
  lobby.mews.reply(lobby.thread(0), 'Welcome')
  await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual(['Welcome']))
  await lobby.pass(minute)
  expect(lobby.threads()).toEqual([['one', 'Welcome']])
})
