import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
})
afterEach(() => fixture.close())

const hang = { kind: 'hang', applied: true } as const

/** The last part as it stands in the database, where a kill would leave it. */
const lastPart = () => fixture.deliveries().at(-1)

const begun = (operation: string, times: number): Promise<void> =>
  fixture.until(() =>
    expect(fixture.calls.filter((call) => call.operation === operation)).toHaveLength(times),
  )

test('that a thread is to be opened is on disk before Mews is asked', async () => {
  fixture.mews.fail(hang, { operation: 'messageThreads/add' })
  await fixture.guests.say('anna', 'one')
  await begun('messageThreads/add', 1)
  const [thread] = fixture.mews.threads()
  const intent = await fixture.store.threads.latest('lobby:anna')
  expect(intent).toMatchObject({ threadId: null, subject: thread?.subject })
})

test('that a turn is to be sent is on disk before Mews is asked', async () => {
  await fixture.guests.say('anna', 'one')
  await fixture.arrived(1)
  fixture.mews.fail(hang, { operation: 'messages/add' })
  await fixture.guests.say('anna', 'two')
  await begun('messages/add', 2)
  expect(lastPart()).toMatchObject({ lane: 'turn:lobby:anna', pos: 2, state: 'sending' })
})

test('that a reply is to be posted is on disk before the platform is asked', async () => {
  await fixture.guests.say('anna', 'one')
  await fixture.arrived(1)
  fixture.guests.fail('anna', 'hang')
  fixture.mews.reply(fixture.thread(0), 'Welcome')
  await fixture.until(() => expect(fixture.guests.attempts('anna')).toBe(1))
  expect(fixture.deliveries()[0]).toMatchObject({ lane: 'reply:lobby:anna', state: 'sending' })
})
