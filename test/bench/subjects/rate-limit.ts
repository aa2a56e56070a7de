import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Adapter, ConversationId, Turn } from '../../../src/port.ts'
import type { RelayTimes } from '../../../src/relay/context.ts'
import { conversationKey, turnGroup, turnLane } from '../../../src/relay/ids.ts'
import { createRelay } from '../../../src/relay/relay.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/types.ts'
import { silentLog } from '../../fakes/log.ts'
import { createContext, connectFixtureHotel } from '../../relay/support/assembly.ts'
import { createManualClock, type ManualClock } from '../../fakes/clock.ts'
import { readSaying, textOf } from '../events.ts'
import { createLeanMews, type LeanMews } from '../lean-mews.ts'
import type { Benchmark } from '../report.ts'

const limit = { requests: 200, windowMs: 30_000 }
const batch = 1_000
/** How long Mews takes to answer. */
const answerMs = 50
const stepMs = 10
const platform = 'bench'

const times: RelayTimes = {
  confirmMs: 10_000,
  retryMs: 1_000,
  retryMaxMs: 300_000,
  giveUpMs: 24 * 3_600_000,
  idleMs: 30 * 24 * 3_600_000,
  syncMs: 120_000,
  leaseMs: 60_000,
}

/** Mews as a `fetch` in simulated time, with its limit; `refused`: how often that was met. */
const createLimitedFetch = (mews: LeanMews, clock: ManualClock) => {
  const taken: number[] = []
  const counts = { refused: 0 }
  const fetch = async (url: string, init: { readonly body: string }): Promise<Response> => {
    await clock.sleep(answerMs)
    const recent = taken.filter((at) => at > clock.now() - limit.windowMs)
    if (recent.length >= limit.requests) {
      counts.refused += 1
      return new Response('{}', { status: 429, headers: { 'retry-after': '1' } })
    }
    taken.push(clock.now())
    taken.splice(0, taken.length - limit.requests)
    const operation = url.slice(url.indexOf('/v1/') + 4)
    return Response.json(mews.answer(operation, JSON.parse(init.body) as Record<string, unknown>))
  }
  return { fetch: fetch as unknown as typeof globalThis.fetch, counts }
}

/** A platform whose recorded events are the texts themselves. */
const createAdapter = (): Adapter => ({
  name: platform,
  label: 'Bench',
  routes: [],
  read: async (payload) => {
    const { conversation = 0, number = 0 } = readSaying(payload) ?? {}
    const author = { id: `guest-${conversation}`, name: `Guest ${conversation}` }
    const turn: Turn = { kind: 'message', author, text: payload, attachments: [], at: number }
    return { turns: [turn], address: { v: 1, conversation } }
  },
  split: (text) => [text],
  send: async () => ({ outcome: 'sent' }),
})

const record = async (
  store: Store,
  property: string,
  turns: number,
  conversations: number,
  at: number,
): Promise<void> => {
  const entries = Array.from({ length: turns }, (_, number) => {
    const conversation = number % conversations
    const payload = textOf({ conversation, number })
    const lane = turnLane(conversationKey(platform, `c${conversation}` as ConversationId))
    return { lane, group: turnGroup(property), kind: 'event', keys: [payload], payload, at }
  })
  for (let start = 0; start < turns; start += batch)
    await store.log.append(entries.slice(start, start + batch))
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Lets simulated time pass until all is there; resolves with how long that took, in milliseconds. */
const drain = async (turns: number, mews: LeanMews, clock: ManualClock): Promise<number> => {
  const began = clock.now()
  const longestMs = 3_600_000
  while (mews.arrivals().distinct < turns && clock.now() - began < longestMs) {
    await settle()
    clock.step(stepMs)
  }
  return clock.now() - began
}

const minutes = (ms: number): string => `${(ms / 60_000).toFixed(1)} min`

const leastMs = (number: number): number => Math.floor((number - 1) / limit.requests) * limit.windowMs

/** 100,000 turns that wait for new threads, with 200 requests in 30 s, in simulated time. */
export const rateLimit: Benchmark = {
  name: 'rate-limit',
  run: async ({ quick }) => {
    const [turns, conversations] = quick ? [6_000, 100] : [100_000, 1_000]
    const folder = await mkdtemp(join(tmpdir(), 'bench-'))
    const clock = createManualClock()
    const mews = createLeanMews(() => clock.now())
    const { fetch, counts } = createLimitedFetch(mews, clock)
    const store = await openStore({ url: `sqlite:${join(folder, 'bench.db')}`, clock, exclusive: true })
    const { requests } = limit
    const fake = { url: 'http://mews', clientToken: 'client' }
    const surroundings = { store, mews: fake, fetch, times, requests, clock, log: silentLog }
    const hotel = { name: 'Grand Hotel' }
    const link = connectFixtureHotel(hotel, undefined, surroundings)
    await record(store, link.key, turns, conversations, clock.now())
    const relay = createRelay(
      createContext([{ name: platform, create: createAdapter }], [hotel], surroundings),
      [link],
    )
    relay.start()
    const tookMs = await drain(turns, mews, clock)
    const { requests: used, distinct, doubled, outOfOrder } = mews.arrivals()
    const stopping = relay.stop(0)
    await settle()
    clock.step(0)
    await stopping
    await store.close()
    await rm(folder, { recursive: true })

    const threads = used['messageThreads/add'] ?? 0
    const adds = used['messages/add'] ?? 0
    const others = Object.values(used).reduce((sum, number) => sum + number, 0) - threads - adds
    const least = conversations + Math.ceil(turns / batch)
    const oneByOne = conversations + turns
    return {
      title: 'Under the platform’s limit (simulated time)',
      columns: [
        'way',
        'requests for threads',
        'requests for messages',
        'time to drain',
        'of the least possible',
      ],
      rows: [
        ['connector', String(threads), String(adds), minutes(tookMs), ((threads + adds) / least).toFixed(3)],
        [
          'least possible',
          String(conversations),
          String(least - conversations),
          minutes(leastMs(least)),
          '1',
        ],
        [
          'one message a request',
          String(conversations),
          String(turns),
          minutes(leastMs(oneByOne)),
          (oneByOne / least).toFixed(1),
        ],
      ],
      notes: [
        `${turns.toLocaleString('en')} turns of ${conversations.toLocaleString('en')} new conversations, ${limit.requests} requests in 30 s, ${answerMs} ms for each answer; ` +
          `looking for replies took ${others} requests more. The last two rows are computed.`,
      ],
      counts: {
        lost: turns - distinct,
        doubled,
        outOfOrder,
        refused: counts.refused,
        overhead: threads + adds - least,
      },
    }
  },
}
