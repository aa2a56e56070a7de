import { expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { useSystemOnPostgres } from '../support/system-on-postgres.ts'

const away = useSystemOnPostgres('DATABASE_URL')

const ready = async (): Promise<number> => (await fetch(`${away().system.connector.url}/readyz`)).status
test('while the database is away events get 503; when it is back everything goes on without a restart', async () => {
  const { system, server, say, written } = away()
  const arrived = (): readonly string[] => written().flat()
  expect(await say('Good evening')).toEqual([200])
  await vi.waitFor(() => expect(arrived()).toEqual(['Good evening']), patience)
  const started = system.connector.output.split('listening on').length

  await server.crash()
  expect(await say('Is anybody there?')).toEqual([503])
  expect(await ready()).toBe(503)
  expect((await fetch(`${system.connector.url}/healthz`)).status).toBe(200)
  const metrics = await fetch(`${system.connector.url}/metrics`)
  expect(metrics.status).toBe(200)
  const counted = await metrics.text()
  expect(counted).toContain('mews_chat_database_up 0')
  expect(counted).toMatch(/mews_chat_answer_seconds_count\{route="\/api\/messages",status="503"\} [1-9]/)
  expect(counted).not.toContain('mews_chat_waiting{')

  await server.start()
  await vi.waitFor(async () => expect(await ready()).toBe(200), patience)
  expect(await say('Is anybody there?')).toEqual([200])
  const both = ['Good evening', 'Is anybody there?']
  await vi.waitFor(() => expect(arrived()).toEqual(both), patience)
  expect(system.connector.output.split('listening on')).toHaveLength(started)
})

test('it stops cleanly, also while the database is away', async () => {
  const { system, server } = away()
  await server.crash()
  expect(await system.connector.stop()).toBe(0)
})
