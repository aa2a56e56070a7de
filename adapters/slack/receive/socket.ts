import { type Logger, webApi } from '@slack/bolt'
import { SocketModeClient } from '@slack/socket-mode'
import type { Adapter, Clock, Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { refusalCode } from '../api/call.ts'
import { readFields } from '../wire.ts'
import type { Intake } from './intake.ts'

/** How long Slack may take to answer the end of a connection before it is cut. */
const farewellMs = 1000

/** What `createSocket` needs. */
export interface SocketOptions {
  /** The app-level token: `xapp-…`. */
  readonly appToken: string
  readonly intake: Intake
  readonly clientOptions: webApi.WebClientOptions
  readonly logger: Logger
  readonly clock: Clock
  readonly log: Log
}

/**
 * Keeps one Socket Mode connection (https://docs.slack.dev/apis/events-api/using-socket-mode) until it ends or the signal aborts; `onOpen`
 * is called when Slack has greeted. Rejects when it could not be opened.
 */
export type Socket = (onOpen: () => void, signal: AbortSignal) => Promise<void>

/** The library's client, which a message that it cannot read does not bring down. */
class CarefulClient extends SocketModeClient {
  onUnreadable: (error: unknown) => void = () => {}

  protected override async onWebSocketMessage(data: string | ArrayBuffer, isBinary: boolean): Promise<void> {
    await super.onWebSocketMessage(data, isBinary).catch((error: unknown) => this.onUnreadable(error))
  }
}

/** The connection ended before Slack greeted. */
class NoGreetingError extends Error {
  readonly code = 'no_greeting'
}

/** Opens connections over which Slack sends events, commands and shortcuts. As with HTTP, they are recorded, then acknowledged. */
export const createSocket = (options: SocketOptions): Socket => {
  const { appToken, intake, clientOptions, logger, clock, log } = options

  return async (onOpen, signal) => {
    const client = new CarefulClient({
      appToken,
      autoReconnectEnabled: false,
      logger,
      clientOptions: withSignal(clientOptions, signal),
    })
    const taking = new Set<Promise<void>>()
    client.onUnreadable = (error) =>
      log.warn(
        { platform: 'slack', code: failureCode(error) },
        'a message on the connection to Slack cannot be read',
      )
    client.on('slack_event', (given: Given) => {
      const handled = take(given, intake).finally(() => taking.delete(handled))
      taking.add(handled)
    })
    client.on('connected', onOpen)
    const over = new AbortController()
    client.on('disconnected', () => over.abort())
    const ended = new Promise<void>((resolve) =>
      AbortSignal.any([over.signal, signal]).addEventListener('abort', () => resolve(), { once: true }),
    )
    try {
      await Promise.race([open(client), ended])
      await ended
    } finally {
      await Promise.all(taking)
      await part(client, over.signal, clock)
    }
  }
}

/** A connection that ends sooner counts as a failure, since Slack renews one only every few hours. */
const shortMs = 10_000

const firstPauseMs = 1_000

const longestPauseMs = 60_000

/** What `createListen` needs. */
export interface ListenOptions {
  readonly socket: Socket
  readonly clock: Clock
  readonly log: Log
  /** From 0 to below 1. */
  readonly random: () => number
}

/** Keeps a connection to Slack open, and logs when failures begin and end. */
export const createListen = ({
  socket,
  clock,
  log,
  random,
}: ListenOptions): NonNullable<Adapter['listen']> => {
  let failure: string | undefined
  let failures = 0

  const stands = (): void => {
    failure = undefined
    log.info({ platform: 'slack' }, 'connected to Slack')
  }
  const fails = (error: unknown): void => {
    const cause = error instanceof webApi.WebAPIRequestError ? error.original : error
    const code = refusalCode(error) ?? failureCode(cause)
    if (code === failure) return
    failure = code
    log.error(
      { platform: 'slack', code },
      'no connection to Slack: check SLACK_APP_TOKEN, that Socket Mode is on, and the network',
    )
  }

  /** How long to wait after this connection. */
  const keep = async (signal: AbortSignal): Promise<number> => {
    const since = clock.monotonic()
    let afterMs = 0
    try {
      await socket(stands, signal)
    } catch (error) {
      if (signal.aborted) return 0
      fails(error)
      if (error instanceof webApi.WebAPIRateLimitedError) afterMs = error.retryAfter * 1000
    }
    failures = clock.monotonic() - since < shortMs ? failures + 1 : 0
    if (failures === 0) return 0
    const pauseMs = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs) * (1 + random() / 4)
    return Math.max(pauseMs, afterMs)
  }

  return async (signal) => {
    while (!signal.aborted) {
      const pauseMs = await keep(signal)
      await clock.sleep(pauseMs, signal)
    }
  }
}

/** Every request of the library's ends with the signal. */
const withSignal = (options: webApi.WebClientOptions, signal: AbortSignal): webApi.WebClientOptions => {
  const { fetch = globalThis.fetch } = options
  return {
    ...options,
    fetch: (url, init) => {
      const own = init?.signal
      return fetch(url, { ...init, signal: own === undefined ? signal : AbortSignal.any([own, signal]) })
    },
  }
}

/** One message of Slack's, with what acknowledges it. */
interface Given {
  readonly type: string
  readonly body: unknown
  readonly ack: () => Promise<void>
}

/** Records it, then acknowledges it. Slack sends an unacknowledged one again, and its keys then show that it is known. */
const take = async ({ type, body, ack }: Given, intake: Intake): Promise<void> => {
  const fields = readFields(body) ?? {}
  const taken = await (type === 'events_api' ? intake.event(fields) : intake.request(fields))
  if (taken !== 'failed') await ack().catch(() => undefined)
}

/** Opens the connection; the library gives no reason where Slack ends it at once. */
const open = async (client: SocketModeClient): Promise<void> => {
  try {
    await client.start()
  } catch (error) {
    throw error instanceof Error ? error : new NoGreetingError('Slack ended the connection before it began')
  }
}

/** Ends a connection properly where Slack answers in time; otherwise cuts it. */
const part = async (client: SocketModeClient, over: AbortSignal, clock: Clock): Promise<void> => {
  if (over.aborted) return
  void client.disconnect()
  await clock.sleep(farewellMs, over)
  // The second call cuts the connection.
  if (!over.aborted) void client.disconnect()
}
