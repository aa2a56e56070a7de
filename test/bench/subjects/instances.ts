import { setTimeout as pause } from 'node:timers/promises'
import { createPostgresServer } from '../../fakes/postgres.ts'
import { startLoader } from '../loading.ts'
import type { Benchmark } from '../report.ts'
import { interleave, median, ratio, spread } from '../rounds.ts'
import { startConnector, startOutside } from '../subjects.ts'

/** One, two and three processes on one PostgreSQL. */
export const instances: Benchmark = {
  name: 'instances',
  run: async ({ quick }) => {
    const [rounds, events] = quick ? [1, 300] : [5, 6_000]
    const postgres = await createPostgresServer()
    const url = await postgres.database()
    const outside = await startOutside()
    const loader = await startLoader()
    const numbers = quick ? [1, 2] : [1, 2, 3]
    const connectors = await Promise.all(
      numbers.map(() => startConnector(outside.url, { DATABASE_URL: url })),
    )
    try {
      const results = await interleave(
        rounds,
        numbers.map((number) => ({
          name: String(number),
          run: () => loader.send(connectors.slice(0, number), 'slack', events),
        })),
      )
      const of = (number: number, field: 'perSecond' | 'p99' | 'refused'): readonly number[] =>
        (results.get(String(number)) ?? []).map((result) => result[field])
      const count = async (what: string): Promise<number> => {
        const [row] = await postgres.run(url, `select count(*)::int as n from ${what}`)
        return Number(row?.['n'] ?? NaN)
      }
      // What is acknowledged is placed a moment later.
      for (let looks = 0; looks < 100 && (await count('spool')) > 0; looks += 1) await pause(100)
      return {
        title: 'Instances on one PostgreSQL',
        columns: ['processes', 'events/s', 'p99 ms', 'of one'],
        rows: numbers.map((number) => [
          String(number),
          spread(of(number, 'perSecond')),
          median(of(number, 'p99')).toFixed(1),
          ratio(of(number, 'perSecond'), of(1, 'perSecond')),
        ]),
        notes: [
          'Processes, PostgreSQL and the load generator share this machine’s cores: more of them gain nothing where there is none to spare.',
        ],
        counts: {
          missing: loader.numbered - (await count(`entry where lane like 'turn:%'`)),
          refused: numbers.flatMap((number) => of(number, 'refused')).reduce((sum, value) => sum + value, 0),
        },
      }
    } finally {
      await Promise.all([...connectors, loader, outside].map((each) => each.stop()))
      await postgres.dispose()
    }
  },
}
