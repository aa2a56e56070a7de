import { createDeadline } from '../../mews/request.ts'
import type { Clock } from '../../port.ts'
import { MewsRefusal, toMewsWebhook } from './requests.ts'
import { createMewsApi, type MewsApi, type MewsProperty } from './server.ts'
import { type BookMessage, type BookThread, createGuid, createMewsBook } from './book.ts'

/** What the stand-in is made of; `random` is as `Math.random`. */
export interface MewsStandInOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly clientToken: string
  /** With those who stay there. */
  readonly properties: readonly Omit<MewsProperty, 'book'>[]
  /** Where new messages are announced: the address with its `Token`. */
  readonly webhook?: { readonly url: string }
  readonly fetch: typeof fetch
}

/** A thread of any property, as the front desk sees it. */
export interface StandInThread extends BookThread {
  readonly enterpriseId: string
  readonly property: string
  /** Oldest first. */
  readonly messages: readonly BookMessage[]
}

/** A Mews with its front desk, in memory. */
export interface MewsStandIn {
  /** The API. */
  readonly handle: MewsApi
  /** The threads of all properties, oldest first within each. */
  threads(): readonly StandInThread[]
  /** Answers as hotel staff; undefined for an unknown thread. */
  reply(threadId: string, text: string): BookMessage | undefined
  /** Closes a thread: the API refuses further messages in it. */
  resolve(threadId: string): void
  /** Calls back after every change of a thread; returns how to stop. */
  observe(listener: (threadId: string) => void): () => void
  /** Ends webhooks that are under way. */
  close(): Promise<void>
}

/** How long after each failed attempt a webhook is sent again, in milliseconds; Mews takes minutes. Then it is dropped. */
const pauses = [1000, 5000]

const answerWithinMs = 5000

/** Makes a stand-in Mews for the sandbox. Own messages are announced too, as Mews does. */
export const createMewsStandIn = (options: MewsStandInOptions): MewsStandIn => {
  const { clock, random, clientToken } = options
  const properties = options.properties.map((it) => ({ ...it, book: createMewsBook({ clock, random }) }))
  const listeners = new Set<(threadId: string) => void>()
  const webhooks = createWebhookSender(options)

  const tell = (threadIds: Iterable<string>): void => {
    for (const threadId of new Set(threadIds)) for (const listener of listeners) listener(threadId)
  }
  const added = ({ enterpriseId }: MewsProperty, messages: readonly BookMessage[]): void => {
    webhooks.announce(enterpriseId, messages)
    tell(messages.map(({ threadId }) => threadId))
  }
  const homeOf = (threadId: string): MewsProperty | undefined =>
    properties.find(({ book }) => book.thread(threadId) !== undefined)

  const api = createMewsApi({
    clock,
    random,
    clientToken,
    properties,
    added,
    inspect: ({ book }, { threadId }) => {
      if (book.thread(threadId)?.resolved) throw new MewsRefusal(403, 'The thread is resolved.')
    },
  })

  return {
    handle: api,
    threads: () =>
      properties.flatMap(({ book, enterpriseId, name }) =>
        book
          .threads()
          .map((thread) => ({ ...thread, enterpriseId, property: name, messages: book.messages(thread.id) })),
      ),
    reply: (threadId, text) => {
      const home = homeOf(threadId)
      const message = home?.book.addMessage({ threadId, text, sender: 'Enterprise' })
      if (home !== undefined && message !== undefined) added(home, [message])
      return message
    },
    resolve: (threadId) => {
      homeOf(threadId)?.book.resolve(threadId, true)
      tell([threadId])
    },
    observe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: webhooks.close,
  }
}

const createWebhookSender = ({ webhook, random, clock, fetch }: MewsStandInOptions) => {
  const integrationId = createGuid(random)
  const stop = new AbortController()
  const underWay = new Set<Promise<void>>()

  const isAnswered = async (body: string): Promise<boolean> => {
    if (webhook === undefined || stop.signal.aborted) return true
    const deadline = createDeadline(clock, answerWithinMs, stop.signal)
    try {
      const response = await fetch(webhook.url, { method: 'POST', body, signal: deadline.signal })
      await response.arrayBuffer().catch(() => undefined)
      return response.ok
    } catch {
      return false
    } finally {
      deadline.clear()
    }
  }

  const send = async (body: string): Promise<void> => {
    for (const pause of pauses) {
      if ((await isAnswered(body)) || stop.signal.aborted) return
      await clock.sleep(pause, stop.signal)
    }
    await isAnswered(body)
  }

  return {
    announce: (enterpriseId: string, messages: readonly BookMessage[]): void => {
      if (webhook === undefined) return
      const body = JSON.stringify(toMewsWebhook({ enterpriseId, integrationId }, messages))
      const sending = send(body).finally(() => underWay.delete(sending))
      underWay.add(sending)
    },
    close: async (): Promise<void> => {
      stop.abort()
      await Promise.all(underWay)
    },
  }
}
