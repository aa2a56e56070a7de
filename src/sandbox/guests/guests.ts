import type { Clock, Json, Log } from '../../port.ts'
import { failureCode, wasNeverSent } from '../../util/failure.ts'
import { type Chat, type ChatMessage, type Chats, createChats } from './chats.ts'

/** The guests' side: a stand-in for Teams that speaks the Bot Framework's protocol with the connector. */
export interface Guests extends Pick<Chats, 'list' | 'find' | 'open'> {
  /** Shows a guest's message and posts it to the connector; resolves when it is known whether the connector has it. */
  say(chat: Chat, author: string, text: string): Promise<void>
  /** Posts a message that was not sent once more, with the same activity id. */
  sayAgain(chat: Chat, id: string): Promise<void>
  /** Takes an activity of the bot; resolves with its id, or undefined when the conversation is unknown. */
  receive(conversationId: string, activity: unknown): string | undefined
}

/** What a guests' side needs. */
export interface GuestsOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly fetch: typeof fetch
  readonly log: Log
  /** The connector's own address, asked before every post. */
  readonly connectorUrl: () => string
  /** Where the connector posts its replies. */
  readonly serviceUrl: () => string
  /** Ends what is in flight. */
  readonly signal: AbortSignal
  readonly changed: () => void
}

/** Teams itself waits about this long for a bot. */
const limitMs = 15_000

/** Lets guests write to the connector and hear from it. */
export const createGuests = (options: GuestsOptions): Guests => {
  const { clock, log } = options
  const chats = createChats({ now: () => clock.now(), random: options.random, changed: options.changed })
  const queues = new Map<string, Promise<void>>()

  /** Resolves with what went wrong, or undefined when the connector has it. */
  const attempt = async (chat: Chat, message: ChatMessage): Promise<string | undefined> => {
    const limit = new AbortController()
    void clock.sleep(limitMs, limit.signal).then(() => limit.abort())
    try {
      const response = await options.fetch(`${options.connectorUrl()}/api/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(toActivity(chat, message, options.serviceUrl())),
        redirect: 'error',
        signal: AbortSignal.any([limit.signal, options.signal]),
      })
      await response.arrayBuffer().catch(() => undefined)
      return response.ok ? undefined : `the connector answered ${String(response.status)}`
    } catch (error) {
      log.warn({ conversation: chat.key, code: failureCode(error) }, 'sandbox: the connector was not reached')
      return wasNeverSent(error) ? 'the connector is not running' : 'the connector did not answer'
    } finally {
      limit.abort()
    }
  }

  /** One post at a time per chat, so that messages are sent in the order they were written. */
  const post = (chat: Chat, message: ChatMessage): Promise<void> => {
    const done = (queues.get(chat.key) ?? Promise.resolve())
      .then(() => attempt(chat, message))
      .then((problem) => chats.mark(chat, message.id, problem === undefined ? 'sent' : 'not sent', problem))
      .finally(() => {
        if (queues.get(chat.key) === done) queues.delete(chat.key)
      })
    queues.set(chat.key, done)
    return done
  }

  return {
    list: () => chats.list(),
    find: (key) => chats.find(key),
    open: (guest, kind) => chats.open(guest, kind),
    say: (chat, author, text) =>
      post(chat, chats.add(chat, { from: 'guest', author, text, state: 'sending' })),
    sayAgain: async (chat, id) => {
      const message = chat.messages.find((each) => each.id === id)
      if (message?.state !== 'not sent') return
      chats.mark(chat, id, 'sending')
      await post(chat, message)
    },
    receive: (conversationId, activity) => {
      const chat = chats.findByConversation(conversationId)
      if (chat === undefined) return undefined
      const text = readReplyText(activity)
      if (text === undefined) return String(clock.now())
      return chats.add(chat, { from: 'hotel', author: '', text, state: 'sent' }).id
    },
  }
}

/** The address of a guest, as their tenant has it. */
export const emailOf = (guest: string): string =>
  `${guest.toLowerCase().replaceAll(/[^a-z]+/g, '.')}@example.com`

/** A member of a conversation, as Teams tells of one; undefined for an id that is no guest's. */
export const memberOf = (id: string): Json | undefined => {
  const name = /^29:(.+)$/.exec(id)?.[1]
  return name === undefined ? undefined : { id, name, email: emailOf(name), userRole: 'user', tenantId }
}

const bot = { id: '28:sandbox', name: 'Front desk' }

const tenantId = '00000000-0000-4000-8000-00000000cafe'

/** What Teams sends to a bot when a guest wrote `message`; in a channel it is sent because the guest mentions the bot. */
const toActivity = (chat: Chat, message: ChatMessage, serviceUrl: string): Json => {
  const personal = chat.kind === 'personal'
  const mention = `<at>${bot.name}</at>`
  return {
    type: 'message',
    id: message.id,
    timestamp: new Date(message.at).toISOString(),
    channelId: 'msteams',
    serviceUrl,
    from: { id: `29:${encodeURIComponent(message.author)}`, name: message.author },
    recipient: bot,
    conversation: {
      id: chat.conversationId,
      conversationType: chat.kind,
      tenantId,
      isGroup: !personal,
    },
    text: personal ? message.text : `${mention} ${message.text}`,
    textFormat: 'plain',
    entities: personal ? [] : [{ type: 'mention', mentioned: bot, text: mention }],
    channelData: { tenant: { id: tenantId } },
  }
}

/** The text of an activity that a bot sent, or undefined when it carries none (typing and the like) or is none. */
const readReplyText = (activity: unknown): string | undefined => {
  if (typeof activity !== 'object' || activity === null) return undefined
  const { type, text } = activity as { readonly type?: unknown; readonly text?: unknown }
  return type === 'message' && typeof text === 'string' && text !== '' ? text : undefined
}
