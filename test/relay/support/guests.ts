import type {
  Adapter,
  Arrival,
  Attachment,
  Choice,
  Clock,
  Command,
  ConversationId,
  Identity,
  Inbox,
  Outcome,
  Part,
  Turn,
} from '../../../src/port.ts'
import { splitText } from '../../../src/util/text.ts'

/** What is special about something that a guest writes. */
export interface Said {
  readonly by?: string
  readonly kind?: Turn['kind']
  readonly attachments?: readonly Attachment[]
  readonly onlyInBridged?: boolean
  /** The platform's id of the message; default none. */
  readonly message?: string
  /** When it was written, edited or deleted; default now. */
  readonly at?: number
  /** So often its reading fails. */
  readonly unreadable?: number
  /** The event carries nothing for the hotel. */
  readonly empty?: boolean
  /** The event is a command; with words it is for the hotel as well. */
  readonly command?: Command
  /** The event is the press of the choice with this label, of those that were offered last. */
  readonly choice?: string
  /** What was written before, in order; it is recorded when this is read. */
  readonly overtook?: readonly string[]
  /** So often the reading of that fails. */
  readonly overtookUnreadable?: number
  readonly routing?: Readonly<Record<string, string>>
  /** By what the hotel may know them; `late`: the platform does not tell in time. */
  readonly identity?: Identity | 'late'
}

/**
 * How the next posts to a conversation end; `none`: well. `applied`: the guest sees the text all the same, at once or
 * `arriveLate`; `late`: no answer, and the text only then.
 */
export type PostFault =
  | { readonly outcome: Exclude<Outcome, { outcome: 'sent' }>; readonly applied?: boolean | 'late' }
  | 'hang'
  | 'late'
  | 'none'

/** A platform in memory on which guests write. */
export interface Guests {
  readonly adapter: Adapter
  join(inbox: Inbox): void
  /** Resolves once it is recorded. */
  say(conversation: string, text: string, said?: Said): Promise<void>
  /** The platform delivers everything once more. */
  again(): Promise<void>
  /** What the bot posted to a conversation, in order. */
  heard(conversation: string): readonly string[]
  /** What could be pressed with the last post to a conversation that had something to press. */
  choices(conversation: string): readonly Choice[]
  /** How often the bot tried to post to a conversation. */
  attempts(conversation: string): number
  /** The next `times` posts to a conversation end so. */
  fail(conversation: string, fault: PostFault, times?: number): void
  /** What was posted with `applied: 'late'` is there now. */
  arriveLate(): void
}

interface Planned {
  readonly conversation: string
  readonly fault: PostFault
  left: number
}

const readString = (value: unknown): string => (typeof value === 'string' ? value : '')

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

const identify: NonNullable<Adapter['identify']> = async (payload, signal) => {
  const { identity = {} } = JSON.parse(payload)
  if (identity !== 'late') return identity
  await aborted(signal)
  throw new Error('too late')
}

/** Makes the platform `lobby`, whose parts hold 200 characters. `confirms`: whether it can be asked; `asks`: whether its guests can. */
export const createGuests = (clock: Clock, { confirms = true, asks = true } = {}): Guests => {
  const events: Arrival[] = []
  const posts: { readonly conversation: string; readonly part: Part }[] = []
  const late: typeof posts = []
  const tries: string[] = []
  const planned: Planned[] = []
  const failedReads = new Map<string, number>()
  let inbox: Inbox | undefined
  let serial = 0

  const send: Adapter['send'] = async (part, signal) => {
    const conversation = readString(part.address['conversation'])
    tries.push(conversation)
    const plan = planned.find((each) => each.left > 0 && each.conversation === conversation)
    if (plan !== undefined) plan.left -= 1
    const fault = plan?.fault === 'none' ? undefined : plan?.fault
    if (fault === 'late') late.push({ conversation, part })
    if (fault === 'hang' || fault === 'late') {
      await aborted(signal)
      return { outcome: 'unknown', reason: 'no answer' }
    }
    if (fault === undefined || fault.applied === true) posts.push({ conversation, part })
    if (fault?.applied === 'late') late.push({ conversation, part })
    return fault?.outcome ?? { outcome: 'sent', id: `post-${posts.length}` }
  }

  const confirm: NonNullable<Adapter['confirm']> = async ({ deliveryId }) => {
    const at = posts.findIndex(({ part }) => part.deliveryId === deliveryId)
    return at < 0 ? { outcome: 'absent' } : { outcome: 'sent', id: `post-${at + 1}` }
  }

  const read: Adapter['read'] = async (payload) => {
    const { id, conversation, unreadable, turn, earlier, identity: _, ...ask } = JSON.parse(payload)
    const failures = failedReads.get(id) ?? 0
    failedReads.set(id, failures + 1)
    if (failures < unreadable) throw new TypeError('it cannot be read')
    if (earlier.length > 0) await inbox?.acceptFound(earlier)
    const after = earlier.flatMap(({ keys }: Arrival) => keys)
    return { turns: turn === null ? [] : [turn], address: { v: 1, conversation }, after, ...ask }
  }

  const choices: Guests['choices'] = (conversation) =>
    posts.findLast((post) => post.conversation === conversation && post.part.choices !== undefined)?.part
      .choices ?? []

  const write = (conversation: string, text: string, said: Said, earlier: readonly Arrival[]): Arrival => {
    const { by = 'Anna', kind = 'message', attachments = [], onlyInBridged = false, command, choice } = said
    const { message, at } = said
    serial += 1
    const author = { id: by.toLowerCase(), name: by }
    const turn: Turn = {
      kind,
      author,
      text,
      attachments,
      at: at ?? clock.now() + serial,
      ...(message === undefined ? {} : { message }),
      onlyInBridged,
    }
    const id = `event-${serial}`
    const payload = JSON.stringify({
      id,
      conversation,
      unreadable: said.unreadable ?? 0,
      turn:
        said.empty === true || choice !== undefined || (command !== undefined && text === '') ? null : turn,
      earlier,
      command,
      askedAt: command === undefined ? undefined : turn.at,
      choice: choices(conversation).find(({ label }) => label === choice)?.id,
      ...(said.identity && { identity: said.identity }),
    })
    return {
      conversation: conversation as ConversationId,
      keys: [id],
      routing: said.routing ?? {},
      payload,
    }
  }

  return {
    adapter: {
      name: 'lobby',
      label: 'Lobby',
      ...(asks ? {} : { asks }),
      clock: { now: () => clock.now(), skewMs: () => 0, learn: async () => {} },
      routes: [],
      read,
      identify,
      split: (text) => splitText(text, 200),
      send,
      ...(confirms ? { confirm } : {}),
    },
    join: (given) => void (inbox = given),
    say: async (conversation, text, said = {}) => {
      const earlier = said.overtook?.map((each) =>
        write(conversation, each, { unreadable: said.overtookUnreadable ?? 0 }, []),
      )
      const event = write(conversation, text, said, earlier ?? [])
      events.push(event)
      await inbox?.accept([event])
    },
    again: async () => {
      for (const event of events) await inbox?.accept([event])
    },
    heard: (conversation) =>
      posts.filter((post) => post.conversation === conversation).map(({ part }) => part.text),
    choices,
    attempts: (conversation) => tries.filter((each) => each === conversation).length,
    arriveLate: () => void posts.push(...late.splice(0)),
    fail: (conversation, fault, times = 1) => void planned.push({ conversation, fault, left: times }),
  }
}
