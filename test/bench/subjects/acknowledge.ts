import { createPostgresServer } from '../../fakes/postgres.ts'
import type { Dress } from '../events.ts'
import { type Loaded, startLoader } from '../loading.ts'
import type { Reactions } from '../outside-server.ts'
import type { Benchmark, Report } from '../report.ts'
import { interleave, median, ratio, spread } from '../rounds.ts'
import { startBaseline, startConnector, receiptsOff, startOutside, type Subject } from '../subjects.ts'

const names = {
  bare: 'bare `node:http` with HMAC',
  bolt: 'bare Bolt app',
  sqlite: 'connector, SQLite',
  quiet: 'connector, SQLite, receipts off',
  postgres: 'connector, PostgreSQL',
  cloud: 'bare CloudAdapter (activities)',
  teams: 'connector, SQLite (activities)',
} as const

const toReport = (results: ReadonlyMap<string, readonly Loaded[]>, reactions: Reactions): Report => {
  const of = (name: string, field: 'perSecond' | 'p50' | 'p99' | 'cpuMicros' | 'busy'): readonly number[] =>
    (results.get(name) ?? []).map((result) => result[field])
  const busiest = Math.max(...[...results.keys()].map((name) => median(of(name, 'busy'))))
  return {
    title: 'Acknowledge',
    columns: [
      'server',
      'events/s',
      'p50 ms',
      'p99 ms',
      'its CPU, µs an event',
      'of bare http',
      'of Bolt or CloudAdapter',
    ],
    rows: Object.values(names).map((name) => {
      const activities = name === names.cloud || name === names.teams
      const peer = activities ? names.cloud : names.bolt
      const [p50, p99] = [median(of(name, 'p50')).toFixed(1), median(of(name, 'p99')).toFixed(1)]
      const cpu = String(Math.round(median(of(name, 'cpuMicros'))))
      const rate = of(name, 'perSecond')
      const ofBare = ratio(rate, of(names.bare, 'perSecond'))
      return [name, spread(rate), p50, p99, cpu, ofBare, ratio(rate, of(peer, 'perSecond'))]
    }),
    notes: [
      '64 keep-alive connections, 1,000 conversations, events of about 1 kB, each with its own signature; activities unauthenticated on both sides. ' +
        'The connector records each with its three keys, and delivers to Mews meanwhile as its request budget allows; the others keep nothing.',
      `Slack takes as many reactions as it allows a workspace. It was asked for ${reactions.asked} and refused ${reactions.refused}.`,
      `The load generator, a process of its own, took up to ${busiest.toFixed(2)} of one core; the connector’s CPU time includes the thread of its database.`,
    ],
    counts: Object.fromEntries(
      [...results].map(([name, loaded]) => [name, loaded.reduce((sum, { refused }) => sum + refused, 0)]),
    ),
  }
}

/** How many signed events a second are recorded and acknowledged, beside servers that keep nothing. */
export const acknowledge: Benchmark = {
  name: 'acknowledge',
  run: async ({ quick }) => {
    const [rounds, count] = quick ? [1, 200] : [5, 6_000]
    const postgres = await createPostgresServer()
    const outside = await startOutside()
    const url = await postgres.database()
    const [loader, bare, bolt, cloud, sqlite, quiet, shared] = await Promise.all([
      startLoader(),
      startBaseline('bare'),
      startBaseline('bolt'),
      startBaseline('cloud adapter'),
      startConnector(outside.url),
      startConnector(outside.url, receiptsOff),
      startConnector(outside.url, { DATABASE_URL: url }),
    ])
    const contestant = (name: string, subject: Subject, dress: Dress = 'slack') => ({
      name,
      run: () => loader.send(subject, dress, count),
    })
    try {
      const results = await interleave(rounds, [
        contestant(names.bare, bare),
        contestant(names.bolt, bolt),
        contestant(names.sqlite, sqlite),
        contestant(names.quiet, quiet),
        contestant(names.postgres, shared),
        contestant(names.cloud, cloud, 'teams'),
        contestant(names.teams, sqlite, 'teams'),
      ])
      return toReport(results, (await outside.ask('reactions')) as Reactions)
    } finally {
      await Promise.all(
        [bare, bolt, cloud, sqlite, quiet, shared, loader, outside].map((each) => each.stop()),
      )
      await postgres.dispose()
    }
  },
}
