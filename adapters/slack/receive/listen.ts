import { webApi } from '@slack/bolt'
import type { Adapter, Clock, Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { refusalCode } from '../api/call.ts'
import type { Socket } from './socket.ts'

/** A connection that ends sooner is one of several that fail: Slack renews one every few hours. */
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

/** Keeps a connection to Slack open; tells of trouble when it begins and when it ends. */
export const createListen = ({
  socket,
  clock,
  log,
  random,
}: ListenOptions): NonNullable<Adapter['listen']> => {
  let trouble: string | undefined
  let failures = 0

  const stands = (): void => {
    trouble = undefined
    log.info({ platform: 'slack' }, 'connected to Slack')
  }
  const fails = (error: unknown): void => {
    const cause = error instanceof webApi.WebAPIRequestError ? error.original : error
    const code = refusalCode(error) ?? failureCode(cause)
    if (code === trouble) return
    trouble = code
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
