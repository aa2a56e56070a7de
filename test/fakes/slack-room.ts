/** What stands in a fake workspace's channels. */

export interface FakeMessage {
  readonly type: 'message'
  readonly ts: string
  readonly text: string
  readonly user: string
  readonly thread_ts?: string
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
  /** Without another message: removes it. */
  replace(channel: string, ts: string, message?: FakeMessage): void
  /** Oldest first. */
  all(channel: string): readonly FakeMessage[]
  history(form: URLSearchParams): Page
  replies(form: URLSearchParams): Page
}

const toPage = (found: readonly FakeMessage[], form: URLSearchParams): Page => {
  const oldest = Number(form.get('oldest') ?? 0)
  const from = Number(form.get('cursor') ?? 0)
  const to = from + Number(form.get('limit') ?? 100)
  const inRange = found.filter(({ ts }) => Number(ts) > oldest)
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
  return {
    stamp: () => {
      serial += 1
      return `${Math.floor(now() / 1000)}.${String(serial).padStart(6, '0')}`
    },
    add: (channel, message) => void all(channel).push(message),
    get: (channel, ts) => all(channel)[indexOf(channel, ts)] as FakeMessage,
    replace: (channel, ts, message) => {
      all(channel).splice(indexOf(channel, ts), 1, ...(message === undefined ? [] : [message]))
    },
    all,
    history: (form) =>
      toPage(
        all(form.get('channel') ?? '')
          .filter(stands)
          .toReversed(),
        form,
      ),
    replies: (form) =>
      toPage(
        all(form.get('channel') ?? '').filter((message) => inThread(message, form.get('ts') ?? '')),
        form,
      ),
  }
}
