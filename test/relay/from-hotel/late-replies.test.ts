import { afterEach, expect, test } from 'vitest'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let lobby: FakePlatform
afterEach(() => lobby.close())

/** A guest has a thread, and the regular look has just been. */
const begin = async (options: Parameters<typeof createFakePlatform>[0]): Promise<void> => {
  lobby = await createFakePlatform(options)
  await lobby.guests.say('anna', 'one')
  await lobby.arrived(1)
  await lobby.pass(3 * minute)
}

const looks = (): number => lobby.calls.filter(({ operation }) => operation === 'messages/getAll').length

/** The next looks find nothing, whatever is there. */
const showNothingYet = (times = 1): void =>
  lobby.mews.fail(
    { kind: 'answer', applied: false, answer: { status: 200, body: { Messages: [], Cursor: null } } },
    { operation: 'messages/getAll', times },
  )

test('a reply that Mews announces before it shows it arrives within seconds', async () => {
  await begin({ times: { syncMs: hour } })
  const before = looks()
  // At the active threads, then at all of them.
  showNothingYet(2)
  lobby.mews.reply(lobby.thread(0), 'Welcome')
  await lobby.until(() => expect(looks()).toBe(before + 2))
  expect(lobby.guests.heard('anna')).toEqual([])
  await lobby.pass(10_000)
  expect(lobby.guests.heard('anna')).toEqual(['Welcome'])
})

test('a reply that was there at a look and did not show is found by the next one', async () => {
  await begin({ switches: { webhooks: 'dropped' } })
  const before = looks()
  showNothingYet()
  lobby.mews.reply(lobby.thread(0), 'Welcome')
  await lobby.until(() => expect(looks()).toBe(before + 1))
  await lobby.pass(minute)
  expect(lobby.guests.heard('anna')).toEqual([])
  await lobby.pass(2 * minute)
  expect(lobby.guests.heard('anna')).toEqual(['Welcome'])
})

test('what was written while messages could not be read for hours arrives once they can be', async () => {
  await begin({ switches: { webhooks: 'dropped' } })
  lobby.mews.fail(
    { kind: 'answer', applied: false, answer: { status: 500, body: {} } },
    { operation: 'messages/getAll', times: 10_000 },
  )
  lobby.mews.reply(lobby.thread(0), 'first')
  await lobby.pass(2 * hour, 10_000)
  lobby.mews.reply(lobby.thread(0), 'second')
  await lobby.pass(minute)
  lobby.mews.heal()
  await lobby.pass(10 * minute)
  expect(lobby.guests.heard('anna')).toEqual(['first', 'second'])
})
