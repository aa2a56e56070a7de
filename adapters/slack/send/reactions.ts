import { LRUCache } from 'lru-cache'
import type { Adapter, Clock, Json, Log, RemoteClock } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import type { Call } from '../api/call.ts'
import { readAddress } from '../id.ts'
import { readFields, readString, toMilliseconds } from '../wire.ts'
import { toFailure } from './outcome.ts'
import { createReceipts, eyesAfterMs, type React, type Receipt, type Receipts } from './receipts.ts'

/** What `createAcknowledge` needs. */
export interface AcknowledgeOptions {
  readonly call: Call
  readonly clock: Clock
  /** Slack's own. */
  readonly slackClock: Pick<RemoteClock, 'now'>
  readonly log: Log
}

/** As many workspaces have receipts in hand at one time. */
const maxWorkspaces = 500

/**
 * Shows how far a message has come by a reaction to it: ✅ delivered, ⚠️ failed, and 👀 where that takes longer than two seconds. Resolves at
 * once. Reactions that Slack has no room for, or refuses, are left out.
 */
export const createAcknowledge = (options: AcknowledgeOptions): NonNullable<Adapter['acknowledge']> => {
  const { clock, slackClock } = options
  const react = createReact(options)
  const workspaces = new LRUCache<string, Receipts>({ max: maxWorkspaces })
  const receiptsOf = (team: string): Receipts => {
    const known = workspaces.get(team)
    if (known !== undefined) return known
    const receipts = createReceipts(react, clock)
    workspaces.set(team, receipts)
    return receipts
  }

  return async ({ address, reference, state }, signal) => {
    const to = readAddress(address)
    const message = readReference(reference)
    if (to === undefined || message === undefined) return
    const mayHaveEyes = toMilliseconds(message.ts) < slackClock.now() - eyesAfterMs
    receiptsOf(to.team).note({ to, ...message, state, mayHaveEyes }, signal)
  }
}

/** The reaction is already there or already gone, or its message is gone. */
const harmless: ReadonlySet<unknown> = new Set(['already_reacted', 'no_reaction', 'message_not_found'])

const createReact =
  ({ call, log }: AcknowledgeOptions): React =>
  async ({ to, channel, ts, method, name }, signal) => {
    try {
      await call({ ...to, method }, signal, (client, token) =>
        client.apiCall(method, { token, channel, timestamp: ts, name }),
      )
      return 'done'
    } catch (error) {
      if (isHarmless(error)) return 'done'
      const failure = toFailure(error)
      if (failure.outcome === 'retry' && failure.afterMs !== undefined) return failure.afterMs
      log.debug({ platform: 'slack', method, code: failureCode(error) }, 'a receipt was left out')
      // It may be there all the same.
      return failure.outcome === 'unknown' ? 'done' : 'refused'
    }
  }

const isHarmless = (error: unknown): boolean => {
  const data = readFields((error as { readonly data?: unknown } | undefined)?.data)
  return harmless.has(data?.['error'])
}

const readReference = (reference: Json): Pick<Receipt, 'channel' | 'ts'> | undefined => {
  const fields = readFields(reference)
  const channel = readString(fields?.['channel'])
  const ts = readString(fields?.['ts'])
  return channel === undefined || ts === undefined ? undefined : { channel, ts }
}
