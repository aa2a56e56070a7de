import { isValidSlackRequest } from '@slack/bolt'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAuthentic } from '../../../../adapters/slack/receive/http.ts'
import type { WebhookRequest } from '../../../../src/port.ts'
import { signSlackRequest } from '../../../fakes/slack/events.ts'

// Slack's own example, from https://docs.slack.dev/authentication/verifying-requests-from-slack
const secret = '8f742231b10e8888abcd99yyyzzz85a5'
const signedAt = 1_531_420_618_000
const example: WebhookRequest = {
  method: 'POST',
  path: '/slack/events',
  query: '',
  headers: {
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  },
  body: Buffer.from(
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  ),
}

const withHeaders = (headers: WebhookRequest['headers']): WebhookRequest => ({
  ...example,
  headers: { ...example.headers, ...headers },
})

describe('isAuthentic', () => {
  it("accepts Slack's published example", () => {
    expect(isAuthentic(example, [secret], signedAt)).toBe(true)
  })

  it.each([300_000, -300_000])('accepts a clock that is off by %d ms', (offset) => {
    expect(isAuthentic(example, [secret], signedAt + offset)).toBe(true)
  })

  it.each([301_000, -301_000, 3_600_000, Number.NaN])('refuses a clock that is off by %d ms', (offset) => {
    expect(isAuthentic(example, [secret], signedAt + offset)).toBe(false)
  })

  it('accepts either secret while one is rotated, and no third', () => {
    expect(isAuthentic(example, ['another-secret', secret], signedAt)).toBe(true)
    expect(isAuthentic(example, [secret, 'another-secret'], signedAt)).toBe(true)
    expect(isAuthentic(example, ['another-secret'], signedAt)).toBe(false)
    expect(isAuthentic(example, [], signedAt)).toBe(false)
  })

  it('refuses a body of which one byte differs', () => {
    const body = Buffer.from(example.body)
    body[10] = 0x21
    expect(isAuthentic({ ...example, body }, [secret], signedAt)).toBe(false)
  })

  const signature = String(example.headers['x-slack-signature'])
  it.each([
    ['no signature', { 'x-slack-signature': undefined }],
    ['no timestamp', { 'x-slack-request-timestamp': undefined }],
    ['a list of signatures', { 'x-slack-signature': [signature] }],
    ['a list of timestamps', { 'x-slack-request-timestamp': ['1531420618'] }],
    ['an empty signature', { 'x-slack-signature': 'v0=' }],
    ['a signature cut short', { 'x-slack-signature': signature.slice(0, -1) }],
    ['a longer signature', { 'x-slack-signature': `${signature}00` }],
    ['another version', { 'x-slack-signature': signature.replace('v0', 'v1') }],
    ['a signature that is not hexadecimal', { 'x-slack-signature': `v0=${'ü'.repeat(64)}` }],
    ['a timestamp that is no number', { 'x-slack-request-timestamp': 'now' }],
    ['a timestamp with a sign', { 'x-slack-request-timestamp': '+1531420618' }],
    ['another timestamp', { 'x-slack-request-timestamp': '1531420619' }],
  ])('refuses %s', (_, headers) => {
    expect(isAuthentic(withHeaders(headers), [secret], signedAt)).toBe(false)
  })

  it('says what Slack’s own library says, of any body, age and secret', () => {
    const given = {
      body: fc.string({ unit: 'binary', maxLength: 200 }),
      key: fc.constantFrom(secret, 'another-secret'),
      change: fc.constantFrom('', ' ', '\u0000', 'é'),
      ageSeconds: fc.integer({ min: 0, max: 400 }),
    }
    fc.assert(
      fc.property(fc.record(given), ({ body, key, change, ageSeconds }) => {
        const { headers } = signSlackRequest(body, { secret: key, now: signedAt })
        const now = signedAt + ageSeconds * 1000
        const raw = body + change
        const library = isValidSlackRequest({
          signingSecret: secret,
          body: raw,
          nowMilliseconds: now,
          headers: {
            'x-slack-signature': String(headers['x-slack-signature']),
            'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']),
          },
        })
        const request = { ...example, headers, body: Buffer.from(raw) }
        expect(isAuthentic(request, [secret], now)).toBe(library)
      }),
    )
  })
})
