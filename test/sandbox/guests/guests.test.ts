import { describe, expect, test, vi } from 'vitest'
import { createGuests } from '../../../src/sandbox/guests/guests.ts'
import { silentLog } from '../../fakes/log.ts'
import { createManualClock, minute, neverAborted, patience } from '../../fakes/clock.ts'
import { createFakeServer } from '../../fakes/server.ts'

const create = async () => {
  const clock = createManualClock()
  const connector = await createFakeServer(() => ({ status: 200 }))
  const guests = createGuests({
    clock,
    random: Math.random,
    fetch,
    log: silentLog,
    connectorUrl: () => connector.url,
    serviceUrl: () => 'http://127.0.0.1:1',
    signal: neverAborted,
    changed: () => {},
  })
  return { connector, guests, clock }
}

const textsOf = (bodies: readonly { readonly body: string }[]) =>
  bodies.map(({ body }) => (JSON.parse(body) as { text: string }).text)

describe('the guests', () => {
  test('give up on a connector that stays silent', async () => {
    const { connector, guests, clock } = await create()
    connector.fail({ applied: true, kind: 'hang' })
    const chat = guests.open('Ines', 'personal')
    const said = guests.say(chat, 'Ines', 'Hi')
    await vi.waitFor(() => expect(connector.requests).toHaveLength(1), patience)
    expect(chat.messages[0]?.state).toBe('sending')
    clock.step(minute)
    await said
    expect(chat.messages[0]).toMatchObject({ state: 'not sent', reason: 'the connector did not answer' })
    await connector.close()
  })

  test('post the messages of one chat one after another, and hold up no other chat', async () => {
    const { connector, guests, clock } = await create()
    connector.fail({ applied: true, kind: 'hang' })
    const [ines, paul] = [guests.open('Ines', 'personal'), guests.open('Paul', 'personal')]
    const first = guests.say(ines, 'Ines', 'one')
    await vi.waitFor(() => expect(connector.requests).toHaveLength(1), patience)
    const second = guests.say(ines, 'Ines', 'two')
    await guests.say(paul, 'Paul', 'other')
    expect(textsOf(connector.requests)).toEqual(['one', 'other'])
    clock.step(minute)
    await Promise.all([first, second])
    expect(textsOf(connector.requests)).toEqual(['one', 'other', 'two'])
    await connector.close()
  })
})
