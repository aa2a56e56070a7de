import { expect, test, vi } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { createHousekeeping } from '../src/housekeeping.ts'
import type { OpenStore } from '../src/store/open-store.ts'
import { silentLog } from './fakes/log.ts'
import { patience } from './fakes/clock.ts'
import { claim, delivery, entry, useStore } from './contracts/store/harness.ts'
import { createSqliteDatabase } from './store/sqlite/database.ts'

const fixture = useStore(createSqliteDatabase)
const dayMs = 24 * 60 * 60_000

/** Mews's clock, so far behind ours; undefined: no answer of Mews has shown it. */
const mewsBehind = (ms: number | undefined) => ({
  now: () => fixture().clock.now() - (ms ?? 0),
  skewMs: () => ms,
})

const run = async (
  retentionMs: number | undefined,
  until: (isDone: () => boolean) => Promise<void>,
  mewsClock = mewsBehind(0),
): Promise<void> => {
  const { clock } = fixture()
  const stop = new AbortController()
  let isDone = false
  const admin = (fixture().store as OpenStore).admin
  // The test's clock stands still; only the pauses are real.
  const keeper = createHousekeeping({
    admin,
    retentionMs,
    mewsClock,
    clock: {
      ...systemClock,
      now: () => clock.now(),
      sleep: (ms, signal) => {
        isDone = ms >= 60_000
        return systemClock.sleep(ms, signal)
      },
    },
    log: silentLog,
  })
  const running = keeper.run({ draining: stop.signal, aborted: stop.signal })
  await until(() => isDone)
  stop.abort()
  await running
}

/** Waits until everything that a round does is done. */
const aRound = async (isDone: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(isDone()).toBe(true), patience)

const payloads = async () => {
  const { entries } = await (fixture().store as OpenStore).admin.transcript('slack:D0', 100)
  return entries.map(({ payload }) => payload)
}

const fill = async (): Promise<void> => {
  const { store, clock } = fixture()
  const lane = 'turn:slack:D0'
  const at = (days: number) => ({ at: clock.now() - days * dayMs })
  await store.log.append([
    entry(lane, 'old', at(100)),
    entry(lane, 'young', at(10)),
    entry(lane, 'waiting', at(100)),
  ])
  const [held] = await claim(store)
  const deliveries = [delivery(1), delivery(2)]
  await store.log.settle({
    lane,
    token: held?.token ?? 0,
    deliveries,
    doneThrough: 2,
    nextStep: { next: 'release' },
  })
}

test('what is older than RETENTION_DAYS and done is erased by itself', async () => {
  await fill()
  await run(90 * dayMs, () =>
    vi.waitFor(async () => expect(await payloads()).toEqual(['', '{}', '{}']), patience),
  )
})

test('without RETENTION_DAYS nothing is erased, and the list of conversations is kept all the same', async () => {
  await fill()
  const { conversations } = (fixture().store as OpenStore).admin
  await run(undefined, () =>
    vi.waitFor(
      async () => expect(await conversations.list({ limit: 10 })).toMatchObject([{ id: 'slack:D0' }]),
      patience,
    ),
  )
  expect(await payloads()).toEqual(['{}', '{}', '{}'])
})

test.each([365 * dayMs, undefined])(
  'nothing is erased that is old by a wrong clock alone (Mews’s is %s ms behind)',
  async (behind) => {
    await fill()
    await run(90 * dayMs, aRound, mewsBehind(behind))
    expect(await payloads()).toEqual(['{}', '{}', '{}'])
  },
)
