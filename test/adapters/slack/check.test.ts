import { describe, expect, test } from 'vitest'
import { createCheck } from '../../../adapters/slack/check.ts'
import { createInstallations, createRecords } from '../../../adapters/slack/install/stored.ts'
import { slackScopes } from '../../../adapters/slack/manifest.ts'
import { neverAborted } from '../../fakes/clock.ts'
import { createAdapterContext } from '../../fakes/adapter-context.ts'
import { oauth } from './setup.ts'

type Answers = (token: string) => Response | Error

const checkAll = (
  answers: Answers,
  tokens: { readonly botToken?: string; readonly appToken?: string } = {},
  vault?: ReturnType<typeof createAdapterContext>['vault'],
  skewMs?: number,
) => {
  const fetch: typeof globalThis.fetch = async (_url, init) => {
    const authorization = new Headers(init?.headers).get('authorization') ?? ''
    const answered = answers(authorization.replace('Bearer ', ''))
    if (answered instanceof Error) throw answered
    return answered
  }
  const config = { apiUrl: 'https://slack.com/api/', ...tokens, ...(vault === undefined ? {} : { oauth }) }
  const installations = vault === undefined ? undefined : createInstallations(createRecords(vault))
  const clock = { skewMs: () => skewMs, learn: async () => {} }
  return createCheck({ config, installations, fetch, clock })(neverAborted)
}
/** What is found, the clock apart. */
const check = async (...given: Parameters<typeof checkAll>) =>
  (await checkAll(...given)).filter(({ name }) => name !== 'Clock (Slack)')

const answer = (scopes: readonly string[], body: object = { ok: true, team: 'Grand Hotel' }): Response =>
  Response.json(body, { headers: { 'x-oauth-scopes': scopes.join(',') } })
const refusal = (error: string): Response => answer([], { ok: false, error })
const withoutPosting = slackScopes.filter((scope) => scope !== 'chat:write')
const away = new TypeError('fetch failed', {
  cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
})

describe('of the one workspace', () => {
  const botToken = 'xoxb-secret'

  test.each([
    [4_000, true, '4 s apart'],
    [
      undefined,
      true,
      'no answer of Slack has shown its clock, so this machine’s counts. See that it is set by NTP.',
    ],
    [-400_000, false, '400 s apart: it is 7 minutes behind the clock of Slack. Set it by NTP.'],
  ])('a clock that is %s ms ahead of Slack’s is told', async (skewMs, ok, detail) => {
    const findings = await checkAll(() => answer(slackScopes), { botToken }, undefined, skewMs)
    expect(findings.at(-1)).toEqual({ name: 'Clock (Slack)', ok, detail })
  })

  test('a token with every permission is in order', async () => {
    const findings = await check(() => answer([...slackScopes, 'files:read']), { botToken })
    expect(findings.map(({ ok }) => ok)).toEqual([true, true])
    expect(findings[0]?.detail).toBe('of Grand Hotel')
  })

  test('a missing permission is named', async () => {
    const findings = await check(() => answer(withoutPosting), { botToken })
    expect(findings[1]).toMatchObject({ ok: false, detail: expect.stringContaining('without chat:write:') })
  })

  test('what Slack says of a wrong token is shown, the token is not', async () => {
    const [finding] = await check(() => refusal('invalid_auth'), { botToken })
    expect(finding).toMatchObject({ ok: false, detail: expect.stringContaining('invalid_auth') })
    expect(finding?.detail).not.toContain('secret')
  })

  test('a network that is away is no wrong token', async () => {
    const [finding] = await check(() => away, { botToken })
    expect(finding).toMatchObject({ ok: false, detail: expect.stringContaining('ECONNREFUSED') })
  })
})

const install = async (records: Readonly<Record<string, { rotating?: boolean }>>) => {
  const { vault } = createAdapterContext()
  const installations = createInstallations(createRecords(vault))
  for (const [key, { rotating = false }] of Object.entries(records))
    await installations.write(key, {
      botToken: `xoxb-${key}`,
      botUser: 'U0BOT',
      installedAt: 0,
      ...(rotating ? { rotation: { refreshToken: 'xoxe-1', expiresAt: 0 } } : {}),
    })
  return { vault, installations }
}

describe('of workspaces that install by OAuth', () => {
  test('each has a row: whose it is, and what it may not do', async () => {
    const { vault } = await install({ 't:T1': {}, 't:T2': {}, 'e:E1': {}, 't:T3': {}, 't:T4': {} })
    const findings = await check(
      (token) =>
        ({
          'xoxb-t:T1': answer(slackScopes),
          'xoxb-t:T2': answer(withoutPosting, { ok: true, team: 'Agency' }),
          'xoxb-e:E1': refusal('account_inactive'),
          'xoxb-t:T3': away,
        })[token] ?? Response.json({ ok: true, team: 'Silent' }),
      {},
      vault,
    )
    expect(findings).toEqual([
      { name: 'Slack workspace T1', ok: true, detail: 'Grand Hotel, all that the manifest asks for' },
      {
        name: 'Slack workspace T2',
        ok: false,
        detail: 'Agency, without chat:write: install the app there again',
      },
      {
        name: 'Slack organisation E1',
        ok: false,
        detail: 'Slack says account_inactive: install the app there again',
      },
      {
        name: 'Slack workspace T3',
        ok: false,
        detail: 'Slack cannot be reached (ECONNREFUSED): check the network',
      },
      { name: 'Slack workspace T4', ok: true, detail: 'Silent' },
    ])
  })

  test('a token that ended because nobody wrote is in order where it is renewed', async () => {
    const { vault } = await install({ 't:T1': { rotating: true }, 't:T2': {} })
    expect(await check(() => refusal('token_expired'), {}, vault)).toMatchObject([
      { ok: true },
      { ok: false },
    ])
  })

  test('those that ended their installation are asked about no more', async () => {
    const { vault, installations } = await install({ 't:T1': {}, 't:T2': {} })
    await installations.remove('t:T1', 0)
    const findings = await check(() => answer(slackScopes), {}, vault)
    expect(findings.map(({ name }) => name)).toEqual(['Slack workspace T2'])
  })

  test('one that fell out of the list comes back with its next use', async () => {
    const { vault } = await install({ 't:T1': {} })
    await vault.set('installations', { v: 1, keys: [] })
    await createInstallations(createRecords(vault)).read('t:T1')
    expect(await check(() => answer(slackScopes), {}, vault)).toHaveLength(1)
  })

  test('none yet is no fault, and where to begin is said', async () => {
    const { vault } = await install({})
    expect(await check(() => away, {}, vault)).toEqual([
      {
        name: 'Slack workspaces',
        ok: true,
        detail: 'none has installed the app yet: https://chat.hotel.example/slack/install',
      },
    ])
  })

  test('records that cannot be read are said', async () => {
    const { vault } = await install({})
    const [finding] = await check(() => away, {}, { ...vault, get: () => Promise.reject(new Error('gone')) })
    expect(finding).toMatchObject({ ok: false, detail: expect.stringContaining('check the store') })
  })
})

test('the token of the app itself is looked at where there is one', async () => {
  const appToken = 'xapp-secret'
  const find = (given: Response) => check(() => given, { appToken })
  expect(await find(answer([], { ok: true, url: 'wss://example' }))).toEqual([
    { name: 'Slack app token', ok: true, detail: 'may open connections' },
  ])
  const [finding] = await find(refusal('invalid_auth'))
  expect(finding).toMatchObject({ ok: false, detail: expect.stringContaining('SLACK_APP_TOKEN') })
  expect(JSON.stringify(finding)).not.toContain('xapp')
})
