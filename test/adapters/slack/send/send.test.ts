import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toFailure } from '../../../../adapters/slack/send/outcome.ts'
import { split } from '../../../../adapters/slack/send/send.ts'
import type { Outcome } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import type { Fault } from '../../../fakes/server.ts'
import { callsMethod } from '../../../fakes/slack/slack.ts'
import { createSetup, toPart, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.close())

const send = (text = 'Until ten.', threadTs?: string): Promise<Outcome> =>
  setup.adapter.send(toPart(text, threadTs), neverAborted)
const posts = (): readonly URLSearchParams[] =>
  setup.slack.server.requests
    .filter(callsMethod('chat.postMessage'))
    .map(({ body }) => new URLSearchParams(body))
const answer = (status: number, body: unknown = '', headers = {}): Fault => ({
  applied: true,
  kind: 'answer',
  answer: { status, body, headers },
})

describe('send', () => {
  it('posts literal text with the delivery id on it, and gives its ts', async () => {
    const outcome = await send('<!channel> see https://mews.com & *this*', '1793640100.000100')
    const [posted] = setup.slack.room.all('C0LOBBY')
    expect(outcome).toEqual({ outcome: 'sent', id: posted?.ts })
    const form = Object.fromEntries(posts()[0] ?? [])
    expect(form).toEqual({
      token: expect.any(String),
      channel: 'C0LOBBY',
      thread_ts: '1793640100.000100',
      text: '&lt;!channel&gt; see https://mews.com &amp; *this*',
      mrkdwn: 'false',
      unfurl_links: 'false',
      unfurl_media: 'false',
      metadata: '{"event_type":"mews_reply","event_payload":{"delivery_id":"01jck4x-1"}}',
    })
  })

  it('answers a direct message flat', async () => {
    await send()
    expect(setup.slack.posted('D0INES')).toEqual(['Until ten.'])
    expect(posts()[0]?.has('thread_ts')).toBe(false)
  })

  it.each<[string, Fault, Outcome]>([
    [
      '429 with a time',
      answer(429, {}, { 'retry-after': '7' }),
      { outcome: 'retry', reason: 'Slack: too many requests', afterMs: 7000 },
    ],
    [
      '429 without a time',
      answer(429),
      { outcome: 'retry', reason: 'Slack: too many requests', afterMs: 45_000 },
    ],
    [
      '429 with nonsense for a time',
      answer(429, {}, { 'retry-after': 'soon' }),
      { outcome: 'retry', reason: 'Slack: too many requests', afterMs: 45_000 },
    ],
    [
      '429 with no time at all to wait',
      answer(429, {}, { 'retry-after': '0' }),
      { outcome: 'retry', reason: 'Slack: too many requests', afterMs: 1000 },
    ],
    ['HTTP 500', answer(500), { outcome: 'unknown', reason: 'Slack: HTTP 500' }],
    [
      'HTTP 503 with a time',
      answer(503, '', { 'retry-after': '7' }),
      { outcome: 'unknown', reason: 'Slack: HTTP 503' },
    ],
    ['HTTP 408', answer(408), { outcome: 'unknown', reason: 'Slack: HTTP 408' }],
    [
      'HTTP 403 of a proxy',
      answer(403, '<html>'),
      {
        outcome: 'retry',
        reason: 'Slack: HTTP 403; check SLACK_API_URL and the way to it',
        kind: 'set-up',
        afterMs: 60_000,
      },
    ],
    [
      'a redirect, which is not followed',
      answer(302, '', { location: '/api/chat.postMessage' }),
      {
        outcome: 'retry',
        reason: 'Slack: HTTP 302; check SLACK_API_URL and the way to it',
        kind: 'set-up',
        afterMs: 60_000,
      },
    ],
    ['a reset', { applied: true, kind: 'reset' }, { outcome: 'unknown', reason: 'Slack: ECONNRESET' }],
    ['no answer', { applied: true, kind: 'hang' }, { outcome: 'unknown', reason: 'Slack: TimeoutError' }],
    [
      'half an answer',
      { applied: true, kind: 'half' },
      { outcome: 'unknown', reason: expect.stringMatching(/^Slack: \w+$/) },
    ],
    [
      'a page instead of an answer',
      answer(200, '<html>Welcome to the hotel WiFi</html>'),
      { outcome: 'unknown', reason: 'Slack: the answer cannot be read' },
    ],
    [
      'an answer that says nothing',
      answer(200, {}),
      { outcome: 'unknown', reason: 'Slack: the answer cannot be read' },
    ],
    ['an answer of null', answer(200, 'null'), { outcome: 'unknown', reason: expect.any(String) }],
  ])('after %s makes no second request', async (_, fault, outcome) => {
    setup.slack.server.fail(fault)
    expect(await send()).toEqual(outcome)
    expect(posts()).toHaveLength(1)
  })

  it('does not know what became of a request whose answer stalls', () => {
    const stalled = new DOMException('The operation timed out.', 'TimeoutError')
    expect(toFailure(stalled)).toEqual({ outcome: 'unknown', reason: 'Slack: TimeoutError' })
  })

  it('knows that a refused connection carried nothing', async () => {
    await setup.slack.server.pause()
    expect(await send()).toEqual({ outcome: 'retry', reason: 'Slack: ECONNREFUSED' })
  })

  it.each([
    ['internal_error', 'unknown'],
    ['fatal_error', 'unknown'],
    ['service_unavailable', 'unknown'],
    ['request_timeout', 'unknown'],
    ['ratelimited', 'retry'],
    ['rate_limited', 'retry'],
    ['team_added_to_org', 'retry'],
    ['org_login_required', 'retry'],
    ['external_channel_migrating', 'retry'],
    ['migration_in_progress', 'retry'],
    ['grid_migration_in_progress', 'retry'],
    ['service_timeout', 'unknown'],
    ['channel_not_found', 'rejected'],
    ['not_in_channel', 'rejected'],
    ['is_archived', 'rejected'],
    ['messages_tab_disabled', 'rejected'],
    ['restricted_action', 'rejected'],
    ['restricted_action_thread_only_channel', 'rejected'],
    ['cannot_reply_to_message', 'rejected'],
    ['ekm_access_denied', 'rejected'],
    ['user_not_found', 'rejected'],
    ['account_inactive', 'rejected'],
    ['token_revoked', 'rejected'],
    ['token_expired', 'rejected'],
    ['invalid_auth', 'rejected'],
    ['missing_scope', 'rejected'],
    ['message_limit_exceeded', 'retry'],
    ['some_code_of_tomorrow', 'rejected'],
  ])('takes %s for %s and says so', async (code, outcome) => {
    setup.slack.refuse('chat.postMessage', code)
    expect(await send()).toMatchObject({ outcome, reason: expect.stringContaining(code) })
    expect(posts()).toHaveLength(1)
  })

  it.each([
    'team_access_not_granted',
    'enterprise_is_restricted',
    'access_denied',
    'no_permission',
    'accesslimited',
    'not_allowed_token_type',
    'two_factor_setup_required',
  ])('takes %s for something that has to be put right', async (code) => {
    setup.slack.refuse('chat.postMessage', code)
    const reason = expect.not.stringContaining('refused')
    expect(await send()).toMatchObject({ outcome: 'rejected', kind: 'set-up', reason })
  })

  it('sends nothing where the address cannot be read', async () => {
    const part = { ...toPart('x'), address: { v: 1, channel: 'D0INES' } }
    expect(await setup.adapter.send(part, neverAborted)).toMatchObject({ outcome: 'rejected' })
    expect(posts()).toHaveLength(0)
  })

  it('knows that nothing was sent when it was told to stop before', async () => {
    const outcome = await setup.adapter.send(toPart('x'), AbortSignal.abort())
    expect(outcome).toEqual({ outcome: 'retry', reason: 'stopped before sending' })
    expect(posts()).toHaveLength(0)
  })

  it('does not wait for an answer when it is told to stop', async () => {
    setup.slack.server.fail({ applied: true, kind: 'hang' })
    const controller = new AbortController()
    const sending = setup.adapter.send(toPart('x'), controller.signal)
    await expect.poll(() => posts().length).toBe(1)
    controller.abort()
    expect(await sending).toEqual({ outcome: 'unknown', reason: 'Slack: AbortError' })
  })

  it('logs neither words nor tokens', async () => {
    setup.slack.refuse('chat.postMessage', 'invalid_arguments')
    await send('a secret wish')
    expect(setup.logged.join()).not.toMatch(/secret wish|xoxb/)
  })
})

describe('split', () => {
  it('makes smaller parts where escaping makes them long', () => {
    const text = '& '.repeat(3000)
    const parts = split(text)
    expect(parts.every((part) => part.replaceAll('&', '&amp;').length <= 4000)).toBe(true)
    expect(parts.join('').replaceAll(' ', '')).toBe('&'.repeat(3000))
  })
})
