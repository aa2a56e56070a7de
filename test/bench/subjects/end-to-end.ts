import { startLoader } from '../loading.ts'
import type { Came } from '../processes/outside.ts'
import type { Benchmark } from '../report.ts'
import { interleave, median, ratio, spread } from '../rounds.ts'
import {
  cpuSeconds,
  freeWindow,
  type Outside,
  receiptsOff,
  startBaseline,
  startConnector,
  startOutside,
  type Subject,
} from '../subjects.ts'

interface Crossing {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly requests: number
  readonly lost: number
  readonly doubled: number
  readonly outOfOrder: number
}

/** Each side has a Mews of its own, so that what comes late is not taken for the other's. */
interface Way {
  readonly name: string
  readonly subject: Subject
  readonly outside: Outside
}

const patienceMs = 60_000

/** The same events until Mews has them all, beside a Bolt app that forwards each with one call. */
export const endToEnd: Benchmark = {
  name: 'end-to-end',
  run: async ({ quick }) => {
    const [rounds, count, conversations] = quick ? [1, 300, 20] : [5, 6_000, 100]
    const [loader, ours, silent, theirs] = await Promise.all([
      startLoader(),
      startOutside(),
      startOutside(),
      startOutside(),
    ])
    const [connector, quiet, bolt] = await Promise.all([
      startConnector(ours.url),
      startConnector(silent.url, receiptsOff),
      startBaseline('bolt forwarding', theirs.url),
    ])
    const ways: readonly Way[] = [
      { name: 'connector, SQLite', subject: connector, outside: ours },
      { name: 'connector, SQLite, receipts off', subject: quiet, outside: silent },
      { name: 'Bolt, one call for each event', subject: bolt, outside: theirs },
    ]
    const cross = async ({ subject, outside }: Way): Promise<Crossing> => {
      await outside.ask('reset')
      const [cpuBefore, began] = [await cpuSeconds(subject.pid), Date.now()]
      const [arrivals] = await Promise.all([
        outside.ask({ waitFor: count, patienceMs }) as Promise<Came>,
        loader.send(subject, 'slack', count, conversations),
      ])
      return {
        perSecond: count / ((arrivals.lastAt - began) / 1000),
        cpuMicros: (((await cpuSeconds(subject.pid)) - cpuBefore) * 1e6) / count,
        requests: Object.values(arrivals.requests).reduce((sum, times) => sum + times, 0),
        lost: count - arrivals.distinct,
        doubled: arrivals.doubled,
        outOfOrder: arrivals.outOfOrder,
      }
    }
    try {
      // Opening the threads takes a hundred requests, which count for half a minute: only messages are measured.
      if (!quick) {
        for (const way of ways) await cross(way)
        await freeWindow()
      }
      const results = await interleave(
        rounds,
        ways.map((way) => ({ name: way.name, run: () => cross(way) })),
      )
      const of = (name: string, field: keyof Crossing): readonly number[] =>
        (results.get(name) ?? []).map((result) => result[field])
      const sum = (name: string, field: keyof Crossing): number =>
        of(name, field).reduce((total, value) => total + value, 0)
      const total = (field: keyof Crossing): number => own.reduce((all, name) => all + sum(name, field), 0)
      const names = ways.map(({ name }) => name)
      const peer = names.at(-1) ?? ''
      const own = names.slice(0, -1)
      return {
        title: 'End to end',
        columns: [
          'way',
          'events/s until Mews has all',
          'its CPU, µs an event',
          'requests to Mews',
          'lost',
          'twice',
          'out of order',
          'of Bolt',
        ],
        rows: names.map((name) => [
          name,
          spread(of(name, 'perSecond')),
          String(Math.round(median(of(name, 'cpuMicros')))),
          spread(of(name, 'requests')),
          String(sum(name, 'lost')),
          String(sum(name, 'doubled')),
          String(sum(name, 'outOfOrder')),
          ratio(of(name, 'perSecond'), of(peer, 'perSecond')),
        ]),
        notes: [
          `${count.toLocaleString('en')} events of ${conversations} conversations that have their thread already. The connector keeps the ` +
            'platform’s limit (200 requests in 30 s); Bolt, with one request for each event, is let off it: within it, it would need ' +
            `${Math.round(((count / 200) * 30) / 60)} minutes.`,
        ],
        counts: {
          lost: total('lost'),
          doubled: total('doubled'),
          outOfOrder: total('outOfOrder'),
        },
      }
    } finally {
      await Promise.all([connector, quiet, bolt, loader, ours, silent, theirs].map((each) => each.stop()))
    }
  },
}
