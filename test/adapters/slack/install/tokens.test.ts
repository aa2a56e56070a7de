import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Json, Outcome } from '../../../../src/port.ts'
import { hour, neverAborted } from '../../../fakes/clock.ts'
import { callsMethod, fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createSetup, oauth, patiently, startOfTest, toPart, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup({ oauth })
})
afterEach(() => setup.slack.close())

/** The app is installed with a token that ends after `endsInMs`. */
const install = async (endsInMs: number): Promise<void> => {
  const { installs } = setup.slack
  const code = installs.offer(fakeWorkspace, { rotating: true })
  const { body } = installs.access(new URLSearchParams({ code }))
  const { access_token: botToken, refresh_token: refreshToken } = body as Readonly<Record<string, string>>
  await setup.vault.set('t:T0GUESTS', {
    v: 1,
    botToken: botToken ?? '',
    botUser: fakeWorkspace.botUser,
    installedAt: startOfTest,
    rotation: { refreshToken: refreshToken ?? '', expiresAt: startOfTest + endsInMs },
  })
}
const send = (channel = 'D0INES'): Promise<Outcome> =>
  setup.adapter.send({ ...toPart('Yes'), address: { v: 1, team: 'T0GUESTS', channel } }, neverAborted)
const count = (method: string): number => setup.slack.server.requests.filter(callsMethod(method)).length
const renewals = (): number => count('oauth.v2.access')
const stored = async (): Promise<Json | undefined> => setup.vault.get('t:T0GUESTS')

describe('token rotation', () => {
  it('leaves a token alone that is good for more than two hours', async () => {
    await install(2 * hour + 1)
    expect(await send()).toMatchObject({ outcome: 'sent' })
    expect(renewals()).toBe(0)
  })

  it('renews a token before a post when it is due, and keeps the new one', async () => {
    await install(2 * hour)
    const before = await stored()
    expect(await send()).toMatchObject({ outcome: 'sent' })
    setup.clock.step(1000)
    expect(await send()).toMatchObject({ outcome: 'sent' })
    expect(renewals()).toBe(1)
    expect(await stored()).not.toEqual(before)
    expect(await stored()).toMatchObject({ rotation: { expiresAt: startOfTest + 12 * hour } })
  })

  it('renews one at a time', async () => {
    await install(hour)
    const outcomes = await Promise.all(['D0INES', 'D0OMAR', 'D0ANNA'].map((channel) => send(channel)))
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent'])
    expect(renewals()).toBe(1)
  })

  it('renews a token that Slack calls expired, and posts with the new one', async () => {
    await install(10 * hour)
    setup.slack.refuse('chat.postMessage', 'token_expired')
    expect(await send()).toMatchObject({ outcome: 'sent' })
    expect([renewals(), count('chat.postMessage')]).toEqual([1, 2])
  })

  it('uses the old token while it is good and no new one can be had, and tries again a minute later', async () => {
    await install(hour)
    const down = { applied: false, kind: 'answer', answer: { status: 503 } } as const
    setup.slack.server.fail(down, { match: callsMethod('oauth.v2.access') })
    expect(await send()).toMatchObject({ outcome: 'sent' })
    setup.clock.step(30_000)
    expect(await send()).toMatchObject({ outcome: 'sent' })
    expect(renewals()).toBe(1)
    setup.clock.step(30_000)
    expect(await send()).toMatchObject({ outcome: 'sent' })
    expect(renewals()).toBe(2)
  })

  it('waits when the token is at its end and no new one can be had', async () => {
    await install(0)
    setup.slack.limit('oauth.v2.access', { retryAfter: 5 })
    expect(await send()).toMatchObject({ outcome: 'retry', afterMs: 60_000 })
    expect(count('chat.postMessage')).toBe(0)
    setup.clock.step(60_000)
    expect(await send()).toMatchObject({ outcome: 'sent' })
  })

  it('gives up when Slack takes the refresh token no more, a minute later still', async () => {
    await install(0)
    setup.slack.refuse('oauth.v2.access', 'invalid_refresh_token', 3)
    expect(await patiently(setup.clock, send())).toMatchObject({ outcome: 'retry', afterMs: 60_000 })
    expect(await send()).toMatchObject({ outcome: 'retry' })
    setup.clock.step(60_000)
    expect(await send()).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('install') })
  })

  it.each(['token_revoked', 'account_inactive'])('gives up at once after %s', async (code) => {
    await install(0)
    setup.slack.refuse('oauth.v2.access', code)
    expect(await send()).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('install') })
  })

  it.each([
    ['before it asks', 1, 1],
    ['while it asks', 2, 2],
    ['and writes some seconds later', 6, 2],
  ])('takes the token that another instance has had %s', async (_, oldReads, renewed) => {
    await install(0)
    const old = await stored()
    expect(await send()).toMatchObject({ outcome: 'sent' })
    const original = { ...setup.vault }
    let reads = 0
    setup.vault.get = async (key) => {
      if (key !== 't:T0GUESTS') return original.get(key)
      reads += 1
      return reads <= oldReads ? old : original.get(key)
    }
    setup.clock.step(1000)
    expect(await patiently(setup.clock, send())).toMatchObject({ outcome: 'sent' })
    expect(renewals()).toBe(renewed)
  })

  it('loses no new token when it cannot be written at once', async () => {
    await install(0)
    const original = { ...setup.vault }
    setup.vault.set = () => Promise.reject(new Error('The disk is full.'))
    expect(await send()).toMatchObject({ outcome: 'sent' })
    Object.assign(setup.vault, original)
    setup.clock.step(1000)
    expect(await send()).toMatchObject({ outcome: 'sent' })
    expect(renewals()).toBe(1)
    expect(await stored()).toMatchObject({ rotation: { expiresAt: startOfTest + 12 * hour } })
  })

  it('forgets a new token that was not written when the app was installed again meanwhile', async () => {
    await install(0)
    const original = { ...setup.vault }
    setup.vault.set = () => Promise.reject(new Error('The disk is full.'))
    await send()
    Object.assign(setup.vault, original)
    const again = { v: 1, botToken: fakeWorkspace.botToken, botUser: 'U0NEW', installedAt: startOfTest + 1 }
    await setup.vault.set('t:T0GUESTS', again)
    setup.clock.step(1000)
    expect(await send()).toMatchObject({ outcome: 'sent' })
    expect(await stored()).toEqual(again)
  })

  it('reads what guests write even where no token is to be had', async () => {
    await install(0)
    setup.slack.refuse('oauth.v2.access', 'invalid_refresh_token')
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?' })
    expect(await patiently(setup.clock, setup.readAll())).toMatchObject([
      { turns: [{ text: 'Hello?', author: { name: 'U0INES' } }] },
    ])
  })

  it('keeps a reply for later where Slack called the token expired before its time and takes the refresh token no more', async () => {
    await install(10 * hour)
    setup.slack.refuse('chat.postMessage', 'token_expired')
    setup.slack.refuse('oauth.v2.access', 'invalid_refresh_token')
    expect(await patiently(setup.clock, send())).toMatchObject({ outcome: 'retry', afterMs: 60_000 })
  })

  it('logs no token', async () => {
    await install(0)
    await send()
    expect(setup.logged.join()).toContain('renewed')
    expect(setup.logged.join()).not.toMatch(/xox/)
  })
})
