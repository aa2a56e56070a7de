import { startLoader } from '../loading.ts'
import type { Came } from '../processes/outside.ts'
import type { RelayFixture } from '../report.ts'
import { interleave, ratio, spread } from '../rounds.ts'
import {
  freeWindow,
  type Outside,
  startBaseline,
  startConnector,
  startOutside,
  type Subject,
} from '../subjects.ts'

interface Crossing {
  readonly perSecond: number
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
const conversations = 100

/** The same events until Mews has them all, beside a Bolt app that forwards each with one call. */
export const endToEnd: RelayFixture = {
  name: 'end-to-end',
  run: async ({ quick }) => {
    const [rounds, count] = quick ? [1, 300] : [5, 6_000]
    const [loader, ours, theirs] = await Promise.all([startLoader(), startOutside(), startOutside()])
    const [connector, bolt] = await Promise.all([
      startConnector(ours.url),
      startBaseline('bolt forwarding', theirs.url),
    ])
    const ways: readonly Way[] = [
      { name: 'connector, SQLite', subject: connector, outside: ours },
      { name: 'Bolt, one call for each event', subject: bolt, outside: theirs },
    ]
    const cross = async ({ subject, outside }: Way): Promise<Crossing> => {
      await outside.ask('reset')
      const began = Date.now()
      const [arrivals] = await Promise.all([
        outside.ask({ waitFor: count, patienceMs }) as Promise<Came>,
        loader.send(subject, 'slack', count, conversations),
      ])
      return {
        perSecond: count / ((arrivals.lastAt - began) / 1000),
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
      const [first, second] = ways.map(({ name }) => name) as [string, string]
      return {
        title: 'End to end',
        columns: [
          'way',
          'events/s until Mews has all',
          'requests to Mews',
          'lost',
          'twice',
          'out of order',
          'of Bolt',
        ],
        rows: [first, second].map((name) => [
          name,
          spread(of(name, 'perSecond')),
          spread(of(name, 'requests')),
          String(sum(name, 'lost')),
          String(sum(name, 'doubled')),
          String(sum(name, 'outOfOrder')),
          ratio(of(name, 'perSecond'), of(second, 'perSecond')),
        ]),
        notes: [
          `${count.toLocaleString('en')} events of ${conversations} conversations that have their thread already. The connector keeps the ` +
            'platform’s limit (200 requests in 30 s); Bolt, with one request for each event, is let off it: within it, it would need ' +
            `${Math.round(((count / 200) * 30) / 60)} minutes.`,
        ],
        counts: {
          lost: sum(first, 'lost'),
          doubled: sum(first, 'doubled'),
          outOfOrder: sum(first, 'outOfOrder'),
        },
      }
    } finally {
      await Promise.all([connector, bolt, loader, ours, theirs].map((each) => each.stop()))
    }
  },
}
