import { setTimeout as pause } from 'node:timers/promises'
import type { WebhookRequest } from '../../../src/port.ts'
import { type FakeRequest, type FakeServer, createFakeServer, isSuccess, type Serve } from '../server.ts'
import {
  createLimiter,
  createMethods,
  fakeWorkspace,
  type FakeUser,
  type Limits,
  refusal,
  tooMany,
} from './api.ts'
import { deliverSlackEvent, signSlackRequest, toSlackEnvelope, type SlackTarget } from './events.ts'
import { createFakeInstalls, type FakeBot, type FakeInstalls } from './installs.ts'
import { createFakeSockets, type FakeSockets } from './sockets.ts'
import { createFakeRoom, type FakeMessage, type FakeRoom } from './room.ts'

export { fakeWorkspace, outsideMarketplace, tiers } from './api.ts'
export type { FakeBot } from './installs.ts'

interface Said {
  readonly channel: string
  readonly user: string
  readonly text: string
  readonly threadTs?: string
  readonly subtype?: string
  readonly files?: readonly unknown[]
  /** Whose installation the event is sent for; default the fake workspace's. */
  readonly via?: FakeBot
}

/** How a connected workspace delays and repeats itself. */
interface SlackHabits {
  /** Asked for each event: how long it takes to be sent, so that a later one may overtake it. Default no time. */
  readonly lagMs?: () => number
  /** Before each of the three retries; default none. */
  readonly pausesMs?: readonly number[]
  /** Asked for each event that was taken: whether Slack sends it once more. Default never. */
  readonly again?: () => boolean
}

type More = { readonly email?: string; readonly [field: string]: unknown }

export interface FakeSlack {
  /** For `SLACK_API_URL`. */
  readonly url: string
  readonly server: FakeServer
  /** What stands in the channels. */
  readonly room: FakeRoom
  /** The bot's reactions: `<channel> <ts> <name>`. */
  readonly reactions: ReadonlySet<string>
  /** Which workspaces the app is installed in; the fake one at first. */
  readonly installs: FakeInstalls
  /** Socket Mode. */
  readonly sockets: FakeSockets
  /** Files by id, for those that come as stubs. */
  readonly files: Map<string, object>
  /** What stands on people's App Homes, by user. */
  readonly homes: ReadonlyMap<string, unknown>
  /** Private answers to commands, in order. */
  readonly answers: readonly string[]
  /** A new address for private answers. */
  responseUrl(): string
  /** An event of any kind happens. */
  happen(event: Readonly<Record<string, unknown>>, via?: FakeBot): void
  /** Texts that the bot posted to a channel, or to one thread of it, in order. */
  posted(channel: string, threadTs?: string): readonly string[]
  /** `more`: what else Slack tells of them; `email` where the app may read it. */
  addUser(id: string, displayName: string, kind?: 'person' | 'bot', more?: More): void
  /** Channels whose kind their id does not show: `mpim`, `group`. */
  readonly kinds: Map<string, string>
  /** A group's direct message becomes a private channel under another id; gives what tells the app of it. */
  convert(from: string, to: string): () => void
  /** Somebody writes; gives the message's `ts`. */
  say(said: Said): string
  edit(channel: string, ts: string, text: string): void
  /** Somebody deletes a message; one that has replies leaves a tombstone. */
  remove(channel: string, ts: string): void
  /** The envelopes of what happened and was not delivered yet, the bot's own posts among them; may be shuffled or doubled. */
  readonly waiting: unknown[]
  /** Delivers what waits, each event with up to three retries; resolves with the statuses of each one's attempts. */
  deliver(target: SlackTarget): Promise<readonly (readonly number[])[]>
  /** From now on events are delivered at once; `settled` resolves when all of them are. */
  connect(target: SlackTarget, habits?: SlackHabits): void
  /** Whether a message was taken by the app, once the deliveries of its events are over. */
  taken(ts: string): Promise<boolean>
  settled(): Promise<void>
  /** A signed request with this body. */
  sign(body: unknown, headers?: Readonly<Record<string, string>>): WebhookRequest
  /** From now on methods answer 429 above these limits, such as `tiers`; at first none is limited. Gives the methods that were refused. */
  keepLimits(limits: Limits): readonly string[]
  /** The next `times` calls of a method answer 429, with `Retry-After` in seconds or without. */
  limit(method: string, options?: { readonly retryAfter?: number; readonly times?: number }): void
  /** The next `times` calls of a method answer `ok: false` with this code. */
  refuse(method: string, error: string, times?: number): void
  close(): Promise<void>
}

/** Whether a request calls this Web API method, for `server.fail`. */
export const callsMethod =
  (method: string) =>
  ({ path }: FakeRequest): boolean =>
    path === `/api/${method}`

const channelTypes: Readonly<Record<string, string>> = { D: 'im', G: 'group' }

/** What stands in the place of sockets. */
interface SlackParts {
  readonly serve?: Serve
  readonly openSockets?: () => Promise<FakeSockets>
}

/** A stateful Slack workspace on loopback: the Web API methods the adapter uses, and signed events with retries. */
export const createFakeSlack = async (
  now: () => number = Date.now,
  { serve = createFakeServer, openSockets = createFakeSockets }: SlackParts = {},
): Promise<FakeSlack> => {
  const { appId, botUser, signingSecret } = fakeWorkspace
  const room = createFakeRoom(now)
  const users = new Map<string, FakeUser>()
  const reactions = new Set<string>()
  const waiting: unknown[] = []
  const deliveries = new Set<Promise<unknown>>()
  const attempts = new Map<string, Promise<readonly number[]>[]>()
  let target: SlackTarget | undefined
  let habits: SlackHabits = {}
  let serial = 0

  const deliverOne = async (envelope: unknown, to: SlackTarget): Promise<readonly number[]> => {
    const { lagMs = () => 0, pausesMs, again = () => false } = habits
    const deliver = () =>
      deliverSlackEvent(envelope, to, () => ({ secret: signingSecret, now: now() }), pausesMs)
    await pause(lagMs())
    const statuses = await deliver()
    return statuses.some(isSuccess) && again() ? [...statuses, ...(await deliver())] : statuses
  }

  const sockets = await openSockets()
  const installs = createFakeInstalls(appId)
  installs.add(fakeWorkspace)
  const files = new Map<string, object>()
  const homes = new Map<string, unknown>()
  const kinds = new Map<string, string>()
  const answers: string[] = []

  const emit = (event: Readonly<Record<string, unknown>>, via: FakeBot = fakeWorkspace): void => {
    serial += 1
    const envelope = toSlackEnvelope(event, { ...via, appId, serial, now: now() })
    if (target === undefined) waiting.push(envelope)
    else {
      const delivery = deliverOne(envelope, target).finally(() => deliveries.delete(delivery))
      deliveries.add(delivery)
      const ts = String(event['event_ts'])
      attempts.set(ts, [...(attempts.get(ts) ?? []), delivery])
    }
  }
  const kindOf = (channel: string): string =>
    kinds.get(channel) ?? channelTypes[channel.charAt(0)] ?? 'channel'
  const emitMessage = (channel: string, message: object, via?: FakeBot): void =>
    emit({ ...message, channel, channel_type: kindOf(channel) }, via)

  const emitChange = (channel: string, change: object): void => {
    const ts = room.stamp()
    emitMessage(channel, { type: 'message', hidden: true, ts, event_ts: ts, ...change })
  }

  const emitDeletion = (channel: string, previous: FakeMessage): void =>
    emitChange(channel, {
      subtype: 'message_deleted',
      deleted_ts: previous.ts,
      previous_message: previous,
    })

  const limiter = createLimiter(now)
  const methods = createMethods({
    room,
    users,
    reactions,
    files,
    homes,
    onPost: (channel, message, bot) =>
      emitMessage(channel, { ...message, team: bot.team, event_ts: message.ts }, bot),
    onDelete: emitDeletion,
  })
  const server = await serve(({ path, body, headers }) => {
    if (path.startsWith('/response/')) {
      answers.push(String((JSON.parse(body) as { readonly text: unknown }).text))
      return { status: 200, body: 'ok' }
    }
    const name = path.replace('/api/', '')
    const form = new URLSearchParams(body)
    if (name === 'api.test') return { status: 200, body: { ok: true } }
    if (name === 'oauth.v2.access') return installs.access(form)
    if (name === 'apps.connections.open') return sockets.open(headers.authorization)
    const method = methods[name]
    if (method === undefined) return refusal('unknown_method')
    if (room.hasMoved(form.get('channel') ?? '')) return refusal('channel_not_found')
    const bot = installs.botOf(headers.authorization?.replace('Bearer ', '') ?? '')
    if (typeof bot === 'string') return refusal(bot)
    return limiter.refuse(name, bot.team) ?? method(form, bot)
  }, now)

  return {
    url: `${server.url}/api/`,
    server,
    room,
    reactions,
    installs,
    sockets,
    files,
    homes,
    kinds,
    convert: (from, to) => {
      room.move(from, to)
      kinds.set(to, 'group')
      const change = { type: 'channel_id_changed', old_channel_id: from, new_channel_id: to }
      const ts = room.stamp()
      return () => emit({ ...change, event_ts: ts })
    },
    answers,
    responseUrl: () => {
      serial += 1
      return `${server.url}/response/${serial}`
    },
    happen: emit,
    waiting,
    posted: (channel, threadTs) =>
      room
        .all(channel)
        .filter(({ user, thread_ts }) => user === botUser && (threadTs ?? thread_ts) === thread_ts)
        .map(({ text }) => text),
    addUser: (id, name, kind = 'person', { email, ...more } = {}) => {
      const profile = { display_name: name, real_name: name, ...(email !== undefined && { email }) }
      const user = { id, team_id: fakeWorkspace.team, name: id.toLowerCase(), profile }
      users.set(id, { ...user, is_bot: kind === 'bot', ...more })
    },
    say: ({ channel, user, text, threadTs, subtype, files: attached, via = fakeWorkspace }) => {
      const message: FakeMessage = {
        type: 'message',
        ts: room.stamp(),
        text,
        user,
        client_msg_id: crypto.randomUUID(),
        ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
        ...(subtype === undefined ? {} : { subtype }),
        ...(attached === undefined ? {} : { files: attached }),
      }
      const event = { ...message, team: via.team, event_ts: message.ts }
      room.add(channel, message)
      emitMessage(channel, event, via)
      if (!channel.startsWith('D') && text.includes(`<@${via.botUser}>`))
        emit({ ...event, type: 'app_mention', channel }, via)
      return message.ts
    },
    edit: (channel, ts, text) => {
      const previous = room.get(channel, ts)
      const message = { ...previous, text, edited: { user: previous.user, ts: room.stamp() } }
      room.replace(channel, ts, message)
      emitChange(channel, { subtype: 'message_changed', message, previous_message: previous })
      const mention = `<@${botUser}>`
      if (!channel.startsWith('D') && text.includes(mention) && !previous.text.includes(mention))
        emit({ ...message, type: 'app_mention', channel, event_ts: message.ts })
    },
    remove: (channel, ts) => {
      const previous = room.get(channel, ts)
      const tombstone = room.remove(channel, ts)
      if (tombstone === undefined) emitDeletion(channel, previous)
      else emitChange(channel, { subtype: 'message_changed', message: tombstone, previous_message: previous })
    },
    deliver: async (to) => {
      const statuses: (readonly number[])[] = []
      for (const envelope of waiting.splice(0)) statuses.push(await deliverOne(envelope, to))
      return statuses
    },
    connect: (to, changed = {}) => {
      target = to
      habits = changed
    },
    taken: async (ts) => (await Promise.all(attempts.get(ts) ?? [])).flat().some(isSuccess),
    settled: async () => {
      while (deliveries.size > 0) await Promise.all(deliveries)
    },
    sign: (body, headers = {}) => signSlackRequest(body, { secret: signingSecret, now: now(), headers }),
    keepLimits: limiter.keep,
    limit: (method, { retryAfter, times = 1 } = {}) => {
      const answer = tooMany(retryAfter)
      server.fail({ applied: false, kind: 'answer', answer }, { times, match: callsMethod(method) })
    },
    refuse: (method, error, times = 1) => {
      const answer = refusal(error)
      server.fail({ applied: false, kind: 'answer', answer }, { times, match: callsMethod(method) })
    },
    close: async () => {
      await sockets.close()
      await server.close()
    },
  }
}
