import { afterEach, expect, test } from 'vitest'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
afterEach(() => fixture.close())

/** A guest has a thread, and the regular look has just been. */
const begin = async (options: Parameters<typeof createFakePlatform>[0]): Promise<void> => {
  fixture = await createFakePlatform(options)
  await fixture.begin()
  await fixture.pass(3 * minute)
}

const looks = (): number => fixture.callsOf('messages/getAll').length

/** The next looks find nothing, whatever is there. */
const showNothingYet = (times = 1): void =>
  fixture.mews.fail(
    { kind: 'answer', applied: false, answer: { status: 200, body: { Messages: [], Cursor: null } } },
    { operation: 'messages/getAll', times },
  )

test('a reply that Mews announces before it shows it arrives within seconds', async () => {
  await begin({ times: { syncMs: hour } })
  const before = looks()
  // At the active threads, then at all of them.
  showNothingYet(2)
  fixture.mews.reply(fixture.thread(0), 'Welcome')
  await fixture.until(() => expect(looks()).toBe(before + 2))
  expect(fixture.guests.heard('anna')).toEqual([])
  await fixture.pass(10_000)
  expect(fixture.guests.heard('anna')).toEqual(['Welcome'])
})

test('a reply that was there at a look and did not show is found by the next one', async () => {
  await begin({ switches: { webhooks: 'dropped' } })
  const before = looks()
  showNothingYet()
  fixture.mews.reply(fixture.thread(0), 'Welcome')
  await fixture.until(() => expect(looks()).toBe(before + 1))
  await fixture.pass(minute)
  expect(fixture.guests.heard('anna')).toEqual([])
  await fixture.pass(2 * minute)
  expect(fixture.guests.heard('anna')).toEqual(['Welcome'])
})

test('what was written while messages could not be read for hours arrives once they can be', async () => {
  await begin({ switches: { webhooks: 'dropped' } })
  fixture.mews.fail(
    { kind: 'answer', applied: false, answer: { status: 500, body: {} } },
    { operation: 'messages/getAll', times: 10_000 },
  )
  fixture.mews.reply(fixture.thread(0), 'first')
  await fixture.pass(2 * hour, 10_000)
  fixture.mews.reply(fixture.thread(0), 'second')
  await fixture.pass(minute)
  fixture.mews.heal()
  await fixture.pass(10 * minute)
  expect(fixture.guests.heard('anna')).toEqual(['first', 'second'])
})
