import type { Acknowledgement, Clock } from '../../../src/port.ts'
import { createWakeSignal } from '../../../src/util/signal.ts'
import { createAllowance } from '../api/call.ts'
import type { SlackAddress } from '../id.ts'

/** How far one message has come, as its guest is to see it. */
export interface Receipt {
  readonly to: SlackAddress
  readonly channel: string
  readonly ts: string
  readonly state: Acknowledgement['state']
  /** Another process may have shown 👀 on the message. */
  readonly mayHaveEyes: boolean
}

/** One reaction to add or to take away. */
export interface Step extends Pick<Receipt, 'to' | 'channel' | 'ts'> {
  readonly method: Method
  readonly name: string
}

/** The methods have limits of their own (https://docs.slack.dev/reference/methods/reactions.add: Tier 3; reactions.remove: Tier 2). */
export type Method = 'reactions.add' | 'reactions.remove'

/** Makes one request. Never rejects. A number: nothing was done, because Slack wants to be asked again only after so many milliseconds. */
export type React = (step: Step, signal: AbortSignal) => Promise<'done' | 'refused' | number>

/** The receipts of one workspace. */
export interface Receipts {
  /** Remembers how far a message has come, and shows it when there is room. Once the signal aborts, nothing is shown any more. */
  note(receipt: Receipt, signal: AbortSignal): void
}

/** A message that is delivered sooner gets no 👀. */
export const eyesAfterMs = 2_000

/**
 * Shows receipts within Slack's limits. While there is no room, ⚠️ goes before all others, then come messages with 👀, so that 👀 does not
 * stay on what was delivered, then the newest. Keeps the newest 100 and drops the rest. In memory only.
 */
export const createReceipts = (react: React, clock: Clock): Receipts => {
  const allowances = {
    'reactions.add': createAllowance(clock, { burst: 15, everyMs: 2_000 }),
    'reactions.remove': createAllowance(clock, { burst: 6, everyMs: 5_000 }),
  }
  const messages = new Map<string, Message>()
  const wake = createWakeSignal(clock)
  let running = false
  /** By the monotonic clock. */
  let wakesAt = Infinity
  let inFlight = 0

  const show = async (key: string, { message, method, name }: Wish, signal: AbortSignal): Promise<void> => {
    allowances[method].take()
    message.busy = true
    inFlight += 1
    const { to, channel, ts } = message
    const answer = await react({ to, channel, ts, method, name }, signal)
    inFlight -= 1
    message.busy = false
    if (typeof answer === 'number') allowances[method].block(answer)
    else note(message, { method, name }, answer)
    if (isOver(message)) messages.delete(key)
    wake.wake()
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    running = true
    while (messages.size > 0 && !signal.aborted) {
      const now = clock.monotonic()
      forgetOld(messages, now)
      const { wishes, nextAt } = gather(messages, now)
      const best =
        inFlight < atOnce ? choose(wishes, (method) => allowances[method].waitMs() === 0) : undefined
      if (best !== undefined) {
        void show(keyOf(best.message), best, signal)
        continue
      }
      const free = inFlight < atOnce ? wishes.map(({ method }) => allowances[method].waitMs()) : []
      const waitMs = Math.max(Math.min(nextAt - now, longestWaitMs, ...free), 1)
      wakesAt = now + waitMs
      await wake.wait(waitMs, signal)
    }
    running = false
    if (signal.aborted) messages.clear()
  }

  return {
    note: (receipt, signal) => {
      if (signal.aborted) return
      remember(messages, receipt, clock.monotonic())
      const inMs = receipt.state === 'recorded' ? eyesAfterMs : allowances['reactions.add'].waitMs()
      if (!running) void run(signal)
      else if (clock.monotonic() + inMs + toleranceMs < wakesAt) wake.wake()
    },
  }
}

/** As emoji names. */
const emoji = { recorded: 'eyes', delivered: 'white_check_mark', failed: 'warning' } as const

const mostMessages = 100

/** No more messages than this have 👀 at one time, so that it can be taken away from all of them within minutes. */
const mostEyes = 60

/** How many requests are in flight at one time. */
const atOnce = 4

/** A message that nothing was heard of for so long is another process's by now. */
const forgetAfterMs = 60 * 60_000

const longestWaitMs = 60_000

/** It is not woken for less. */
const toleranceMs = 5

interface Message extends Pick<Receipt, 'to' | 'channel' | 'ts'> {
  state: Receipt['state']
  /** By the monotonic clock. */
  since: number
  eyes: 'none' | 'maybe' | 'shown' | 'refused'
  /** Whether ✅ or ⚠️ is there, or was refused. */
  isShown: boolean
  busy: boolean
}

/** A step that a message is ready for; the highest rank goes first. */
interface Wish extends Pick<Step, 'method' | 'name'> {
  readonly message: Message
  readonly rank: number
}

function remember(messages: Map<string, Message>, receipt: Receipt, now: number): void {
  const key = keyOf(receipt)
  const known = messages.get(key)
  if (known === undefined) {
    makeRoom(messages)
    messages.set(key, toMessage(receipt, now))
  } else if (known.state !== receipt.state) {
    if (receipt.state === 'recorded') known.since = now
    known.state = receipt.state
    known.isShown = false
  }
}

function toMessage({ to, channel, ts, state, mayHaveEyes }: Receipt, now: number): Message {
  const eyes = mayHaveEyes ? 'maybe' : 'none'
  return { to, channel, ts, state, since: now, eyes, isShown: false, busy: false }
}

/** Drops the oldest message that shows nothing yet, of those whose delivery did not fail if possible. */
function makeRoom(messages: Map<string, Message>): void {
  if (messages.size < mostMessages) return
  let failed: string | undefined
  for (const [key, { eyes, busy, state }] of messages) {
    if (eyes === 'shown' || busy) continue
    if (state !== 'failed') return void messages.delete(key)
    failed ??= key
  }
  if (failed !== undefined) messages.delete(failed)
}

function forgetOld(messages: Map<string, Message>, now: number): void {
  for (const [key, { since, busy }] of messages)
    if (!busy && now - since > forgetAfterMs) messages.delete(key)
}

/** What the messages are ready for, and when the next of them will be. While a 👀 is to be taken away, no other one is shown. */
function gather(messages: ReadonlyMap<string, Message>, now: number) {
  const wishes: Wish[] = []
  let nextAt = Infinity
  let eyes = 0
  let isEnding = false
  for (const message of messages.values()) {
    if (message.eyes === 'shown') {
      eyes += 1
      isEnding ||= message.state !== 'recorded'
    }
    if (message.busy) continue
    const dueAt = message.since + eyesAfterMs
    if (message.state === 'recorded' && dueAt > now) nextAt = Math.min(nextAt, dueAt)
    else wishes.push(...toWish(message))
  }
  const hasRoom = !isEnding && eyes < mostEyes
  return { wishes: hasRoom ? wishes : wishes.filter(({ message }) => message.state !== 'recorded'), nextAt }
}

/** The new reaction comes before the old one goes, so that there is always one. */
function toWish(message: Message): readonly Wish[] {
  const { state, eyes, isShown } = message
  const hasEyes = eyes === 'shown'
  if (state === 'recorded')
    return hasEyes || eyes === 'refused'
      ? []
      : [{ message, method: 'reactions.add', name: emoji.recorded, rank: 1 }]
  const rank = state === 'failed' ? 3 : hasEyes ? 2 : 1
  if (!isShown) return [{ message, method: 'reactions.add', name: emoji[state], rank }]
  return [{ message, method: 'reactions.remove', name: emoji.recorded, rank: hasEyes ? 2 : 1 }]
}

/** The first by rank, and of these the newest. */
function choose(wishes: readonly Wish[], isAllowed: (method: Method) => boolean): Wish | undefined {
  let best: Wish | undefined
  for (const wish of wishes) {
    if (!isAllowed(wish.method) || wish.rank < (best?.rank ?? 0)) continue
    if (wish.rank > (best?.rank ?? 0) || wish.message.since >= (best?.message.since ?? 0)) best = wish
  }
  return best
}

function note(message: Message, { method, name }: Pick<Step, 'method' | 'name'>, answer: 'done' | 'refused') {
  if (method === 'reactions.remove') message.eyes = 'none'
  else if (name === emoji.recorded) message.eyes = answer === 'done' ? 'shown' : 'refused'
  else if (name === emoji[message.state]) message.isShown = true
}

function isOver({ state, isShown, eyes }: Message): boolean {
  return state !== 'recorded' && isShown && (eyes === 'none' || eyes === 'refused')
}

function keyOf({ channel, ts }: Pick<Receipt, 'channel' | 'ts'>): string {
  return `${channel} ${ts}`
}
