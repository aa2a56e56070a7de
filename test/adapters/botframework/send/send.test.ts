import { describe, expect, it } from 'vitest'
import type { Address, Outcome } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { conversations } from '../../../fakes/botframework/activities.ts'
import { isConnectorRequest } from '../../../fakes/botframework/botframework.ts'
import type { FakeAnswer, Fault, FakeRequest } from '../../../fakes/server.ts'
import { addressOf, createSetup, usePersonalChat } from '../setup.ts'

const chat = usePersonalChat()

const isToken = ({ path }: FakeRequest): boolean => path === '/token'
const tokensAsked = (): number => chat().setup.fake.server.requests.filter(isToken).length
const send = (to: Address = chat().address, text = 'Yes, until 02:00.'): Promise<Outcome> =>
  chat().setup.adapter.send({ deliveryId: 'd-1', address: to, text }, neverAborted)
const sendWith = (fault: Fault): Promise<Outcome> => {
  chat().setup.fake.server.fail(fault, { times: 5, match: isConnectorRequest })
  return send()
}
const answered = (answer: FakeAnswer): Promise<Outcome> =>
  sendWith({ kind: 'answer', applied: false, answer })

const coded = (status: number, code: string): FakeAnswer => ({
  status,
  body: { error: { code, message: 'Yes, until 02:00.' } },
})
const hidden = (code: string): FakeAnswer => ({
  status: 403,
  body: { errorCode: 209, message: `{"subCode": "${code}", "details": null}` },
})

describe('a reply', () => {
  it.each(['personal', 'group', 'channel'] as const)(
    'goes to exactly the %s conversation, as plain text',
    async (where) => {
      expect(await send(await addressOf(chat().setup, where), '**Yes**')).toMatchObject({ outcome: 'sent' })
      const [post] = chat().setup.fake.connector.posted(conversations[where].id)
      expect(post?.activity).toMatchObject({
        type: 'message',
        textFormat: 'plain',
        text: '**Yes**',
        conversation: { id: conversations[where].id },
      })
      expect(post?.activity).not.toHaveProperty('replyToId')
      const request = chat().setup.fake.server.requests.findLast(isConnectorRequest)
      expect(request?.path).toBe(
        `/emea/v3/conversations/${encodeURIComponent(conversations[where].id)}/activities`,
      )
    },
  )

  it('carries the id that Teams gave it', async () => {
    const outcome = await send()
    expect(outcome).toEqual({ outcome: 'sent', id: chat().setup.fake.connector.all()[0]?.id })
  })

  it.each([
    ['an empty answer', { status: 202, body: '' }],
    ['an answer without an id', { status: 200, body: {} }],
    ['null', { status: 201, headers: { 'content-type': 'application/json' }, body: 'null' }],
  ])('is sent, without an id, after %s', async (_row, answer) => {
    expect(await answered(answer)).toEqual({ outcome: 'sent' })
  })

  it('is sent when only the end of the answer is missing', async () => {
    expect(await sendWith({ kind: 'half', applied: true })).toEqual({ outcome: 'sent' })
  })
})

describe('the answer', () => {
  it.each<[string, FakeAnswer, Partial<Outcome> | { reason: unknown }]>([
    ['400 Bad Argument', coded(400, 'Bad Argument'), { outcome: 'rejected' }],
    ['401 BotNotRegistered', coded(401, 'BotNotRegistered'), { outcome: 'retry' }],
    [
      '403 BotDisabledByAdmin',
      coded(403, 'BotDisabledByAdmin'),
      { outcome: 'rejected', reason: expect.stringMatching(/administrator.*another way/) },
    ],
    ['403 ConversationBlockedByUser', coded(403, 'ConversationBlockedByUser'), { outcome: 'rejected' }],
    [
      '403 MessageWritesBlocked, hidden',
      hidden('MessageWritesBlocked'),
      { outcome: 'rejected', reason: expect.stringContaining('blocked the bot or uninstalled it') },
    ],
    [
      '403 with an unknown code, hidden',
      hidden('SomethingNew'),
      { outcome: 'rejected', reason: expect.stringContaining('403 SomethingNew') },
    ],
    [
      '403 BotNotInConversationRoster',
      coded(403, 'BotNotInConversationRoster'),
      { outcome: 'rejected', reason: expect.stringContaining('added again') },
    ],
    [
      '403 ForbiddenOperationException, hidden',
      hidden('ForbiddenOperationException'),
      { outcome: 'rejected', reason: expect.stringContaining('added again') },
    ],
    ['403 NotEnoughPermissions', coded(403, 'NotEnoughPermissions'), { outcome: 'rejected' }],
    ['403 with a page', { status: 403, body: '<html>' }, { outcome: 'rejected' }],
    [
      '404 ConversationNotFound',
      coded(404, 'ConversationNotFound'),
      { outcome: 'rejected', reason: expect.stringContaining('gone') },
    ],
    [
      '404 ActivityNotFoundInConversation',
      coded(404, 'ActivityNotFoundInConversation'),
      { outcome: 'rejected' },
    ],
    ['412 PreconditionFailed', coded(412, 'PreconditionFailed'), { outcome: 'retry' }],
    [
      '413 MessageSizeTooBig',
      coded(413, 'MessageSizeTooBig'),
      { outcome: 'rejected', kind: 'too long', reason: expect.stringContaining('too long') },
    ],
    ['429 without a time', coded(429, 'Throttled'), { outcome: 'retry', afterMs: 2000 }],
    [
      '429 with a time',
      { ...coded(429, 'Throttled'), headers: { 'retry-after': '3' } },
      { outcome: 'retry', afterMs: 3000 },
    ],
    [
      '503 with a time',
      { ...coded(503, 'Busy'), headers: { 'retry-after': '5' } },
      { outcome: 'retry', afterMs: 5000 },
    ],
    ['500 ServiceError', coded(500, 'ServiceError'), { outcome: 'unknown' }],
    ['502', { status: 502, body: '<html>' }, { outcome: 'unknown' }],
    ['503', coded(503, 'ServiceUnavailable'), { outcome: 'unknown' }],
    ['504', { status: 504, body: '' }, { outcome: 'unknown' }],
    ['302', { status: 302, headers: { location: 'https://evil.example/' } }, { outcome: 'rejected' }],
  ])('%s is read once, for what it is', async (_row, answer, expected) => {
    const outcome = await answered(answer)
    expect(outcome).toMatchObject(expected)
    expect(JSON.stringify(outcome)).not.toContain('02:00')
    expect('afterMs' in outcome).toBe('afterMs' in expected)
    expect(chat().setup.fake.attempts()).toBe(1)
  })

  it.each(['group', 'channel'] as const)(
    '403 MessageWritesBlocked in a %s is nothing that a guest did',
    async (where) => {
      chat().setup.fake.server.fail(
        { kind: 'answer', applied: false, answer: hidden('MessageWritesBlocked') },
        { match: isConnectorRequest },
      )
      const outcome = await send(await addressOf(chat().setup, where))
      expect(outcome).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('ask an owner') })
      expect(JSON.stringify(outcome)).not.toContain('guest has')
    },
  )

  it.each<[string, FakeAnswer]>([
    [
      'its own',
      { status: 403, body: { error: { code: 'BotDisabledByAdmin', message: 'Not MessageWritesBlocked.' } } },
    ],
    [
      'its sub code',
      {
        status: 403,
        body: {
          errorCode: 209,
          message: 'Failed: { "details": "no NotEnoughPermissions", "subCode": "BotDisabledByAdmin" }',
        },
      },
    ],
  ])('403 is told by %s, whatever other code is mentioned', async (_row, answer) => {
    expect(await answered(answer)).toMatchObject({
      outcome: 'rejected',
      reason: expect.stringContaining('(403 BotDisabledByAdmin)'),
    })
  })

  it.each<Fault>([
    { kind: 'reset', applied: false },
    { kind: 'hang', applied: true },
    { kind: 'answer', applied: true, answer: { status: 500, body: '' } },
  ])('is unknown after %j, and one post was made', async (fault) => {
    expect(await sendWith(fault)).toMatchObject({ outcome: 'unknown' })
    expect(chat().setup.fake.attempts()).toBe(1)
  })

  it('403 InvalidBotApiHost is followed by an attempt at the government community’s host, once', async () => {
    const moved = await createSetup({ stoodInFor: ['https://smba.infra.gcc.teams.microsoft.com'] })
    const to = await addressOf(moved, 'personal')
    const answer = coded(403, 'InvalidBotApiHost')
    const attempt = (): Promise<Outcome> =>
      moved.adapter.send({ deliveryId: 'd-1', address: to, text: 'Yes' }, neverAborted)

    moved.fake.server.fail(
      { kind: 'answer', applied: false, answer },
      { match: isConnectorRequest, times: 2 },
    )
    expect(await attempt()).toMatchObject({ outcome: 'retry', afterMs: 0 })
    expect(await attempt()).toMatchObject({ outcome: 'rejected' })
    expect(await attempt()).toMatchObject({ outcome: 'sent' })
    const paths = moved.fake.server.requests
      .filter(isConnectorRequest)
      .map(({ path }) => path.split('/v3')[0])
    expect(paths).toEqual(['/emea', '/teams', '/teams'])
    await moved.close()
  })
})

describe('the address', () => {
  it.each([
    'https://evil.example/emea/',
    'https://evil.trafficmanager.net/',
    'http://169.254.169.254/',
    'file:///etc/passwd',
    'nonsense',
  ])('at %s gets neither reply nor token', async (serviceUrl) => {
    expect(await send({ ...chat().address, serviceUrl })).toMatchObject({ outcome: 'rejected' })
    expect(chat().setup.fake.server.requests).toHaveLength(0)
  })

  it('is found by its id although that has a path in it', async () => {
    const id = '../../token?x=1#y'
    expect(await send({ ...chat().address, conversationId: id })).toMatchObject({ outcome: 'sent' })
    expect(chat().setup.fake.connector.posted(id)).toHaveLength(1)
  })
})

it('after the service moved a reply goes to where the guest’s latest activity came from', async () => {
  const [old, moved] = ['amer', 'emea2'].map((region) => `${chat().setup.fake.server.url}/${region}/`)
  const read = async (serviceUrl: string | undefined): Promise<Address> => {
    const activity = { ...chat().setup.fake.activities.message('Hello'), serviceUrl }
    const { address: found } = await chat().setup.adapter.read(JSON.stringify(activity), neverAborted)
    if (found === undefined) throw new Error('The message has no address.')
    return found
  }
  await send(await read(old))
  await send(await read(moved))
  const regions = chat()
    .setup.fake.server.requests.filter(isConnectorRequest)
    .map(({ path }) => path.split('/')[1])
  expect(regions).toEqual(['amer', 'emea2'])
})

describe('the token', () => {
  it('is asked for once by replies that go together, and kept until five minutes before its end', async () => {
    await Promise.all([send(), send(), send()])
    await send()
    expect(tokensAsked()).toBe(1)
    chat().setup.clock.step((3599 - 299) * 1000)
    await send()
    expect(tokensAsked()).toBe(2)
  })

  it('is asked for anew after Teams refused it', async () => {
    await send()
    expect(await answered({ status: 401, body: '' })).toMatchObject({ outcome: 'retry' })
    chat().setup.fake.server.heal()
    expect(await send()).toMatchObject({ outcome: 'sent' })
    expect(tokensAsked()).toBe(2)
  })

  it.each<Fault>([
    { kind: 'answer', applied: false, answer: { status: 500, body: '<html>' } },
    {
      kind: 'answer',
      applied: false,
      answer: { status: 302, headers: { location: 'https://evil.example/' } },
    },
    { kind: 'answer', applied: false, answer: { status: 200, body: {} } },
    { kind: 'reset', applied: false },
    { kind: 'hang', applied: false },
  ])('cannot be had, %j: nothing was sent, and that is certain', async (fault) => {
    chat().setup.fake.server.fail(fault, { match: isToken })
    expect(await send()).toMatchObject({ outcome: 'retry' })
    expect(chat().setup.fake.attempts()).toBe(0)
    expect(await send()).toMatchObject({ outcome: 'sent' })
  })

  it('is refused: the reason names the code and the setting, and no secret', async () => {
    const wrong = await createSetup({ settings: { MicrosoftAppPassword: 'wrong-password' } })
    const to = await addressOf(wrong, 'personal')
    const outcome = await wrong.adapter.send({ deliveryId: 'd-1', address: to, text: 'Yes' }, neverAborted)
    expect(outcome).toMatchObject({
      outcome: 'retry',
      reason: expect.stringMatching(/AADSTS7000215.*MicrosoftAppPassword/),
    })
    expect(JSON.stringify([outcome, wrong.lines])).not.toContain('wrong-password')
    await wrong.close()
  })
})
