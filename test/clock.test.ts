import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createSharedClock, systemClock } from '../src/clock.ts'
import type { Clock } from '../src/port.ts'
import { openStore } from '../src/store/open.ts'
import type { OpenStore } from '../src/store/open-store.ts'
import { createLogBook } from './fakes/log.ts'
import { minute, patience } from './fakes/clock.ts'
import { claim, entry } from './contracts/store/harness.ts'
import { createPostgresServer, type PostgresServer } from './fakes/postgres.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await createPostgresServer()
})
afterAll(() => server.dispose())

/** A process as `serve` makes it, on a machine whose clock is wrong. */
const start = async (
  url: string,
  aheadMs: number,
): Promise<{ readonly store: OpenStore; readonly clock: Clock }> => {
  const wrong = { ...systemClock, now: () => systemClock.now() + aheadMs }
  const shared = createSharedClock(wrong, createLogBook().log)
  const store = await openStore({ url, clock: shared.clock, exclusive: true })
  await shared.follow(() => store.time())
  onTestFinished(async () => {
    shared.stop()
    await store.close()
  })
  return { store, clock: shared.clock }
}

/** Longer than a slow machine needs for what comes between, and shorter than the clocks are apart. */
const long = 60_000
const short = 200

describe.each([90_000, -90_000, 4 * minute, -4 * minute])(
  'of two processes on one database whose clocks are %i ms apart',
  (apart) => {
    test('neither takes what the other one has, and either takes it at the lease’s end', async () => {
      const url = await server.database()
      const one = await start(url, apart)
      const other = await start(url, 0)
      expect(Math.abs(one.clock.now() - other.clock.now())).toBeLessThan(1_000)
      await one.store.log.append([entry('held', 'a')])
      expect(await one.store.leases.take('held', long)).toBeDefined()
      expect(await claim(one.store, { leaseMs: long })).toHaveLength(1)
      expect(await other.store.leases.take('held', long)).toBeUndefined()
      expect(await claim(other.store)).toEqual([])
      await one.store.log.append([entry('let go', 'b')])
      expect(await one.store.leases.take('let go', short)).toBeDefined()
      expect(await claim(one.store, { leaseMs: short })).toHaveLength(1)
      await expect.poll(() => other.store.leases.take('let go', long), patience).toBeDefined()
      await expect.poll(() => claim(other.store), patience).toHaveLength(1)
    })

    test('each tries what the other one put off when that is due', async () => {
      const url = await server.database()
      const [one, other] = [await start(url, apart), await start(url, 0)]
      const putOff = async (by: typeof one, lane: string, ms: number): Promise<void> => {
        await by.store.log.append([entry(lane, lane)])
        const [run] = await claim(by.store)
        const nextStep = {
          next: 'retry',
          at: by.clock.now() + ms,
          reason: 'away',
          countAttempt: true,
        } as const
        await by.store.log.settle({ lane, token: run?.token ?? 0, nextStep })
      }
      for (const [by, to] of [
        [one, other],
        [other, one],
      ] as const) {
        await putOff(by, `late ${by === one}`, long)
        expect(await claim(to.store)).toEqual([])
        await putOff(by, `soon ${by === one}`, short)
        await expect.poll(() => claim(to.store), patience).toHaveLength(1)
      }
    })
  },
)

test('a machine whose clock is apart from the database’s is told of', async () => {
  const { log, lines } = createLogBook()
  const shared = createSharedClock(systemClock, log)
  onTestFinished(() => shared.stop())
  await shared.follow(async () => Date.now() - 4 * minute)
  expect(lines).toMatchObject([{ level: 'warn', fields: { clock: 'the database' } }])
})

test('while the database is away its time goes on, and a clock that is set changes nothing', async () => {
  let now = Date.now()
  const moved = { ...systemClock, now: () => now }
  const shared = createSharedClock(moved, createLogBook().log)
  onTestFinished(() => shared.stop())
  const true0 = Date.now()
  await shared.follow(async () => Date.now())
  now = true0 - 3_600_000
  expect(Math.abs(shared.clock.now() - Date.now())).toBeLessThan(1_000)
})
