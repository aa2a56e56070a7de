import { afterEach, describe, expect, test } from 'vitest'
import { hour, minute } from './bench.ts'
import { createLobby, type Lobby } from './lobby.ts'

let lobby: Lobby
afterEach(() => lobby.close())

/** A conversation with a thread in which both sides have written, and a backup that knows them. */
const begin = async (options: Parameters<typeof createLobby>[0] = {}): Promise<Lobby> => {
  lobby = await createLobby(options)
  const { guests, mews } = lobby
  await guests.say('anna', 'one')
  await lobby.until(() => expect(lobby.threads()).toEqual([['one']]))
  mews.reply(lobby.thread(0), 'first answer')
  await lobby.until(() => expect(guests.heard('anna')).toEqual(['first answer']))
  return lobby
}

const first = ['one', 'first answer']

describe('a backup that is put back', () => {
  test('sends nothing again of what waited in it and was sent since', async () => {
    const { guests, mews } = await begin()
    mews.fail({ kind: 'answer', applied: false, answer: { status: 503, body: {} } }, { times: 1_000 })
    guests.fail('anna', { outcome: { outcome: 'retry', reason: 'away' } }, 1_000)
    await guests.say('anna', 'two')
    await lobby.pass(minute)
    await lobby.backUp()
    mews.heal()
    await lobby.until(() => expect(lobby.threads()).toEqual([[...first, 'two']]))
    await lobby.putBack()
    await lobby.pass(10 * minute)
    expect(lobby.threads()).toEqual([[...first, 'two']])
    expect(lobby.deliveries().map(({ state }) => state)).toEqual(['sent', 'sent', 'sent'])
  })

  test('sends what waited in it and was not sent', async () => {
    const { guests, mews } = await begin()
    mews.fail({ kind: 'answer', applied: false, answer: { status: 503, body: {} } }, { times: 1_000 })
    await guests.say('anna', 'two')
    await guests.say('anna', 'three')
    await lobby.pass(minute)
    await lobby.backUp()
    await lobby.pass(hour)
    mews.heal()
    await lobby.putBack()
    await lobby.until(() => expect(lobby.threads()).toEqual([[...first, 'two', 'three']]))
  })

  test('sends nothing again of what came and went since, and what is written anew arrives, same words or not', async () => {
    const { guests, mews } = await begin()
    await lobby.backUp()
    await guests.say('anna', 'ok')
    await lobby.arrived(3)
    mews.reply(lobby.thread(0), 'second answer')
    await lobby.until(() => expect(guests.heard('anna')).toHaveLength(2))
    await guests.say('anna', 'thanks')
    await lobby.arrived(5)
    await lobby.pass(hour)
    await lobby.putBack()
    await guests.again()
    await lobby.pass(10 * minute)
    const before = [...first, 'ok', 'second answer', 'thanks']
    expect(lobby.threads()).toEqual([before])
    expect(guests.heard('anna')).toEqual(['first answer', 'second answer'])
    await guests.say('anna', 'ok')
    await lobby.until(() => expect(lobby.threads()).toEqual([[...before, 'ok']]))
    mews.reply(lobby.thread(0), 'second answer')
    await lobby.until(() => expect(guests.heard('anna')).toHaveLength(3))
    expect(lobby.deliveries().filter((row) => row.state !== 'sent' || row.possibly_twice === 1)).toEqual([])
  })

  test('brings what the staff wrote while nothing ran, though the platform has another post of the same position', async () => {
    const { guests, mews } = await begin()
    await lobby.backUp()
    await guests.say('anna', '', { command: 'help' })
    await lobby.until(() => expect(guests.heard('anna')).toHaveLength(2))
    await lobby.relay.stop(0)
    mews.reply(lobby.thread(0), 'second answer')
    await lobby.putBack()
    await lobby.until(() => expect(guests.heard('anna')).toHaveLength(3))
    expect(guests.heard('anna')[2]).toBe('second answer')
  })

  test('marks what a platform that cannot be asked may have twice', async () => {
    const { guests, mews } = await begin({ confirms: false })
    await lobby.backUp()
    mews.reply(lobby.thread(0), 'second answer')
    await lobby.until(() => expect(guests.heard('anna')).toHaveLength(2))
    await lobby.pass(hour)
    await lobby.putBack()
    await lobby.until(() => expect(guests.heard('anna')).toHaveLength(3))
    expect(guests.heard('anna')).toEqual(['first answer', 'second answer', 'second answer'])
    await lobby.pass(2 * minute)
    mews.reply(lobby.thread(0), 'third answer')
    await lobby.until(() => expect(guests.heard('anna')).toHaveLength(4))
    const marked = lobby.deliveries().filter((row) => row.possibly_twice === 1)
    expect(marked).toHaveLength(1)
  })
})
