import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSharedClock, systemClock } from '../../../src/clock.ts'
import type { Clock } from '../../../src/port.ts'
import { copyStore } from '../../../src/store/copy.ts'
import { openStore } from '../../../src/store/open.ts'
import type { OpenStore, StoreOptions } from '../../../src/store/open-store.ts'
import { stampBackup, readRestored } from '../../../src/store/restored.ts'
import { claim, claimOne, entry } from '../../contracts/store/harness.ts'
import { minute } from '../../fakes/clock.ts'
import { silentLog } from '../../fakes/log.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'
import { createSqliteDatabase } from '../sqlite/database.ts'

let server: PostgresServer
let url = ''
const opened: { readonly store: OpenStore; readonly stop: () => void }[] = []

beforeAll(async () => {
  server = await createPostgresServer()
})
afterAll(async () => {
  await server.dispose()
})
beforeEach(async () => {
  url = await server.database()
})
afterEach(async () => {
  for (const { store, stop } of opened.splice(0)) {
    stop()
    await store.close()
  }
})

/** A machine whose clock is wrong by `ms`. */
const machine = (ms: number): Clock => ({ ...systemClock, now: () => Date.now() + ms })

/** Opens the database as a process on that machine does. */
const openOn = async (
  skewMs: number,
  options: Partial<Omit<StoreOptions, 'url' | 'clock'>> = {},
): Promise<OpenStore> => {
  const { clock, follow, stop } = createSharedClock(machine(skewMs), silentLog)
  const store = await openStore({ url, clock, follow, exclusive: false, ...options })
  opened.push({ store, stop })
  return store
}

/** How far a time in the database is from its own clock, in minutes. */
const minutesOff = async (column: string, table: string): Promise<number> => {
  const [row] = await server.run(
    url,
    `select round(abs(extract(epoch from clock_timestamp()) * 1000 - max(${column})) / 60000)::int as off from ${table}`,
  )
  return Number(row?.['off'])
}

const skews = [20 * minute, 4 * minute, -4 * minute, -20 * minute, 365 * 24 * 60 * minute] as const
const kinds = [
  { name: 'a command', exclusive: false, apart: false },
  { name: 'serve', exclusive: true, apart: true },
] as const
const cases = skews.flatMap((skewMs) => kinds.map((kind) => ({ skewMs, ...kind })))

describe('on a machine whose clock is wrong', () => {
  test.each(cases)(
    '$name ($skewMs ms) makes the schema by the database’s clock',
    async ({ skewMs, ...how }) => {
      await openOn(skewMs, how)
      expect(await minutesOff('at', 'migration')).toBe(0)
    },
  )

  test.each(cases)(
    '$name ($skewMs ms) drains by the database’s clock what another process has recorded',
    async ({ skewMs, ...how }) => {
      const right = await openOn(0)
      await right.log.record([entry('lane', 'words')])
      const wrong = await openOn(skewMs, how)
      await wrong.log.drain(10)
      expect(await minutesOff('next_at', 'lane')).toBe(0)
    },
  )

  test.each(cases)(
    '$name ($skewMs ms) takes leases that end when the database’s clock says so',
    async ({ skewMs, ...how }) => {
      const wrong = await openOn(skewMs, how)
      await wrong.log.append([entry('lane', 'words')])
      await claim(wrong)
      expect(await minutesOff('lease_until', 'lane')).toBeLessThanOrEqual(1)
    },
  )

  test.each(skews)('serve (%i ms) takes up a backup by the database’s clock', async (skewMs) => {
    const right = await openOn(0)
    await stampBackup(right.marks, Date.now() - minute)
    const { marks } = await openOn(skewMs, { exclusive: true, apart: true })
    const { until = 0 } = (await readRestored(marks)) ?? {}
    expect(Math.abs(until - Date.now())).toBeLessThan(minute)
  })

  test.each(skews)(
    'what waits for a time waits about as long after a move to PostgreSQL (%i ms)',
    async (skewMs) => {
      const clock = machine(skewMs)
      const source = await createSqliteDatabase()
      const before = await source.open(clock)
      await before.log.append([entry('lane', randomBytes(4).toString('hex'))])
      const { lane, token } = await claimOne(before)
      const nextStep = {
        next: 'retry',
        at: clock.now() + 5 * minute,
        reason: 'r',
        countAttempt: true,
      } as const
      await before.log.settle({ lane, token, nextStep })
      await before.close()
      await copyStore({ from: `sqlite:${source.path}`, to: url, clock, onProgress: () => {} })
      await source.destroy()
      expect(await minutesOff('next_at', 'lane')).toBe(5)
      expect(await minutesOff('failing_since', 'lane')).toBe(0)
      expect(await minutesOff('at', 'migration')).toBe(0)
    },
  )
})
