import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBudget } from '../../../src/mews/budget.ts'
import type { RelayContext } from '../../../src/relay/context.ts'
import {
  createHotelConnection,
  type HotelConnection,
  type PropertyState,
  readPropertyState,
} from '../../../src/relay/property/hotel.ts'
import { createPropertyLease } from '../../../src/relay/property/lease.ts'
import { createGate, createRecordFailing } from '../../../src/relay/property/gate.ts'
import type { Store } from '../../../src/store/types.ts'
import { createLogBook } from '../../fakes/log.ts'
import { type ManualClock, createManualClock, neverAborted } from '../../fakes/clock.ts'
import { createSqliteDatabase, type SqliteDatabase } from '../../store/sqlite/database.ts'

const leaseMs = 10_000

let clock: ManualClock
let database: SqliteDatabase
let store: Store
/** What happened, in order: `a begins`, `a broken off`, `a ends`. */
let events: string[]
let brokenOffAt = 0
const aborts: AbortController[] = []

beforeEach(async () => {
  clock = createManualClock()
  database = await createSqliteDatabase()
  store = await database.open(clock)
  events = []
})
afterEach(async () => {
  for (const controller of aborts.splice(0)) controller.abort()
  await clock.advance(60_000)
  await store.close()
  await database.destroy()
})

/**
 * A process with one worker that works until it is told to stop; `cut` takes the database from it, `abort` breaks it off. `shared`: whether
 * there may be other processes on the database, `fails`: whether the worker's end does.
 */
const createProcess = (name: string, { shared = true, fails = false } = {}) => {
  const stop = new AbortController()
  const abort = new AbortController()
  aborts.push(stop, abort)
  let away = false
  const reach = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    if (away) throw new Error('the database is away')
    return call()
  }
  const { leases } = store
  const context = {
    store: {
      ...store,
      shared,
      leases: {
        ...leases,
        take: (...given: Parameters<typeof leases.take>) => reach(() => leases.take(...given)),
        renew: (...given: Parameters<typeof leases.renew>) => reach(() => leases.renew(...given)),
        release: (...given: Parameters<typeof leases.release>) => reach(() => leases.release(...given)),
      },
    },
    leases: { leaseMs },
    clock,
    log: createLogBook().log,
  } as unknown as RelayContext
  const budget = createBudget({ requests: 20, clock, random: () => 0.5 })
  const gate = createGate({
    property: 'grand',
    backoff: { firstMs: 1_000, maxMs: 1_000, random: () => 0.5 },
    clock,
    log: context.log,
    onChange: createRecordFailing('grand', store.marks, context.log),
  })
  const mews = {} as HotelConnection['mews']
  const hotel = createHotelConnection({ key: 'grand', name: 'grand', budget, gate, mews })
  const lease = createPropertyLease(context, hotel, () => [
    {
      run: async ({ draining, aborted }) => {
        events.push(`${name} begins`)
        aborted.addEventListener('abort', () => {
          events.push(`${name} broken off`)
          brokenOffAt = clock.now()
        })
        await clock.sleep(Number.MAX_SAFE_INTEGER, draining)
        events.push(`${name} ends`)
        if (fails) throw new Error('what was held could not be given back')
      },
    },
  ])
  const running = lease.run({ draining: stop.signal, aborted: abort.signal })
  return {
    budget,
    gate,
    hotel,
    state: () => readPropertyState(hotel, store.marks),
    cut: () => void (away = true),
    abort: () => abort.abort(),
    stop: async () => {
      stop.abort()
      await running
    },
  }
}

describe('a property', () => {
  test('has one worker over all processes, for as long as it lives', async () => {
    createProcess('a')
    await clock.advance(100)
    createProcess('b')
    await clock.advance(10 * leaseMs)
    expect(events).toEqual(['a begins'])
  })

  test('is handed on within a second when its process stops', async () => {
    const a = createProcess('a')
    await clock.advance(100)
    createProcess('b')
    await clock.advance(100)
    await a.stop()
    await clock.advance(1_000)
    expect(events).toEqual(['a begins', 'a ends', 'b begins'])
  })

  test('is taken over when its process cannot prolong the lease, which breaks its work off before', async () => {
    const begunAt = clock.now()
    const a = createProcess('a')
    await clock.advance(100)
    createProcess('b')
    await clock.advance(5_000)
    a.cut()
    await clock.advance(leaseMs + 1_000)
    expect(events).toEqual(['a begins', 'a broken off', 'a ends', 'b begins'])
    const prolongedAt = begunAt + leaseMs / 3
    expect(brokenOffAt).toBeLessThan(prolongedAt + leaseMs - 500)
  })

  test.each([false, true])(
    'is handed on when its process stops while nothing can be written, also where a lease never runs out (broken off: %s)',
    async (brokenOff) => {
      const a = createProcess('a', { shared: false, fails: true })
      await clock.advance(100)
      await database.run("create trigger full before update on lease begin select raise(abort, 'full'); end")
      const stopped = a.stop()
      createProcess('b', { shared: false })
      await clock.advance(2_000)
      expect(events).toEqual(['a begins', 'a ends'])
      if (brokenOff) a.abort()
      await clock.advance(2_000)
      await database.run('drop trigger full')
      await clock.advance(2_000)
      await stopped
      expect(events.filter((event) => event !== 'a broken off')).toEqual(['a begins', 'a ends', 'b begins'])
    },
  )

  test('is worked for, within its budget, once what is known of its failures can be read', async () => {
    const a = createProcess('a', { shared: false })
    await clock.advance(100)
    for (let index = 0; index < 8; index += 1) {
      const finish = await a.budget.take('send', neverAborted)
      finish()
    }
    await a.stop()
    await database.run('alter table mark rename to away')
    const b = createProcess('b', { shared: false })
    await clock.advance(3_000)
    expect(events).toEqual(['a begins', 'a ends'])
    await database.run('alter table away rename to mark')
    await clock.advance(2_000)
    expect(events).toEqual(['a begins', 'a ends', 'b begins'])
    expect(b.budget.state().left).toBe(12)
  })

  test('is worked for again when the lease was lost for a while', async () => {
    createProcess('a')
    await clock.advance(100)
    await database.run('update lease set token = token + 1, until = 0')
    await clock.advance(leaseMs)
    expect(events).toEqual(['a begins', 'a broken off', 'a ends', 'a begins'])
  })

  test('is known to have failed since it began to, whoever works for it', async () => {
    const a = createProcess('a')
    await clock.advance(100)
    const b = createProcess('b')
    const since = clock.now()
    a.gate.failed('messages/add', 'no answer')
    await clock.advance(60_000)
    await a.stop()
    await clock.advance(1_000)
    expect(b.gate.state().failingSince).toBe(since)
    b.gate.succeeded('messages/getAll')
    expect(b.gate.state().failingSince).toBe(since)
    b.gate.succeeded('messages/add')
    expect(b.gate.state().failingSince).toBe(null)
    await b.stop()
    const c = createProcess('c')
    await clock.advance(1_000)
    expect(c.gate.state().failingSince).toBe(null)
  })

  test('is known to be paused, and why, by every process, whoever works for it', async () => {
    const a = createProcess('a')
    await clock.advance(100)
    const b = createProcess('b')
    const since = clock.now()
    const expectStates = async (inA: PropertyState, inB: PropertyState): Promise<void> => {
      await clock.advance(100)
      expect([await a.state(), await b.state()]).toEqual([inA, inB])
    }
    const reachable = { failingSince: null, reason: null }
    const paused = { failingSince: since, reason: 'no answer' }
    await expectStates({ ...reachable, requestsLeft: 20 }, { ...reachable, requestsLeft: undefined })
    a.gate.failed('messages/getAll', 'busy')
    a.gate.failed('messages/getAll', 'no answer')
    await expectStates(
      { ...paused, failingSince: since + 100, requestsLeft: 20 },
      { ...paused, failingSince: since + 100, requestsLeft: undefined },
    )
    a.gate.succeeded('messages/getAll')
    await expectStates({ ...reachable, requestsLeft: 20 }, { ...reachable, requestsLeft: undefined })
  })

  test('is not thought to be paused by a process that has lost it, once it is well again', async () => {
    const a = createProcess('a')
    await clock.advance(100)
    const b = createProcess('b')
    a.gate.failed('messages/add', 'no answer')
    await clock.advance(100)
    a.cut()
    await clock.advance(leaseMs + 1_000)
    expect(events.at(-1)).toBe('b begins')
    expect(a.gate.state()).toEqual({ failingSince: null, pausedUntil: 0, reason: null })
    expect(b.gate.state()).toMatchObject({ failingSince: expect.any(Number), reason: 'no answer' })
    expect([a.hotel.isLeaseHolder(), b.hotel.isLeaseHolder()]).toEqual([false, true])
    expect((await a.state()).failingSince).toEqual((await b.state()).failingSince)
    b.gate.succeeded('messages/add')
    await clock.advance(100)
    expect(await a.state()).toEqual({ failingSince: null, reason: null, requestsLeft: undefined })
  })

  test('is no longer spoken for by a process that has given it up', async () => {
    const a = createProcess('a')
    await clock.advance(100)
    a.gate.failed('messages/add', 'no answer')
    await a.stop()
    expect(a.hotel.isLeaseHolder()).toBe(false)
    expect(a.gate.state()).toEqual({ failingSince: null, pausedUntil: 0, reason: null })
    expect(await a.state()).toMatchObject({ failingSince: expect.any(Number), reason: 'no answer' })
  })

  test('has one request budget, whoever works for it', async () => {
    const a = createProcess('a')
    await clock.advance(100)
    for (let index = 0; index < 8; index += 1) {
      const finish = await a.budget.take('send', neverAborted)
      finish()
    }
    const b = createProcess('b')
    await a.stop()
    await clock.advance(1_000)
    expect(b.budget.state().left).toBe(12)
  })
})
