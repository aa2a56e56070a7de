import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../fakes/port.ts'
import { startLoader } from '../loading.ts'
import type { Came } from '../processes/outside.ts'
import type { Benchmark } from '../report.ts'
import { median, spread } from '../rounds.ts'
import { freeWindow, startConnector, startOutside } from '../subjects.ts'

/** What waits when the connector starts: until the first and until the last of it is there. */
export const recovery: Benchmark = {
  name: 'recovery',
  run: async ({ quick }) => {
    // Each opens a thread, and the platform limits requests: little means few conversations.
    const [rounds, count, conversations] = quick ? [1, 500, 20] : [3, 100_000, 100]
    const loader = await startLoader()
    const times: { start: number; first: number; last: number }[] = []
    const counts = { lost: 0, doubled: 0, outOfOrder: 0 }
    for (let round = 0; round < rounds; round += 1) {
      const folder = await mkdtemp(join(tmpdir(), 'bench-'))
      const settings = { DATABASE_URL: `sqlite:${join(folder, 'bench.db')}` }
      const outside = await startOutside()
      // The conversations have their threads; then Mews is away while the rest is recorded.
      const before = await startConnector(outside.url, settings)
      await loader.send(before, 'slack', conversations, conversations)
      await outside.ask({ waitFor: conversations, patienceMs: 60_000 })
      await before.stop()
      // Mews is away for longer than it counts requests.
      if (!quick) await freeWindow()
      const away = await startConnector(`http://127.0.0.1:${await freePort()}`, settings)
      await loader.send(away, 'slack', count, conversations)
      await away.kill()
      await away.stop()
      await outside.ask('reset')
      const began = Date.now()
      const connector = await startConnector(outside.url, settings)
      const came = (await outside.ask({ waitFor: count, patienceMs: 120_000 })) as Came
      times.push({ start: connector.startedInMs, first: came.firstAt - began, last: came.lastAt - began })
      counts.lost += count - came.distinct
      counts.doubled += came.doubled
      counts.outOfOrder += came.outOfOrder
      await connector.stop()
      await outside.stop()
      await rm(folder, { recursive: true, force: true })
    }
    await loader.stop()
    const last = times.map((time) => time.last)
    return {
      title: 'Recovery',
      columns: [
        'waiting turns',
        'ready after ms',
        'first at Mews after ms',
        'last at Mews after ms',
        'turns/s',
      ],
      rows: [
        [
          count.toLocaleString('en'),
          spread(times.map(({ start }) => start)),
          spread(times.map(({ first }) => first)),
          spread(last),
          Math.round(count / (median(last) / 1000)).toLocaleString('en'),
        ],
      ],
      notes: [
        `From the start of the process, after it was killed; ${conversations} conversations on SQLite, within the platform’s limit of requests.`,
      ],
      counts,
    }
  },
}
