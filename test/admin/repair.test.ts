import { Keyv } from 'keyv'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPreview, createRepair, type RepairOptions } from '../../src/admin/repair.ts'
import type { Adapter, Reading } from '../../src/port.ts'
import { createBindings } from '../../src/relay/threads/bindings.ts'
import { readNotice } from '../../src/relay/entries/notice.ts'
import { createWording } from '../../src/relay/wording.ts'
import { openStore } from '../../src/store/open.ts'
import type { OpenStore } from '../../src/store/open-store.ts'
import { createManualClock } from '../fakes/clock.ts'
import { createSqliteDatabase } from '../store/sqlite/database.ts'

const conversation = 'lobby:anna'
const lane = `turn:${conversation}`
const address = { v: 1, conversation: 'anna' } as const
const clock = createManualClock()

let store: OpenStore
let close: () => Promise<void>
beforeEach(async () => {
  const database = await createSqliteDatabase()
  store = await openStore({ url: `sqlite:${database.path}`, clock, exclusive: true })
  close = async () => {
    await store.close()
    await database.destroy()
  }
})
afterEach(() => close())

const write = (payload = '{}') =>
  store.log.append([
    { lane, group: 'turn:grand', kind: 'event', keys: ['event-1'], payload, at: clock.now() },
  ])

const createOptions = (read: Adapter['read']): RepairOptions => ({
  repairs: store.admin.repairs,
  conversations: store.admin.conversations,
  bindings: createBindings(new Keyv()),
  wording: createWording(),
  log: store.log,
  adapters: new Map([['lobby', { label: 'Lobby', read }]]),
  propertyNames: new Map([['grand', 'Grand Hotel']]),
  clock,
})

const bind = ({ bindings }: RepairOptions): Promise<void> =>
  createBindingsOf(bindings).write({
    v: 1,
    conversation,
    property: 'grand',
    threadId: 'thread-1',
    firstAuthor: 'anna',
    address,
    activeAt: clock.now(),
  })

const createBindingsOf = (bindings: unknown) => bindings as ReturnType<typeof createBindings>

const said = (text: string): Reading => ({
  turns: [
    { kind: 'message', author: { id: 'a', name: 'Anna' }, text, attachments: [{ name: 'room.jpg' }], at: 0 },
  ],
  address,
})

const told = async (): Promise<readonly string[]> => {
  const [run] = await store.log.claim({ group: 'reply:lobby', limit: 10, leaseMs: 1_000 })
  return (run?.entries ?? []).map(({ payload }) => readNotice(payload).text)
}

const withoutWords =
  '⚠️ One of your messages was not delivered to the hotel. Please send it again or contact the hotel another way.'

const notRead: Readonly<Record<string, Adapter['read']>> = {
  'whose reading fails': () => Promise.reject(new Error('a secret word')),
  'whose reading takes too long': () => {
    setImmediate(() => clock.step(5_001))
    return new Promise(() => {})
  },
}

test.each(Object.entries(notRead))(
  'a turn %s is told without words, and that is said before',
  async (_, read) => {
    await write()
    const options = createOptions(read)
    await bind(options)
    expect(await createPreview(options)('give-up', `${lane}#1`)).toMatchObject({
      told: 'guest',
      platform: 'Lobby',
      text: withoutWords,
      withoutWords: true,
    })
    expect(await createRepair(options)('give-up', `${lane}#1`)).toEqual({ result: 'done', told: 'guest' })
    expect(await told()).toEqual([withoutWords])
  },
)

test('a turn that was never read is told with its words and the names of its files, where it came from', async () => {
  await write('{"whole":true}')
  const payloads: string[] = []
  const options = createOptions(async (payload) => {
    payloads.push(payload)
    return said('The heating is off')
  })
  const text =
    '⚠️ Your message was not delivered to the hotel: “The heating is off room.jpg”. Please send it again or contact the hotel another way.'
  const plan = { told: 'guest', name: 'Anna', platform: 'Lobby', text, withoutWords: false }
  expect(await createPreview(options)('give-up', `${lane}#1`)).toMatchObject(plan)
  expect(await store.admin.repairs.waiting(10)).toHaveLength(1)
  expect(await createRepair(options)('give-up', `${lane}#1`)).toEqual({ result: 'done', told: 'guest' })
  expect(await told()).toEqual([text])
  expect(payloads).toEqual(['{"whole":true}', '{"whole":true}'])
  expect(await createPreview(options)('give-up', `${lane}#1`)).toBeUndefined()
})

test('what was for us alone is given up without a word', async () => {
  await write()
  const options = createOptions(async () => ({ turns: [], command: 'help', address }))
  await bind(options)
  expect(await createPreview(options)('give-up', `${lane}#1`)).toMatchObject({ told: 'nobody', text: '' })
  expect(await createRepair(options)('give-up', `${lane}#1`)).toEqual({ result: 'done', told: 'nobody' })
  expect(await told()).toEqual([])
})
