import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let lobby: FakePlatform
beforeEach(async () => {
  lobby = await createFakePlatform()
})
afterEach(() => lobby.close())

const hang = { kind: 'hang', applied: true } as const

/** The last part as it stands in the database, where a kill would leave it. */
const lastPart = () => lobby.deliveries().at(-1)

const begun = (operation: string, times: number): Promise<void> =>
  lobby.until(() => expect(lobby.calls.filter((call) => call.operation === operation)).toHaveLength(times))

test('that a thread is to be opened is on disk before Mews is asked', async () => {
  lobby.mews.fail(hang, { operation: 'messageThreads/add' })
  await lobby.guests.say('anna', 'one')
  await begun('messageThreads/add', 1)
  const [thread] = lobby.mews.threads()
  const intent = await lobby.store.threads.latest('lobby:anna')
  expect(intent).toMatchObject({ threadId: null, subject: thread?.subject })
})

test('that a turn is to be sent is on disk before Mews is asked', async () => {
  await lobby.guests.say('anna', 'one')
  await lobby.arrived(1)
  lobby.mews.fail(hang, { operation: 'messages/add' })
  await lobby.guests.say('anna', 'two')
  await begun('messages/add', 2)
  expect(lastPart()).toMatchObject({ lane: 'turn:lobby:anna', pos: 2, state: 'sending' })
})

test('that a reply is to be posted is on disk before the platform is asked', async () => {
  await lobby.guests.say('anna', 'one')
  await lobby.arrived(1)
  lobby.guests.fail('anna', 'hang')
  lobby.mews.reply(lobby.thread(0), 'Welcome')
  await lobby.until(() => expect(lobby.guests.attempts('anna')).toBe(1))
  expect(lobby.deliveries()[0]).toMatchObject({ lane: 'reply:lobby:anna', state: 'sending' })
})
