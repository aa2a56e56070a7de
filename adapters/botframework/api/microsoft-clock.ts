import type { Clock, Log, RemoteClock } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { createObservedClock, watchClock } from '../../../src/util/remote-clock.ts'

/** Microsoft's clock, by which its tokens are judged. Until an answer has shown it, this machine's clock is used. */
export interface MicrosoftClock extends RemoteClock {
  /** A `fetch` whose answers show it: for Microsoft's own hosts alone. */
  readonly fetch: typeof fetch
  /** Asks what time it is, every half minute at most. Never rejects. */
  ask(): Promise<void>
}

/** What the clock needs. */
export interface MicrosoftClockOptions {
  /** What is asked for: the OpenID document. */
  readonly openIdUrl: string
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly log: Log
  readonly timeLimitMs: number
}

/** Limits the requests that strangers can cause with tokens that expired long ago. */
const betweenMs = 30_000

/** Keeps Microsoft's time, as the signing keys' answers show it over TLS. */
export function createMicrosoftClock(options: MicrosoftClockOptions): MicrosoftClock {
  const { openIdUrl, clock, log, timeLimitMs } = options
  const remote = createObservedClock('Microsoft', clock, log)
  const fetch = watchClock(options.fetch, clock, remote)
  let askedAt = -Infinity
  let asking: Promise<void> | undefined

  const request = async (): Promise<void> => {
    try {
      const response = await fetch(openIdUrl, { redirect: 'error', signal: AbortSignal.timeout(timeLimitMs) })
      await response.arrayBuffer()
      remote.tellUnknown(`http_${response.status}`)
    } catch (error) {
      remote.tellUnknown(failureCode(error))
    }
  }

  return {
    ...remote,
    // Nothing that is sent is compared with it, so no reply has to wait for it.
    learn: async () => {},
    fetch,
    ask: async () => {
      if (asking === undefined && clock.monotonic() - askedAt < betweenMs) return
      askedAt = clock.monotonic()
      asking ??= request().finally(() => void (asking = undefined))
      await asking
    },
  }
}
