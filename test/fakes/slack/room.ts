/** What stands in a fake workspace's channels. */

export interface FakeMessage {
  readonly type: 'message'
  readonly ts: string
  readonly text: string
  readonly user: string
  readonly thread_ts?: string
  readonly reply_count?: number
  readonly latest_reply?: string
  readonly subtype?: string
  readonly client_msg_id?: string
  readonly bot_id?: string
  readonly app_id?: string
  readonly bot_profile?: { readonly id: string; readonly app_id: string; readonly name: string }
  readonly metadata?: unknown
  readonly blocks?: readonly unknown[]
  readonly edited?: { readonly user: string; readonly ts: string }
  readonly files?: readonly unknown[]
}

interface Page {
  readonly messages: readonly FakeMessage[]
  readonly has_more: boolean
  readonly response_metadata: { readonly next_cursor: string }
}

/** Messages by channel, with Slack's reading methods. */
export interface FakeRoom {
  /** A new, unique, growing `ts`. */
  stamp(): string
  add(channel: string, message: FakeMessage): void
  /** Throws for a message that is not there. */
  get(channel: string, ts: string): FakeMessage
  replace(channel: string, ts: string, message: FakeMessage): void
  /** Deletes a message; one that has replies leaves a tombstone, which is given. */
  remove(channel: string, ts: string): FakeMessage | undefined
  /** Whether a message was deleted without leaving anything: there is no thread below it any more. */
  isGone(channel: string, ts: string): boolean
  /** The channel has another id from now on, and keeps what stands in it. */
  move(from: string, to: string): void
  /** Whether a channel has another id now. */
  hasMoved(channel: string): boolean
  /** Oldest first. */
  all(channel: string): readonly FakeMessage[]
  history(form: URLSearchParams): Page
  /** Undefined for a thread that is gone. */
  replies(form: URLSearchParams): Page | undefined
}

const toPage = (found: readonly FakeMessage[], form: URLSearchParams): Page => {
  const oldest = Number(form.get('oldest') ?? 0)
  const from = Number(form.get('cursor') ?? 0)
  const to = from + Number(form.get('limit') ?? 100)
  const latest = Number(form.get('latest') ?? Infinity)
  const inRange = found.filter(
    ({ ts }) => (Number(ts) > oldest && Number(ts) < latest) || ts === form.get('ts'),
  )
  const bare = form.get('include_all_metadata') !== 'true'
  return {
    messages: inRange
      .slice(from, to)
      .map(({ metadata, ...message }) =>
        bare || metadata === undefined ? message : { ...message, metadata },
      ),
    has_more: to < inRange.length,
    response_metadata: { next_cursor: to < inRange.length ? String(to) : '' },
  }
}

export const createFakeRoom = (now: () => number): FakeRoom => {
  const channels = new Map<string, FakeMessage[]>()
  const gone = new Set<string>()
  const moved = new Set<string>()
  let serial = 0
  const all = (channel: string): FakeMessage[] => {
    const messages = channels.get(channel) ?? []
    channels.set(channel, messages)
    return messages
  }
  const indexOf = (channel: string, ts: string): number => {
    const index = all(channel).findIndex((message) => message.ts === ts)
    if (index === -1) throw new Error(`there is no message ${ts} in ${channel}`)
    return index
  }
  const inThread = ({ ts, thread_ts = ts }: FakeMessage, root: string): boolean => thread_ts === root
  const stands = ({ ts, thread_ts = ts, subtype }: FakeMessage): boolean =>
    thread_ts === ts || subtype === 'thread_broadcast'
  /** The first message of a thread tells of its replies. */
  const withReplies = (channel: string, message: FakeMessage): FakeMessage => {
    const { ts } = message
    const replies = all(channel).filter((one) => one.ts !== ts && inThread(one, ts))
    const newest = replies.at(-1)
    return newest === undefined
      ? message
      : { ...message, thread_ts: ts, reply_count: replies.length, latest_reply: newest.ts }
  }
  return {
    stamp: () => {
      serial += 1
      return `${Math.floor(now() / 1000)}.${String(serial).padStart(6, '0')}`
    },
    add: (channel, message) => void all(channel).push(message),
    get: (channel, ts) => all(channel)[indexOf(channel, ts)] as FakeMessage,
    replace: (channel, ts, message) => void all(channel).splice(indexOf(channel, ts), 1, message),
    remove: (channel, ts) => {
      const index = indexOf(channel, ts)
      const hasReplies = all(channel).some((message) => message.ts !== ts && inThread(message, ts))
      if (!hasReplies) {
        all(channel).splice(index, 1)
        gone.add(`${channel} ${ts}`)
        return undefined
      }
      const words = { subtype: 'tombstone', text: 'This message was deleted.', user: 'USLACKBOT' }
      const tombstone: FakeMessage = { type: 'message', ts, thread_ts: ts, ...words }
      all(channel).splice(index, 1, tombstone)
      return tombstone
    },
    move: (from, to) => {
      channels.set(to, [...all(from), ...all(to)])
      channels.delete(from)
      moved.add(from)
    },
    hasMoved: (channel) => moved.has(channel),
    isGone: (channel, ts) => gone.has(`${channel} ${ts}`),
    all,
    history: (form) => {
      const channel = form.get('channel') ?? ''
      const found = all(channel)
        .filter(stands)
        .map((message) => withReplies(channel, message))
      return toPage(found.toReversed(), form)
    },
    replies: (form) => {
      const channel = form.get('channel') ?? ''
      const root = form.get('ts') ?? ''
      if (gone.has(`${channel} ${root}`)) return undefined
      const found = all(channel).filter((message) => inThread(message, root))
      return toPage(
        found.map((message) => withReplies(channel, message)),
        form,
      )
    },
  }
}
