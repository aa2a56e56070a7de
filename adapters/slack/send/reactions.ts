import type { webApi } from '@slack/bolt'
import type { Acknowledgement, Adapter, Json, Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import type { Call } from '../api/call.ts'
import { readAddress, type SlackAddress } from '../id.ts'
import { readFields, readString } from '../wire.ts'

/** Recorded, delivered and failed, as emoji names. */
const emoji = { recorded: 'eyes', delivered: 'white_check_mark', failed: 'warning' } as const

/** The reaction is already there or already gone, or its message is gone. */
const harmless: ReadonlySet<unknown> = new Set(['already_reacted', 'no_reaction', 'message_not_found'])

/**
 * Shows how far a message has come by a reaction to it: 👀 recorded, ✅ delivered, ⚠️ failed. Reactions to one message are set one after the
 * other; one that Slack refuses is skipped.
 */
export const createAcknowledge = ({
  call,
  log,
}: {
  readonly call: Call
  readonly log: Log
}): NonNullable<Adapter['acknowledge']> => {
  const busy = new Map<string, Promise<void>>()

  const react = async (
    to: SlackAddress,
    [method, name]: Step,
    { channel, ts }: Reference,
    signal: AbortSignal,
  ): Promise<void> => {
    const request = (client: webApi.WebClient, token: string): Promise<unknown> =>
      client.apiCall(method, { token, channel, timestamp: ts, name })
    try {
      await call({ ...to, method }, signal, request)
    } catch (error) {
      if (!isHarmless(error))
        log.debug({ platform: 'slack', method, code: failureCode(error) }, 'a receipt was left out')
    }
  }

  return async ({ address, reference, state }, signal) => {
    const to = readAddress(address)
    const message = readReference(reference)
    if (to === undefined || message === undefined) return
    const key = `${message.channel} ${message.ts}`
    const show = async (): Promise<void> => {
      for (const step of stepsTo(state)) await react(to, step, message, signal)
    }
    const shown = (busy.get(key) ?? Promise.resolve()).then(show)
    busy.set(key, shown)
    await shown
    if (busy.get(key) === shown) busy.delete(key)
  }
}

type Step = readonly [method: 'reactions.add' | 'reactions.remove', name: string]

/** A message that gets reactions. */
interface Reference {
  readonly channel: string
  readonly ts: string
}

const isHarmless = (error: unknown): boolean => {
  const data = readFields((error as { readonly data?: unknown } | undefined)?.data)
  return harmless.has(data?.['error'])
}

const readReference = (reference: Json): Reference | undefined => {
  const fields = readFields(reference)
  const channel = readString(fields?.['channel'])
  const ts = readString(fields?.['ts'])
  return channel === undefined || ts === undefined ? undefined : { channel, ts }
}

/** Adds the new reaction before it removes the old one, so that there is always one. */
const stepsTo = (state: Acknowledgement['state']): readonly Step[] =>
  state === 'recorded'
    ? [['reactions.add', emoji.recorded]]
    : [
        ['reactions.add', emoji[state]],
        ['reactions.remove', emoji.recorded],
      ]
