import { afterEach, expect, test } from 'vitest'
import { day, hour, minute } from '../../fakes/clock.ts'
import type { FixtureHotel } from '../support/assembly.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'

/** Guests of booking sites: nobody can ask them which hotel they mean. */

const grand = { name: 'Grand Hotel' }
const mill = { name: 'Old Mill' }

let fixture: FakePlatform
afterEach(() => fixture.close())

const start = async (hotels: readonly FixtureHotel[]): Promise<void> => {
  fixture = await createFakePlatform({ asks: false, hotels })
}

const expectThreads = (index: number, ...threads: readonly (readonly string[])[]): Promise<void> =>
  fixture.until(() => {
    const { mews } = fixture
    const texts = mews
      .threads(mews.properties[index]?.enterpriseId)
      .map(({ id }) => mews.messages(id).map(({ text }) => text))
    expect(texts).toEqual(threads)
  })

const routes = [{ platform: 'lobby', match: { room: '12' } }]

test('conversations that no route knows wait, say why, and arrive once one does', async () => {
  await start([{ ...grand, routes }, mill])
  await fixture.guests.say('anna', 'Hello', { routing: { room: '12' } })
  await fixture.guests.say('ben', 'Good evening', { routing: { room: '14' } })
  await expectThreads(0, ['Hello'])
  await fixture.pass(3 * day, hour)
  const [state] = [...(await fixture.store.log.states(['turn:lobby:ben'])).values()]
  expect(state).toMatchObject({ waiting: 1, reason: expect.stringContaining('(Lobby, room 14)') })
  expect(state?.reason).toMatch(/^No property has a route for this conversation.*CONFIG_FILE\.$/)
  expect(fixture.lines).toContainEqual(
    expect.objectContaining({
      level: 'error',
      fields: expect.objectContaining({ reason: state?.reason }),
    }),
  )
  expect(fixture.guests.heard('ben')).toEqual([])
  const [figures] = await (fixture.store as OpenStore).admin.figures.groups()
  expect(figures).toMatchObject({ group: 'unrouted:lobby', failing: 1, asked: 0 })
  expect(figures?.oldestAt).toBeLessThan(fixture.clock.now() - 2 * day)
  await fixture.restart([
    { ...grand, routes },
    { ...mill, routes: [{ platform: 'lobby', match: { room: '14' } }] },
  ])
  await expectThreads(1, ['Good evening'])
})

test('say so also while the platform does not let the event be read', async () => {
  await start([{ ...grand, routes }, mill])
  await fixture.guests.say('ben', 'Good evening', { routing: { room: '14' }, unreadable: 3 })
  await fixture.pass(10)
  const [state] = [...(await fixture.store.log.states(['turn:lobby:ben'])).values()]
  expect(state?.reason).toMatch(/^No property has a route .*\(Lobby, room 14\).*FILE: it cannot be read$/)
})

test('the only hotel does not get what is another one’s', async () => {
  await start([{ ...grand, routes }])
  await fixture.guests.say('anna', 'Hello', { routing: { room: '14' } })
  await fixture.guests.say('ben', 'Hi')
  await expectThreads(0, ['Hi'])
})

test('events that carry nothing are passed over', async () => {
  await start([grand, mill])
  await fixture.guests.say('anna', '', { empty: true })
  await fixture.pass(minute)
  expect((await fixture.store.log.states(['turn:lobby:anna'])).get('turn:lobby:anna')).toMatchObject({
    waiting: 0,
  })
})
