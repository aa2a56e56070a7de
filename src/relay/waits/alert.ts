import { createHmac } from 'node:crypto'
import type { Clock } from '../../port.ts'
import { failureCode } from '../../util/failure.ts'
import { readRetryAfter } from '../../util/retry-after.ts'
import { abortAfter } from '../../util/time-limit.ts'

/** When and how the staff are told that a guest waits. */
export interface AlarmOptions {
  /** Rising; at least one. */
  readonly minutes: readonly number[]
  /** Whether only the time counts in which the desk is open. */
  readonly isOpenTimeOnly: boolean
  /** Whether a task is added in Mews. */
  readonly isTask: boolean
  /** Undefined where no address is set. */
  readonly sendAlert: SendAlert | undefined
}

/** Makes the options of settings; undefined where no alarm is wanted. */
export const createAlarmOptions = (
  { minutes, url, secrets, isTask, isOpenTimeOnly }: AlarmSettings,
  world: AlertWorld,
): AlarmOptions | undefined =>
  minutes && {
    minutes,
    isTask,
    isOpenTimeOnly,
    sendAlert: url === undefined ? undefined : createSendAlert({ url, secrets }, world),
  }

/** One alarm as its receiver gets it. A repeated attempt has the same id and the same body. */
export interface Alert {
  /** The header `webhook-id`. */
  readonly id: string
  readonly body: {
    /** For people; no guest's words or name. */
    readonly text: string
    readonly conversation: string
    readonly property: string
    readonly waitedSeconds: number
  }
}

/** Posts an alert, signed as Standard Webhooks are (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). `now`: in milliseconds since 1970. Never rejects. */
export type SendAlert = (alert: Alert, now: number, signal: AbortSignal) => Promise<AlertResult>

/** `reason`: for the log; it does not name the address, which may hold a secret. */
export type AlertResult =
  | { readonly isTaken: true }
  | { readonly isTaken: false; readonly reason: string; readonly afterMs?: number | undefined }

interface AlarmSettings {
  readonly minutes?: readonly number[] | undefined
  readonly url?: string | undefined
  readonly secrets?: readonly Buffer[] | undefined
  readonly isTask: boolean
  readonly isOpenTimeOnly: boolean
}

interface AlertWorld {
  readonly fetch: typeof fetch
  readonly clock: Clock
}

/** A receiver that takes longer has most likely failed. */
const timeLimitMs = 10_000

/** The longest pause that a receiver can ask for. */
const longestPauseMs = 10 * 60_000

const createSendAlert =
  (
    { url, secrets = [] }: { readonly url: string; readonly secrets?: readonly Buffer[] | undefined },
    { fetch, clock }: AlertWorld,
  ): SendAlert =>
  async ({ id, body: content }, now, signal) => {
    const body = JSON.stringify(content)
    const timestamp = String(Math.floor(now / 1000))
    const signatures = secrets.map((secret) => `v1,${sign(secret, `${id}.${timestamp}.${body}`)}`)
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
    }
    try {
      return await abortAfter({ clock, ms: timeLimitMs, signal }, async (late) => {
        const over = AbortSignal.any([late, signal])
        const response = await fetch(url, {
          method: 'POST',
          headers,
          body,
          redirect: 'manual',
          signal: over,
        })
        await response.body?.cancel()
        if (response.ok) return { isTaken: true }
        const afterMs = readRetryAfter(response.headers.get('retry-after'), now, longestPauseMs)
        return { isTaken: false, reason: `ALERT_URL answered ${response.status}`, afterMs }
      })
    } catch (error) {
      return { isTaken: false, reason: `ALERT_URL did not answer: ${failureCode(error)}` }
    }
  }

const sign = (secret: Buffer, text: string): string =>
  createHmac('sha256', secret).update(text).digest('base64')
