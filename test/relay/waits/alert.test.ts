import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { createAlarmOptions } from '../../../src/relay/waits/alert.ts'
import { neverAborted } from '../../fakes/clock.ts'
import { createFakeServer, type FakeServer } from '../../fakes/server.ts'

let server: FakeServer
beforeEach(async () => {
  server = await createFakeServer(() => ({ status: 200 }))
})
afterEach(() => server.close())

const secrets = [Buffer.alloc(32, 1), Buffer.alloc(24, 2)]
const body = { text: 'Grüße 🛎', conversation: 'slack:D0ANN', property: 'grand', waitedSeconds: 600 }
const send = (given: Partial<Parameters<typeof createAlarmOptions>[0]> = {}) =>
  createAlarmOptions(
    { minutes: [10], url: `${server.url}/hook?token=secret`, isTask: false, isOpenTimeOnly: false, ...given },
    { fetch, clock: systemClock },
  )?.sendAlert?.({ id: 'alarm-1', body }, Date.now(), neverAborted)

test('an alert is signed so that the library of Standard Webhooks verifies it, by either secret', async () => {
  expect(await send({ secrets })).toEqual({ isTaken: true })
  const [request] = server.requests
  const headers = request?.headers as Record<string, string>
  for (const secret of secrets)
    expect(new Webhook(secret.toString('base64')).verify(request?.body ?? '', headers)).toEqual(body)
  expect(() =>
    new Webhook(Buffer.alloc(32, 3).toString('base64')).verify(request?.body ?? '', headers),
  ).toThrow('No matching signature found')
  expect(request?.query.get('token')).toBe('secret')
})

test('without a secret it is not signed', async () => {
  expect(await send()).toEqual({ isTaken: true })
  expect(server.requests[0]?.headers['webhook-id']).toBe('alarm-1')
  expect(server.requests[0]?.headers['webhook-signature']).toBeUndefined()
})

test.each([302, 307, 400, 401, 410, 429, 500])(
  'an answer of %i takes nothing, and is not followed',
  async (status) => {
    const headers = { location: server.url, 'retry-after': '7' }
    server.fail({
      kind: 'answer',
      applied: false,
      answer: { status, headers, body: 'https://secret.example' },
    })
    expect(await send()).toEqual({ isTaken: false, reason: `ALERT_URL answered ${status}`, afterMs: 7_000 })
    expect(server.requests).toHaveLength(1)
  },
)

test('a receiver that is away is named by its code alone, never by its address', async () => {
  await server.pause()
  expect(await send()).toEqual({ isTaken: false, reason: 'ALERT_URL did not answer: ECONNREFUSED' })
})
