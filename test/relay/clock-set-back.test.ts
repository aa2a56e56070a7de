import { afterEach, expect, test } from 'vitest'
import { hour, minute } from './bench.ts'
import { createLobby, type Lobby } from './lobby.ts'

let lobby: Lobby
afterEach(() => lobby.close())

test.each(['sent', 'dropped'] as const)(
  'replies arrive within minutes and in order after the clock was set back, webhooks %s',
  async (webhooks) => {
    lobby = await createLobby({ switches: { webhooks } })
    const { mews, guests, clock } = lobby
    await guests.say('anna', 'Hello')
    await lobby.arrived(1)
    await lobby.pass(5 * minute, 5_000)
    mews.reply(lobby.thread(0), 'before')
    await lobby.pass(3 * minute, 5_000)
    clock.set(-2 * hour)
    for (const text of ['first', 'second', 'third']) {
      mews.reply(lobby.thread(0), text)
      await lobby.pass(10 * minute, 5_000)
    }
    expect(guests.heard('anna')).toEqual(['before', 'first', 'second', 'third'])
  },
)

test('what was written before a start with a clock that was set back arrives', async () => {
  lobby = await createLobby({ switches: { webhooks: 'dropped' } })
  const { mews, guests, clock } = lobby
  await guests.say('anna', 'Hello')
  await lobby.arrived(1)
  await lobby.pass(5 * minute, 5_000)
  await lobby.relay.stop(0)
  clock.set(-2 * hour)
  mews.reply(lobby.thread(0), 'while it was down')
  clock.step(30 * minute)
  await lobby.restart([{ name: 'Grand Hotel' }])
  await lobby.pass(5 * minute, 5_000)
  expect(guests.heard('anna')).toEqual(['while it was down'])
})

test.each([-10 * minute, -2 * hour, -26 * hour])(
  'what failed once before the clock was set by %i ms arrives within a quarter of an hour, with what stands behind it',
  async (ms) => {
    lobby = await createLobby()
    const { mews, guests, clock } = lobby
    await guests.say('anna', 'Hello')
    await lobby.arrived(1)
    guests.fail('anna', { outcome: { outcome: 'retry', reason: 'away' } }, 3)
    mews.reply(lobby.thread(0), 'first')
    mews.reply(lobby.thread(0), 'second')
    await lobby.until(() => expect(guests.attempts('anna')).toBeGreaterThan(1))
    clock.set(ms)
    await lobby.pass(15 * minute)
    expect(guests.heard('anna')).toEqual(['first', 'second'])
  },
)
