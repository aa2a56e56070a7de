import type { FakeAnswer } from '../server.ts'
import type { FakeBot } from './installs.ts'
import type { FakeMessage, FakeRoom } from './room.ts'

/** The fake workspace: one app, one bot, ids as Slack makes them. */
export const fakeWorkspace = {
  team: 'T0GUESTS',
  appId: 'A0HOTEL1',
  botId: 'B0HOTEL1',
  botUser: 'U0HOTELBOT',
  botToken: 'xoxb-fake-workspace-token',
  signingSecret: '5f1d0c7a9e3b42d6a8c1e0f7b6d5a493',
} as const

export interface FakeUser {
  readonly id: string
  readonly is_bot?: boolean
  readonly name: string
  readonly team_id?: string
  readonly profile: { readonly display_name: string; readonly real_name: string; readonly email?: string }
}

export interface ApiState {
  readonly room: FakeRoom
  readonly users: ReadonlyMap<string, FakeUser>
  /** `<channel> <ts> <name>` */
  readonly reactions: Set<string>
  /** Files by id, for those that come as stubs. */
  readonly files: ReadonlyMap<string, object>
  /** What stands on people's App Homes. */
  readonly homes: Map<string, unknown>
  /** A bot posted something. */
  readonly onPost: (channel: string, message: FakeMessage, bot: FakeBot) => void
  /** A bot deleted a message of its own. */
  readonly onDelete: (channel: string, message: FakeMessage) => void
}

/** Answers one Web API method, given its form-encoded arguments and whose token it came with. */
export type Method = (form: URLSearchParams, bot: FakeBot) => FakeAnswer

export const refusal = (error: string): FakeAnswer => ({ status: 200, body: { ok: false, error } })
const success = (fields: object = {}): FakeAnswer => ({ status: 200, body: { ok: true, ...fields } })

const post =
  ({ room, onPost }: ApiState): Method =>
  (form, bot) => {
    const { appId } = fakeWorkspace
    const { botUser, botId } = bot
    const channel = form.get('channel') ?? ''
    const root = form.get('thread_ts')
    // Slack calls a reply to a message that is gone posted, and shows it to the whole channel.
    const threadTs = root !== null && room.isGone(channel, root) ? null : root
    const metadata = form.get('metadata')
    const blocks = form.get('blocks')
    const text = form.get('text') ?? ''
    if (text === '') return refusal('no_text')
    const message: FakeMessage = {
      type: 'message',
      ts: room.stamp(),
      text,
      user: botUser,
      bot_id: botId,
      app_id: appId,
      bot_profile: { id: botId, app_id: appId, name: 'Hotel' },
      ...(threadTs === null ? {} : { thread_ts: threadTs }),
      ...(metadata === null ? {} : { metadata: JSON.parse(metadata) as unknown }),
      ...(blocks === null ? {} : { blocks: JSON.parse(blocks) as readonly unknown[] }),
    }
    room.add(channel, message)
    onPost(channel, message, bot)
    return success({ channel, ts: message.ts, message })
  }

const update =
  ({ room }: ApiState): Method =>
  (form) => {
    const channel = form.get('channel') ?? ''
    const ts = form.get('ts') ?? ''
    if (!room.all(channel).some((message) => message.ts === ts)) return refusal('message_not_found')
    const { blocks: _, ...message } = room.get(channel, ts)
    const metadata = form.get('metadata')
    room.replace(channel, ts, {
      ...message,
      text: form.get('text') ?? '',
      ...(metadata === null ? {} : { metadata: JSON.parse(metadata) as unknown }),
    })
    return success({ channel, ts })
  }

/** Of its own messages alone (https://docs.slack.dev/reference/methods/chat.delete). */
const remove =
  ({ room, onDelete }: ApiState): Method =>
  (form, { botUser }) => {
    const channel = form.get('channel') ?? ''
    const ts = form.get('ts') ?? ''
    const message = room.all(channel).find((one) => one.ts === ts)
    if (message === undefined) return refusal('message_not_found')
    if (message.user !== botUser) return refusal('cant_delete_message')
    room.remove(channel, ts)
    onDelete(channel, message)
    return success({ channel, ts })
  }

const react =
  ({ reactions }: ApiState): Method =>
  (form) => {
    const reaction = ['channel', 'timestamp', 'name'].map((name) => form.get(name) ?? '').join(' ')
    if (reactions.has(reaction)) return refusal('already_reacted')
    reactions.add(reaction)
    return success()
  }

const unreact =
  ({ reactions }: ApiState): Method =>
  (form) => {
    const reaction = ['channel', 'timestamp', 'name'].map((name) => form.get(name) ?? '').join(' ')
    return reactions.delete(reaction) ? success() : refusal('no_reaction')
  }

/** How often a method may be called in a workspace within a minute. */
export type Limits = Readonly<Record<string, number>>

/** An app's of one's own, as far as it uses them (https://docs.slack.dev/apis/web-api/rate-limits#tiers); Slack may take a few more. */
export const tiers: Limits = {
  'reactions.add': 50,
  'reactions.remove': 20,
  'conversations.history': 50,
  'conversations.replies': 50,
}

/** A commercially distributed app's outside the Marketplace (https://docs.slack.dev/apis/web-api/rate-limits). */
export const outsideMarketplace: Limits = { ...tiers, 'conversations.history': 1, 'conversations.replies': 1 }

const minuteMs = 60_000

/** Counts calls; `refuse` gives a 429 for one above the limit, which does not count. */
export const createLimiter = (now: () => number) => {
  const calls = new Map<string, number[]>()
  const refused: string[] = []
  let limits: Limits = {}
  return {
    keep: (given: Limits): readonly string[] => {
      limits = given
      return refused
    },
    refuse: (method: string, team: string): FakeAnswer | undefined => {
      const limit = limits[method]
      if (limit === undefined) return undefined
      const key = `${team} ${method}`
      const recent = (calls.get(key) ?? []).filter((at) => at > now() - minuteMs)
      calls.set(key, recent)
      const [oldest = now()] = recent
      if (recent.length >= limit) {
        refused.push(method)
        return tooMany(Math.ceil((oldest + minuteMs - now()) / 1000))
      }
      recent.push(now())
      return undefined
    },
  }
}

/** A 429, with `Retry-After` in seconds or without. */
export const tooMany = (retryAfter?: number): FakeAnswer => {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  return { ...refusal('ratelimited'), status: 429, headers }
}

/** Slack's Web API methods, by name, as far as the adapter uses them. */
export const createMethods = (state: ApiState): Readonly<Record<string, Method>> => ({
  'chat.postMessage': post(state),
  'chat.update': update(state),
  'chat.delete': remove(state),
  'conversations.history': (form) => success(state.room.history(form)),
  'conversations.replies': (form) => {
    const page = state.room.replies(form)
    return page === undefined ? refusal('thread_not_found') : success(page)
  },
  'conversations.info': (form) => success({ channel: { id: form.get('channel'), is_ext_shared: false } }),
  'users.info': (form) => {
    const user = state.users.get(form.get('user') ?? '')
    return user === undefined ? refusal('user_not_found') : success({ user })
  },
  'auth.test': (_, { team, botUser, botId }) => success({ team_id: team, user_id: botUser, bot_id: botId }),
  'reactions.add': react(state),
  'reactions.remove': unreact(state),
  'files.info': (form) => {
    const file = state.files.get(form.get('file') ?? '')
    return file === undefined ? refusal('file_not_found') : success({ file })
  },
  'views.publish': (form) => {
    state.homes.set(form.get('user_id') ?? '', JSON.parse(form.get('view') ?? 'null'))
    return success()
  },
})
