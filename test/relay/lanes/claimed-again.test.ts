import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createMetrics } from '../../../src/observability/metrics.ts'
import { countRecords } from '../../../src/observability/counters.ts'
import { createLeases } from '../../../src/relay/lanes/leases.ts'
import { observeLaneLog, tellRecords } from '../../../src/observability/observe-lanes.ts'
import type { LaneLog } from '../../../src/store/lanes/types.ts'
import { createLogBook } from '../../fakes/log.ts'
import { claimOne, delivery, entry, useStore } from '../../contracts/store/harness.ts'
import { createSqliteDatabase } from '../../store/sqlite/database.ts'
import { createManualClock } from '../../fakes/clock.ts'
import type { CrashAfter } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

/** A settlement that frees a lane is committed, and its holder hears of it `later`: meanwhile the lane may be claimed again. */
const withLateNews = (log: LaneLog, later: () => Promise<void>): LaneLog => ({
  ...log,
  settle: async (settlement) => {
    const ours = await log.settle(settlement)
    if (settlement.nextStep.next === 'release') await later()
    return ours
  },
})

describe('at a stop', () => {
  let news: Promise<void>
  const createCrash = (): CrashAfter => ({
    hasCrashed: () => false,
    crashed: new Promise(() => {}),
    store: (store) => ({ ...store, log: withLateNews(store.log, () => news) }),
    fetch: (fetch) => fetch,
    adapter: (adapter) => adapter,
  })

  let fixture: FakePlatform
  beforeEach(async () => {
    news = Promise.resolve()
    fixture = await createFakePlatform({ createCrash })
  })
  afterEach(() => fixture.close())

  test('a lane that was claimed again before the news of its settlement is given back', async () => {
    const { promise, resolve: tell } = Promise.withResolvers<void>()
    news = promise
    await fixture.guests.say('anna', 'one')
    await fixture.arrived(1)
    await fixture.guests.say('anna', 'two')
    await fixture.pass(2_000)
    const restarted = fixture.restart([{ name: 'Grand Hotel' }])
    tell()
    await restarted
    await fixture.pass(20_000)
    expect(fixture.threads()).toEqual([['one', 'two']])
  })
})

describe('while it runs', () => {
  const fixture = useStore(createSqliteDatabase)

  test('a lane that was claimed again is told of and counted whole', async () => {
    const { log, lines } = createLogBook()
    const metrics = createMetrics()
    const { promise: news, resolve: tell } = Promise.withResolvers<void>()
    const { promise: committed, resolve: commit } = Promise.withResolvers<void>()
    const late = withLateNews(fixture().store.log, () => {
      commit()
      return news
    })
    const laneLog = observeLaneLog(late, [countRecords(metrics), tellRecords(log)])
    const store = { ...fixture().store, log: laneLog }
    const settle = (token: number, pos: number): Promise<boolean> =>
      laneLog.settle({
        lane: 'turn:slack:D0ANN',
        token,
        deliveries: [delivery(pos)],
        doneThrough: pos,
        nextStep: { next: 'release' },
      })
    await laneLog.append([entry('turn:slack:D0ANN', 'a')])
    const first = settle((await claimOne(store)).token, 1)
    await committed
    await laneLog.append([entry('turn:slack:D0ANN', 'b')])
    const { token } = await claimOne(store)
    tell()
    expect([await first, await settle(token, 2)]).toEqual([true, true])
    const told = lines.filter(({ message }) => message === 'message delivered')
    expect(told.map(({ fields }) => fields['pos'])).toEqual([1, 2])
    expect(await metrics.registry.metrics()).toMatch(/settled_total\{.*outcome="delivered".*\} 2/)
  })

  test('a lane that was claimed again stays leased', async () => {
    const { log } = createLogBook()
    const clock = createManualClock()
    const renewed: (readonly unknown[])[] = []
    const laneLog: LaneLog = {
      ...fixture().store.log,
      renew: async (runs) => {
        renewed.push(runs)
        return new Set(runs.map(({ lane }) => lane))
      },
    }
    const leases = createLeases({ laneLog, leaseMs: 9_000, shared: false, clock, log })
    const [first, again] = [1, 2].map((token) => ({ lane: 'turn:slack:D0ANN', token }))
    if (first === undefined || again === undefined) throw new Error('there are no claims')
    const stopping = new AbortController()
    leases.hold([first])
    leases.hold([again])
    leases.drop(first)
    const running = leases.run(stopping.signal)
    clock.step(3_000)
    await expect.poll(() => renewed).toEqual([[again]])
    stopping.abort()
    await running
  })
})
