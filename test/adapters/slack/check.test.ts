import { expect, test } from 'vitest'
import { createCheck } from '../../../adapters/slack/check.ts'
import { slackScopes } from '../../../adapters/slack/manifest.ts'

const check = (answer: Response | Error, botToken?: string) => {
  const fetch = async () => {
    if (answer instanceof Error) throw answer
    return answer
  }
  const config = { apiUrl: 'https://slack.com/api/', ...(botToken === undefined ? {} : { botToken }) }
  return createCheck(config, fetch)(new AbortController().signal)
}

const answer = (scopes: readonly string[], body: object = { ok: true, team: 'Grand Hotel' }): Response =>
  Response.json(body, { headers: { 'x-oauth-scopes': scopes.join(',') } })

test('a token with every permission is in order', async () => {
  const findings = await check(answer([...slackScopes, 'files:read']), 'xoxb-secret')
  expect(findings.map(({ ok }) => ok)).toEqual([true, true])
  expect(findings[0]?.detail).toBe('of Grand Hotel')
})

test('a missing permission is named', async () => {
  const findings = await check(answer(slackScopes.filter((scope) => scope !== 'chat:write')), 'xoxb-secret')
  expect(findings[1]).toMatchObject({ ok: false, detail: expect.stringContaining('without chat:write:') })
})

test('what Slack says of a wrong token is shown, the token is not', async () => {
  const [finding] = await check(answer([], { ok: false, error: 'invalid_auth' }), 'xoxb-secret')
  expect(finding).toMatchObject({ ok: false, detail: expect.stringContaining('invalid_auth') })
  expect(finding?.detail).not.toContain('secret')
})

test('a network that is away is no wrong token', async () => {
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
  const [finding] = await check(new TypeError('fetch failed', { cause }), 'xoxb-secret')
  expect(finding).toMatchObject({ ok: false, detail: expect.stringContaining('ECONNREFUSED') })
})

test('workspaces that install by OAuth have no token to look at here', async () => {
  expect(await check(new Error('not asked'))).toMatchObject([{ ok: true }])
})
