import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSlackAdapter } from '../../../adapters/slack/index.ts'
import type { Route, Vault } from '../../../src/port.ts'
import { oauth } from '../../adapters/slack/setup.ts'
import { createFakeSlack, fakeWorkspace, type FakeSlack } from '../../fakes/slack/slack.ts'
import { type RelayFixture, createRelayFixture } from '../support/fixture.ts'
import { createManualClock, minute } from '../../fakes/clock.ts'

let slack: FakeSlack
let fixture: RelayFixture
let vault: Vault
let routes: readonly Route[]

beforeEach(async () => {
  const clock = createManualClock()
  slack = await createFakeSlack(() => clock.now())
  const { signingSecret } = fakeWorkspace
  const config = {
    signingSecrets: [signingSecret],
    oauth,
    apiUrl: slack.url,
    echoMs: 15_000,
    historyEveryMs: 60_000,
  }
  fixture = await createRelayFixture({
    clock,
    platforms: [
      {
        name: 'slack',
        create: (context) => {
          const adapter = createSlackAdapter({ ...context, config, random: () => 0.5 })
          vault = context.vault
          routes = adapter.routes
          return adapter
        },
      },
    ],
  })
})
afterEach(async () => {
  await fixture.close()
  await slack.close()
})

const deliver = (): Promise<unknown> =>
  slack.deliver(async (request) => {
    const route = routes.find(({ path }) => path === request.path)
    return route === undefined ? { status: 404 } : route.handle(request)
  })

test('what a guest wrote while Mews was away reaches the hotel, although the workspace has removed the app since', async () => {
  const { botToken, botUser } = fakeWorkspace
  await vault.set('t:T0GUESTS', { v: 1, botToken, botUser, installedAt: fixture.clock.now() - minute })
  fixture.mews.fail({ kind: 'answer', applied: false, answer: { status: 500 } }, { times: 20 })
  slack.say({ channel: 'D0ANNA', user: 'U0ANNA', text: 'There is water coming through the ceiling' })
  await deliver()
  await fixture.pass(10_000)
  slack.happen({ type: 'app_uninstalled' })
  slack.say({ channel: 'D0ANNA', user: 'U0ANNA', text: 'It is getting worse' })
  await deliver()
  await fixture.pass(30_000)
  expect(await vault.get('t:T0GUESTS')).toBeUndefined()
  const words = (): readonly string[] =>
    fixture.mews.threads().flatMap(({ id }) => fixture.mews.messages(id).map(({ text }) => text))
  await fixture.until(() => expect(words()).toHaveLength(2))
  expect(words()).toEqual(['There is water coming through the ceiling', 'It is getting worse'])
})
