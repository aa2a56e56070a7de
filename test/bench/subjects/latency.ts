import { setTimeout as pause } from 'node:timers/promises'
import { sendAll } from '../client.ts'
import { toRequest } from '../events.ts'
import { startOutsideServer } from '../outside-server.ts'
import type { Benchmark } from '../report.ts'
import { startBaseline, startConnector, type Subject } from '../subjects.ts'

const guests = 5
/** Between two messages: they meet an idle connector, and stay within the platform's limit. */
const pauseMs = 220

const quantile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN
}

const row = (name: string, values: readonly number[]): readonly string[] => [
  name,
  ...[0.5, 0.9, 0.99].map((q) => quantile(values, q).toFixed(1)),
]

/** A lone message's way through an idle connector, beside a server that forwards it and keeps nothing. */
export const latency: Benchmark = {
  name: 'latency',
  run: async ({ quick }) => {
    const count = quick ? 10 : 300
    const arrived = new Map<string, () => void>()
    const listen = (name: string) => startOutsideServer(() => arrived.get(name)?.())
    const [ours, theirs] = [await listen('ours'), await listen('theirs')]
    const connector = await startConnector(`http://127.0.0.1:${ours.port}`)
    const bare = await startBaseline('bare forwarding', `http://127.0.0.1:${theirs.port}`)
    let number = 0
    /** Milliseconds from the message's first byte until Mews has it. */
    const send = async (name: string, { port }: Subject): Promise<number> => {
      const there = new Promise<number>((resolve) => arrived.set(name, () => resolve(performance.now())))
      const request = toRequest('slack', { conversation: number % guests, number: (number += 1) })
      const began = performance.now()
      await sendAll(port, [request], 1)
      return (await there) - began
    }
    const [own, network]: [number[], number[]] = [[], []]
    for (let round = 0; round < count + guests; round += 1) {
      const [through, direct] = [await send('ours', connector), await send('theirs', bare)]
      // The first ones open their threads.
      if (round >= guests) own.push(through)
      if (round >= guests) network.push(direct)
      await pause(quick ? 0 : pauseMs)
    }
    const { distinct, doubled, outOfOrder } = ours.mews.arrivals()
    await connector.stop()
    await bare.stop()
    ours.close()
    theirs.close()
    const above = own.map((value, index) => value - (network[index] ?? NaN))
    return {
      title: 'Latency of a lone message',
      columns: ['way', 'p50 ms', 'p90 ms', 'p99 ms'],
      rows: [
        row('connector, SQLite: guest to Mews', own),
        row('bare server that forwards, keeping nothing', network),
        row('above the network’s own', above),
      ],
      notes: [`${count} messages in turn, ${pauseMs} ms apart, over a new connection each.`],
      counts: { lost: count + guests - distinct, doubled, outOfOrder },
    }
  },
}
