/**
 * The real program and another maker's Slack, Vercel's `emulate`, which has a workspace with members, channels and histories. To run it:
 *
 *   folder=$(mktemp -d); (cd "$folder" && npm install emulate@0.12.2)
 *   SLACK_EMULATOR=$folder/node_modules/emulate/dist/index.js npm test -- test/optional/slack-emulator.test.ts
 *
 * It listens on loopback only. It sends events only to programs that embed it, so the test tells the connector what a guest wrote.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createSystemFixture, type SystemFixture } from '../e2e/support/system-fixture.ts'
import { patience } from '../fakes/clock.ts'
import { signSlackRequest, toSlackEnvelope } from '../fakes/slack/events.ts'
import { fakeWorkspace } from '../fakes/slack/slack.ts'

const executable = process.env['SLACK_EMULATOR'] ?? ''
const port = 56_160
const url = `http://127.0.0.1:${port}`

interface Message {
  readonly ts: string
  readonly thread_ts?: string
  readonly text: string
  readonly user: string
  readonly reactions?: readonly { readonly name: string }[]
}

interface Answer {
  readonly ok: boolean
  readonly team_id: string
  readonly user_id: string
  readonly message: Message
  readonly messages: readonly Message[]
  readonly channel: { readonly id: string }
  readonly members: readonly { readonly id: string; readonly name: string }[]
  readonly channels: readonly { readonly id: string; readonly name: string }[]
}

const guestToken = 'xoxp-penelope'

const seed = {
  slack: {
    users: [
      { name: 'penelope', profile: { display_name: 'Penelope Morgan' } },
      { name: 'concierge', real_name: 'Concierge' },
    ],
    tokens: [
      { token: fakeWorkspace.botToken, type: 'bot', user: 'concierge' },
      { token: guestToken, type: 'user', user: 'penelope' },
    ],
  },
}

const call = async (token: string, method: string, fields: Record<string, string> = {}): Promise<Answer> => {
  const response = await fetch(`${url}/api/${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: new URLSearchParams(fields),
  })
  const answer = (await response.json()) as Answer
  if (!answer.ok) throw new Error(`${method} answered ${JSON.stringify(answer)}`)
  return answer
}

const isUp = (): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )

const seen = (method: string, fields: Record<string, string>, text: string): Promise<Message> =>
  vi.waitFor(async () => {
    const { messages } = await call(guestToken, method, fields)
    const found = messages.filter((one) => one.text === text)
    expect(found).toHaveLength(1)
    return found[0] as Message
  }, patience)

describe.skipIf(executable === '')('at another maker’s Slack', () => {
  let child: ChildProcess
  let folder: string
  let system: SystemFixture
  let bot: Answer
  let serial = 0

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slack-emulator-'))
    const file = join(folder, 'seed.json')
    await writeFile(file, JSON.stringify(seed))
    const options = ['start', '--service', 'slack', '--seed', file, '--port', String(port)]
    child = spawn(process.execPath, [executable, ...options], { stdio: 'ignore' })
    await vi.waitUntil(isUp, patience)
    bot = await call(fakeWorkspace.botToken, 'auth.test')
    system = await createSystemFixture({ SLACK_API_URL: `${url}/api/` })
    await system.connector.start()
  }, 60_000)
  afterAll(async () => {
    await system?.close()
    child?.kill()
    if (child?.exitCode === null) await once(child, 'exit')
    await rm(folder, { recursive: true, force: true })
  })

  /** The guest writes, and Slack tells the connector. */
  const say = async (
    channel: string,
    text: string,
    fields: Record<string, string> = {},
  ): Promise<Message> => {
    const { message } = await call(guestToken, 'chat.postMessage', { channel, text, ...fields })
    serial += 1
    const event = {
      ...message,
      type: 'message',
      channel,
      channel_type: channel.startsWith('D') ? 'im' : 'channel',
    }
    const place = { team: bot.team_id, appId: 'A0EMULATOR', botUser: bot.user_id, serial, now: Date.now() }
    const secret = fakeWorkspace.signingSecret
    const request = signSlackRequest(toSlackEnvelope(event, place), { secret, now: Date.now() })
    const { status } = await fetch(`${system.connector.url}/slack/events`, {
      method: 'POST',
      headers: request.headers as Record<string, string>,
      body: request.body.toString(),
    })
    expect(status).toBe(200)
    return message
  }
  const threadWith = (text: string): Promise<string> =>
    vi.waitFor(() => {
      const { mews } = system
      const found = mews.threads().find(({ id }) => mews.messages(id).some((one) => one.text === text))
      expect(found).toMatchObject({ originalSender: 'Penelope Morgan' })
      return found?.id ?? ''
    }, patience)
  test('a direct message: words both ways, and a tick on what has arrived', async () => {
    const { channel } = await call(guestToken, 'conversations.open', { users: bot.user_id })
    const { ts } = await say(channel.id, 'Is the pool open?')
    system.mews.reply(await threadWith('Is the pool open?'), 'Until ten & later.')
    const posted = await seen('conversations.history', { channel: channel.id }, 'Until ten &amp; later.')
    expect(posted.user).toBe(bot.user_id)
    await vi.waitFor(async () => {
      const { messages } = await call(guestToken, 'conversations.history', { channel: channel.id })
      const reactions = messages.find((one) => one.ts === ts)?.reactions?.map(({ name }) => name)
      expect(reactions).toEqual(['white_check_mark'])
    }, patience)
    expect(system.connector.output).not.toMatch(/xox|pool open/)
  })

  test('a channel: the answer stands below the mention, once', async () => {
    const { channels } = await call(guestToken, 'conversations.list')
    const channel = channels.find(({ name }) => name === 'general')?.id ?? ''
    await call(guestToken, 'conversations.join', { channel })
    await call(fakeWorkspace.botToken, 'conversations.join', { channel })
    const { ts } = await say(channel, `<@${bot.user_id}> towels, please`)
    const thread = await threadWith('towels, please')
    system.mews.reply(thread, 'They are coming.')
    await seen('conversations.replies', { channel, ts }, 'They are coming.')
    await say(channel, 'Thank you!', { thread_ts: ts })
    expect(await threadWith('Thank you!')).toBe(thread)
  })
})
