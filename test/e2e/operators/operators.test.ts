import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { alertExpressions, dashboardExpressions, namesIn } from '../../observability/expressions.ts'
import { conversationKinds } from '../support/conversation-kinds.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

const words = 'Do you have a cot for the baby?'

let system: SystemFixture
beforeAll(async () => {
  system = await createSystemFixture({ ADMIN_TOKEN: 'the-token-of-the-tests', RETENTION_DAYS: '100' })
  await system.connector.start()
  await conversationKinds['a Slack direct message']?.(system).say(words)
})
afterAll(() => system.close())

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${system.connector.url}${path}`, { headers })

const read = async () => (await get('/metrics')).text()

test('metrics tell what happened, and nothing of the guest', async () => {
  const settled =
    'mews_chat_settled_total{direction="turn",platform="slack",property="property",outcome="delivered"} 1'
  await vi.waitFor(async () => expect(await read()).toContain(settled), patience)
  const text = await read()
  for (const name of [
    'mews_chat_recorded_total{direction="turn",platform="slack",kind="event"} 1',
    'mews_chat_mews_requests_total{operation="messages/add",status="200"} 1',
    'mews_chat_mews_requests_left{property="property"}',
    'mews_chat_property_paused{property="property"} 0',
    'mews_chat_sync_age_seconds{property="property"}',
    'mews_chat_answer_seconds_count{route="/slack/events",status="200"}',
    'process_cpu_seconds_total',
  ])
    expect(text).toContain(name)
  const zero = [
    'mews_chat_settled_total{direction="turn",platform="slack",property="property",outcome="failed"} 0',
    'mews_chat_settled_total{direction="reply",platform="channex",property="property",outcome="failed"} 0',
    'mews_chat_settled_total{direction="turn",platform="botframework",property="",outcome="failed"} 0',
    'mews_chat_recorded_total{direction="reply",platform="slack",kind="reply"} 0',
    'mews_chat_possibly_twice_total{direction="reply",platform="botframework"} 0',
    'mews_chat_platform_events_total{platform="slack",event="withheld"} 0',
    'mews_chat_platform_events_total{platform="botframework",event="foreign"} 0',
  ]
  for (const name of zero) expect(text).toContain(`${name}\n`)
  for (const word of [words, 'Penelope', 'D0PENELOPE', 'U0PENELOPE']) expect(text).not.toContain(word)
})

test('metrics tell that Slack withheld events', async () => {
  const { headers, body } = system.slack.sign({ type: 'app_rate_limited', team_id: 'T0GUESTS' })
  await fetch(`${system.connector.url}/slack/events`, {
    method: 'POST',
    headers: headers as Record<string, string>,
    body: new Uint8Array(body),
  })
  expect(await read()).toContain('mews_chat_platform_events_total{platform="slack",event="withheld"} 1')
})

test('everything that alert rules and dashboard ask for is exposed', async () => {
  const text = await read()
  for (const name of [...alertExpressions(), ...dashboardExpressions()].flatMap(namesIn))
    expect(text).toContain(`# TYPE ${name} `)
})

test('the console shows the conversation to whoever has the token', async () => {
  const signedIn = await fetch(`${system.connector.url}/admin/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ token: 'the-token-of-the-tests' }),
  })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  expect(await (await get('/admin/conversation?id=slack:D0PENELOPE', { cookie })).text()).toContain(words)
  expect(await (await get('/admin/status', { cookie })).text()).toContain('reachable')
  expect(await (await get('/admin/status')).text()).not.toContain('reachable')
})

test('anybody learns what this is, and what is kept by the settings', async () => {
  expect(await (await get('/')).text()).toContain('Guests write in Slack, ')
  const privacy = await (await get('/privacy')).text()
  expect(privacy).toContain('erased after 100 days')
  for (const word of [words, 'Penelope']) expect(privacy).not.toContain(word)
  expect((await get('/privacy/mine', { accept: 'text/html' })).headers.get('content-type')).toMatch(/html/)
})

test('without a token there is no console', async () => {
  const without = await createSystemFixture()
  await without.connector.start()
  expect((await fetch(`${without.connector.url}/admin`)).status).toBe(404)
  expect((await fetch(`${without.connector.url}/metrics`)).status).toBe(200)
  await without.close()
})
