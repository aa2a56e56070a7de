import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeServer, type FakeServer } from '../server.ts'
import { createFakeSlack, fakeWorkspace, type FakeSlack } from './slack.ts'

let slack: FakeSlack
let listener: FakeServer
beforeEach(async () => {
  slack = await createFakeSlack()
  listener = await createFakeServer(() => ({ status: 200 }))
})
afterEach(() => Promise.all([slack.close(), listener.close()]))

const call = async (method: string, form: Readonly<Record<string, string>>): Promise<unknown> => {
  const headers = { authorization: `Bearer ${fakeWorkspace.botToken}` }
  const response = await fetch(`${slack.url}${method}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  })
  return response.json()
}

describe('the fake Slack', () => {
  it('delivers events as they happen, with three retries', async () => {
    slack.connect(`${listener.url}/slack/events`)
    listener.fail({ applied: false, kind: 'reset' })
    listener.fail({ applied: false, kind: 'answer', answer: { status: 500 } })
    slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?' })
    await slack.settled()
    const reasons = listener.requests.map(({ headers }) => headers['x-slack-retry-reason'])
    expect(reasons).toEqual([undefined, 'connection_failed', 'http_error'])
    expect(new Set(listener.requests.map(({ body }) => body)).size).toBe(1)
  })

  it('sends the bot’s own posts back as events', async () => {
    await call('chat.postMessage', { channel: 'D0INES', text: 'Yes', metadata: '{"event_type":"x"}' })
    const { botUser, appId, botId } = fakeWorkspace
    const event = { user: botUser, bot_id: botId, app_id: appId, metadata: { event_type: 'x' } }
    expect(slack.waiting).toMatchObject([{ event }])
  })

  it('keeps threads out of the history and pages both', async () => {
    const root = slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: 'root' })
    for (const text of ['one', 'two']) slack.say({ channel: 'C0LOBBY', user: 'U0INES', text, threadTs: root })
    slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: 'later' })
    expect(await call('conversations.history', { channel: 'C0LOBBY' })).toMatchObject({
      messages: [{ text: 'later' }, { text: 'root' }],
      has_more: false,
    })
    const page = { channel: 'C0LOBBY', ts: root, limit: '2' }
    expect(await call('conversations.replies', page)).toMatchObject({
      messages: [{ text: 'root' }, { text: 'one' }],
      has_more: true,
      response_metadata: { next_cursor: '2' },
    })
    expect(await call('conversations.replies', { ...page, cursor: '2' })).toMatchObject({
      messages: [{ text: 'two' }],
    })
  })

  it('knows its people, its bot, and a reaction that is there already', async () => {
    slack.addUser('U0INES', 'Ines Alba')
    expect(await call('users.info', { user: 'U0INES' })).toMatchObject({ ok: true })
    expect(await call('users.info', { user: 'U0GONE' })).toEqual({ ok: false, error: 'user_not_found' })
    expect(await call('auth.test', {})).toMatchObject({ user_id: fakeWorkspace.botUser })
    const reaction = { channel: 'D0INES', timestamp: '1.2', name: 'eyes' }
    expect(await call('reactions.add', reaction)).toEqual({ ok: true })
    expect(await call('reactions.add', reaction)).toEqual({ ok: false, error: 'already_reacted' })
    expect([...slack.reactions]).toEqual(['D0INES 1.2 eyes'])
  })
})
