import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fill } from '../fill.ts'
import { startLoader } from '../loading.ts'
import type { Benchmark } from '../report.ts'
import { interleave, median, ratio, spread } from '../rounds.ts'
import { residentMegabytes, startConnector, startOutside } from '../subjects.ts'

const adminToken = 'admin-token-of-the-bench-0123456789'

/** How long each page of the console takes, in milliseconds. */
const timePages = async (url: string): Promise<Readonly<Record<string, number>>> => {
  const signedIn = await fetch(`${url}/admin/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      origin: url,
    },
    body: new URLSearchParams({ token: adminToken, to: '/admin/conversations' }),
  })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const pages = {
    conversations: '/admin/conversations',
    search: '/admin/conversations?search=guest+99999',
    conversation: `/admin/conversation?id=${encodeURIComponent('slack:D10000077')}`,
    deliveries: '/admin/deliveries',
    status: '/admin/status',
  }
  const times: Record<string, number> = {}
  for (const [name, path] of Object.entries(pages)) {
    const tries: number[] = []
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const began = performance.now()
      const response = await fetch(`${url}${path}`, { headers: { cookie }, redirect: 'manual' })
      await response.text()
      // The empty database has no such conversation.
      if (response.status !== 200 && response.status !== 404)
        throw new Error(`${path} answered ${response.status}`)
      tries.push(performance.now() - began)
    }
    times[name] = median(tries)
  }
  return times
}

const prepare = async (outside: string, url: string): Promise<void> => {
  const connector = await startConnector(outside, { DATABASE_URL: url })
  await connector.stop()
}

/** The same with a million bindings and ten million recorded turns. */
export const growth: Benchmark = {
  name: 'growth',
  run: async ({ quick }) => {
    const filling = quick
      ? { conversations: 200, turnsEach: 10 }
      : { conversations: 1_000_000, turnsEach: 10 }
    // Each of these opens a thread: more in half a minute would wait for the platform’s limit.
    const [rounds, count] = quick ? [1, 30] : [5, 5_000]
    const folder = await mkdtemp(join(tmpdir(), 'bench-'))
    const path = join(folder, 'full.db')
    const [outside, loader] = [await startOutside(), await startLoader()]
    try {
      await prepare(outside.url, `sqlite:${path}`)
      fill(path, filling, Date.now())
      const settings = { ADMIN_TOKEN: adminToken }
      const empty = await startConnector(outside.url, settings)
      const full = await startConnector(outside.url, { ...settings, DATABASE_URL: `sqlite:${path}` })
      const results = await interleave(
        rounds,
        Object.entries({ empty, full }).map(([name, subject]) => ({
          name,
          run: () => loader.send(subject, 'slack', count),
        })),
      )
      const of = (name: string, field: 'perSecond' | 'p99' | 'refused'): readonly number[] =>
        (results.get(name) ?? []).map((result) => result[field])
      // Pages are timed once what was sent is delivered.
      await outside.ask({ waitFor: loader.numbered, patienceMs: 120_000 })
      const pages = { empty: await timePages(empty.url), full: await timePages(full.url) }
      const connectors = { empty, full }
      const rows = await Promise.all(
        (['empty', 'full'] as const).map(async (name) => [
          name,
          spread(of(name, 'perSecond')),
          ratio(of(name, 'perSecond'), of('empty', 'perSecond')),
          median(of(name, 'p99')).toFixed(1),
          `${Math.round(await residentMegabytes(connectors[name].pid))} MB`,
          `${(connectors[name].startedInMs / 1000).toFixed(2)} s`,
          Object.values(pages[name])
            .map((ms) => ms.toFixed(0))
            .join(' · '),
        ]),
      )
      await Promise.all([empty.stop(), full.stop()])
      const { size } = await stat(path)
      return {
        title: 'Growth',
        columns: [
          'database',
          'events/s',
          'of empty',
          'p99 ms',
          'memory',
          'start',
          `console pages, ms: ${Object.keys(pages.full).join(' · ')}`,
        ],
        rows,
        notes: [
          `Full: ${filling.conversations.toLocaleString('en')} bound conversations with ${(filling.conversations * filling.turnsEach).toLocaleString('en')} delivered turns, a file of ${(size / 2 ** 30).toFixed(1)} GB; SQLite.`,
        ],
        counts: {
          refused: [...of('empty', 'refused'), ...of('full', 'refused')].reduce(
            (sum, value) => sum + value,
            0,
          ),
        },
      }
    } finally {
      await Promise.all([outside.stop(), loader.stop()])
      await rm(folder, { recursive: true, force: true })
    }
  },
}
