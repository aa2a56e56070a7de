import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { patience } from '../fakes/clock.ts'
import { startSandbox, type StartedSandbox } from './start.ts'

let started: StartedSandbox
beforeEach(async () => {
  started = await startSandbox()
})
afterEach(() => started.close())

const get = async (path: string): Promise<string> => (await fetch(`${started.sandbox.url}${path}`)).text()

const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${started.sandbox.url}${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers,
    redirect: 'manual',
  })

/** The key of a guest's chat, as the page links it. */
const chatOf = async (guest: string): Promise<string> => {
  const links = (await get('/guest')).matchAll(/id="chat-(\w+)".*?<\/li>/gs)
  for (const [link, key] of links) if (link.includes(guest)) return key ?? ''
  throw new Error(`no chat of ${guest}`)
}

const say = async (guest: string, text: string, more: Record<string, string> = {}): Promise<Response> =>
  post('/guest/say', { chat: await chatOf(guest), text, ...more })

const activities = (): readonly Record<string, unknown>[] =>
  started.connector.requests
    .filter(({ path }) => path === '/api/messages')
    .map(({ body }) => JSON.parse(body) as Record<string, unknown>)

const postActivity = (conversation: string, body: string): Promise<Response> =>
  fetch(`${started.sandbox.url}/v3/conversations/${encodeURIComponent(conversation)}/activities`, {
    method: 'POST',
    body,
  })

const conversationOf = (activity: Record<string, unknown> | undefined): string =>
  (activity as { conversation: { id: string } }).conversation.id

describe('a guest', () => {
  test('in a personal chat is posted to the connector as Teams would', async () => {
    expect((await say('Penelope Morgan', ' Hi! ')).status).toBe(303)
    expect(activities()).toEqual([
      {
        type: 'message',
        id: expect.stringMatching(/^\d{13}$/),
        timestamp: expect.stringMatching(/Z$/),
        channelId: 'msteams',
        serviceUrl: started.sandbox.url,
        from: { id: '29:Penelope%20Morgan', name: 'Penelope Morgan' },
        recipient: { id: '28:sandbox', name: 'Front desk' },
        conversation: {
          id: expect.stringMatching(/^a:1\w{8}$/),
          conversationType: 'personal',
          tenantId: expect.any(String),
          isGroup: false,
        },
        text: 'Hi!',
        textFormat: 'plain',
        entities: [],
        channelData: { tenant: { id: expect.any(String) } },
      },
    ])
  })

  test('in a channel mentions the bot, in a thread, under any name', async () => {
    await say('Arthur Weiss', 'Is the pool open?', { author: 'Marta' })
    expect(activities()[0]).toMatchObject({
      from: { id: '29:Marta', name: 'Marta' },
      conversation: {
        id: expect.stringMatching(/^19:\w+@thread\.tacv2;messageid=\d+$/),
        conversationType: 'channel',
        isGroup: true,
      },
      text: '<at>Front desk</at> Is the pool open?',
      entities: [{ type: 'mention', mentioned: { id: '28:sandbox' }, text: '<at>Front desk</at>' }],
    })
  })

  test('sees what the bot posts to any of the two addresses of a conversation', async () => {
    await say('Arthur Weiss', 'Is the pool open?')
    const conversation = conversationOf(activities()[0])
    const answer = await postActivity(conversation, JSON.stringify({ type: 'message', text: 'Until <10>' }))
    expect(answer.status).toBe(201)
    expect(await answer.json()).toEqual({ id: expect.stringMatching(/^\d{13}$/) })
    await fetch(
      `${started.sandbox.url}/v3/conversations/${encodeURIComponent(conversation)}/activities/1793640011000`,
      { method: 'POST', body: JSON.stringify({ type: 'message', text: 'Or later' }) },
    )
    const page = await get(`/guest?chat=${await chatOf('Arthur Weiss')}`)
    expect(page).toContain('Until &lt;10&gt;')
    expect(page).toContain('Or later')
  })

  test('does not see typing', async () => {
    await say('Penelope Morgan', 'Hi!')
    const conversation = conversationOf(activities()[0])
    expect((await postActivity(conversation, '{"type":"typing"}')).status).toBe(201)
    expect((await get('/guest')).match(/class="bubble/g)).toHaveLength(1)
  })

  test('sends a message that was refused again under the same id, once', async () => {
    started.connector.fail({ applied: false, kind: 'answer', answer: { status: 503 } })
    await say('Penelope Morgan', 'Hi!')
    expect(await get('/guest')).toContain('Not sent: the connector answered 503.')

    const id = String(activities()[0]?.['id'])
    const again = { chat: await chatOf('Penelope Morgan'), message: id }
    await Promise.all([post('/guest/again', again), post('/guest/again', again)])
    expect(activities().map((activity) => activity['id'])).toEqual([id, id])
    expect(await get('/guest')).not.toContain('Not sent')
  })

  test('is told when the connector breaks the connection', async () => {
    started.connector.fail({ applied: true, kind: 'reset' })
    await say('Penelope Morgan', 'Hi!')
    expect(await get('/guest')).toContain('Not sent: the connector did not answer.')
  })
})

describe('the bot framework stand-in', () => {
  test('refuses what is no activity and conversations that it does not know', async () => {
    expect((await postActivity('a:1unknown', 'x')).status).toBe(400)
    const answer = await postActivity('a:1unknown', '{"type":"message","text":"x"}')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: { code: 'ConversationNotFound' } })
  })
})

describe('the front desk', () => {
  test('answers in a thread that the connector opened', async () => {
    await say('Penelope Morgan', 'Hi!')
    const desk = await get('/desk')
    expect(desk).toContain('Hi! (Teams, ref K7Q2M4)')
    const thread = /id="thread-([\w-]+)"/.exec(desk)?.[1] ?? ''
    await post('/desk/reply', { thread, text: 'Hello!' })
    await vi.waitFor(async () => expect(await get('/guest')).toContain('Hello!'), patience)
  })
})

describe('the server', () => {
  test.each([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('refuses a form of another website: %o', async (headers) => {
    const chat = await chatOf('Penelope Morgan')
    expect((await post('/guest/say', { chat, text: 'Hi!' }, headers)).status).toBe(403)
    expect(activities()).toEqual([])
  })

  test('takes a form of its own page', async () => {
    const chat = await chatOf('Penelope Morgan')
    const headers = { origin: started.sandbox.url, 'sec-fetch-site': 'same-origin' }
    expect((await post('/guest/say', { chat, text: 'Hi!' }, headers)).status).toBe(303)
  })

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80', 'a b'])(
    'refuses to be called %s',
    async (host) => {
      const status = await new Promise((resolve, reject) => {
        request(started.sandbox.url, { headers: { host } }, (response) => resolve(response.statusCode))
          .on('error', reject)
          .end()
      })
      expect(status).toBe(403)
    },
  )

  test('lets pages load nothing from elsewhere and no inline script', async () => {
    const { headers } = await fetch(started.sandbox.url)
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /)
    const page = await get('/')
    expect(page).not.toMatch(/<script(?! src="\/script\.js")|<style| style=| on\w+=|https?:/)
  })

  test('leads back to pages of its own only', async () => {
    const more = { back: '//evil.example/guest' }
    const answer = await say('Penelope Morgan', 'Hi!', more)
    expect(answer.headers.get('location')).toBe('/')
  })

  test.each([
    ['/guest/say', { chat: 'unknown', text: 'Hi!' }],
    ['/guest/again', { chat: 'unknown' }],
    ['/guest/open', { name: ' ' }],
    ['/desk/reply', { thread: 'unknown', text: 'Hi!' }],
    ['/desk/reply', { thread: 'unknown', text: 'x'.repeat(4001) }],
  ])('refuses a form for %s that makes no sense: %o', async (path, fields) => {
    expect((await post(path, fields)).status).toBe(400)
  })

  test('answers 404, 405 and 413', async () => {
    const { url } = started.sandbox
    expect((await fetch(`${url}/nothing`)).status).toBe(404)
    expect((await fetch(`${url}/%ff`)).status).toBe(404)
    expect((await post('/nothing', {})).status).toBe(404)
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(405)
    expect((await fetch(`${url}/guest/say`, { method: 'POST', body: Buffer.alloc(17e6) })).status).toBe(413)
  })

  test('announces every change to pages that follow', async () => {
    const { body } = await fetch(`${started.sandbox.url}/events`)
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
    expect(await reader?.read()).toMatchObject({ value: 'retry: 1000\n\n' })
    await post('/guest/open', { name: 'Ines' })
    expect(await reader?.read()).toMatchObject({ value: 'data: changed\n\n' })
  })

  test('stops while a page follows, a request is not complete and the connector hangs', async () => {
    await fetch(`${started.sandbox.url}/events`)
    const socket = connect(Number(new URL(started.sandbox.url).port), '127.0.0.1').on('error', () => {})
    socket.write('POST /guest/say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n')
    await once(socket, 'connect')
    started.connector.fail({ applied: false, kind: 'hang' })
    const said = say('Penelope Morgan', 'Hi!').catch(() => 'ended')
    await vi.waitFor(() => expect(activities()).toHaveLength(1), patience)
    await started.sandbox.close()
    await said
    await expect(fetch(started.sandbox.url)).rejects.toThrow('fetch failed')
  })
})
