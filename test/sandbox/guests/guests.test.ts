import { describe, expect, test, vi } from 'vitest'
import type { Clock } from '../../../src/port.ts'
import { createGuests } from '../../../src/sandbox/guests/guests.ts'
import { createFakeServer } from '../../fakes/server.ts'
import { silent } from '../start.ts'
import { patience } from '../../fakes/patience.ts'

const create = async () => {
  const sleeps: (() => void)[] = []
  const clock: Clock = {
    now: () => 1000,
    monotonic: () => 1000,
    sleep: (_, signal) =>
      new Promise((resolve) => {
        sleeps.push(resolve)
        signal?.addEventListener('abort', () => resolve())
      }),
  }
  const connector = await createFakeServer(() => ({ status: 200 }))
  const guests = createGuests({
    clock,
    random: Math.random,
    fetch,
    log: silent,
    connectorUrl: () => connector.url,
    serviceUrl: () => 'http://127.0.0.1:1',
    signal: new AbortController().signal,
    changed: () => {},
  })
  return { connector, guests, endFirstSleep: () => sleeps[0]?.() }
}

const textsOf = (bodies: readonly { readonly body: string }[]) =>
  bodies.map(({ body }) => (JSON.parse(body) as { text: string }).text)

describe('the guests', () => {
  test('give up on a connector that stays silent', async () => {
    const { connector, guests, endFirstSleep } = await create()
    connector.fail({ applied: true, kind: 'hang' })
    const chat = guests.open('Ines', 'personal')
    const said = guests.say(chat, 'Ines', 'Hi')
    await vi.waitFor(() => expect(connector.requests).toHaveLength(1), patience)
    expect(chat.messages[0]?.state).toBe('sending')
    endFirstSleep()
    await said
    expect(chat.messages[0]).toMatchObject({ state: 'not sent', reason: 'the connector did not answer' })
    await connector.close()
  })

  test('post the messages of one chat one after another, and hold up no other chat', async () => {
    const { connector, guests, endFirstSleep } = await create()
    connector.fail({ applied: true, kind: 'hang' })
    const [ines, paul] = [guests.open('Ines', 'personal'), guests.open('Paul', 'personal')]
    const first = guests.say(ines, 'Ines', 'one')
    await vi.waitFor(() => expect(connector.requests).toHaveLength(1), patience)
    const second = guests.say(ines, 'Ines', 'two')
    await guests.say(paul, 'Paul', 'other')
    expect(textsOf(connector.requests)).toEqual(['one', 'other'])
    endFirstSleep()
    await Promise.all([first, second])
    expect(textsOf(connector.requests)).toEqual(['one', 'other', 'two'])
    await connector.close()
  })
})
