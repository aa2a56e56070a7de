import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../../src/store/types.ts'
import type { NextStep, Run } from '../../../src/store/lanes/types.ts'
import { createDrive } from '../../store/lanes/lane-log-model.ts'
import { createManualClock } from '../../fakes/clock.ts'
import type { CreateTestDatabase, TestDatabase } from './harness.ts'

/** Few names, so that many entries come twice, also in other lanes. */
const append = fc.record({
  step: fc.constant('append' as const),
  lane: fc.nat(2),
  names: fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }),
})
const record = fc.record({
  step: fc.constant('record' as const),
  lane: fc.nat(2),
  names: fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }),
})
const place = fc.record({ step: fc.constant('drain' as const), limit: fc.integer({ min: 1, max: 8 }) })
const claim = fc.record({
  step: fc.constant('claim' as const),
  limit: fc.integer({ min: 1, max: 8 }),
  limitPerLane: fc.integer({ min: 1, max: 4 }),
})
type Next = Exclude<NextStep['next'], 'move'>

/** `of` chooses among the runs that hold their lane, or among all that were ever handed out, the newest first. */
const settle = fc.record({
  step: fc.constant('settle' as const),
  among: fc.constantFrom('holding' as const, 'holding' as const, 'all' as const),
  of: fc.nat(4),
  done: fc.nat(4),
  next: fc.constantFrom<Next>('hold', 'release', 'retry', 'await'),
  notice: fc.boolean(),
})
const wait = fc.record({ step: fc.constant('wait' as const), ms: fc.constantFrom(1, 699, 700, 999, 1_000) })
const crash = fc.record({ step: fc.constant('crash' as const) })

const history = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: append },
    { weight: 4, arbitrary: record },
    { weight: 3, arbitrary: place },
    { weight: 4, arbitrary: claim },
    { weight: 5, arbitrary: settle },
    { weight: 3, arbitrary: wait },
    { weight: 1, arbitrary: crash },
  ),
  { maxLength: 40, size: 'max' },
)

export interface HistoryOptions {
  /** How many histories are tried. */
  readonly runs: number
  /** Whether nobody holds anything after a restart. */
  readonly restartFrees: boolean
}

/** Compares the lane log with a model of it, and lets it be used by many at once. */
export const historiesContract = (
  name: string,
  create: CreateTestDatabase,
  options: HistoryOptions,
): void => {
  describe(`the lane log on ${name}, whatever happens in whatever order`, () => {
    const clock = createManualClock({ skipSleeps: true })
    let database: TestDatabase
    let store: Store
    let drives = 0

    beforeAll(async () => {
      database = await create()
      store = await database.open(clock)
    })
    afterAll(async () => {
      await store.close()
      await database.destroy()
    })

    const reopen = async (): Promise<void> => {
      await store.close()
      store = await database.open(clock)
    }

    const toFate = (next: Next, { entries }: Run): NextStep => {
      const later = clock.now() + 700
      if (next === 'retry') return { next, at: later, reason: 'refused', countAttempt: true }
      if (next === 'await') {
        const seen = entries.at(-1)?.pos ?? 0
        return { next, seen, until: later, reason: 'no answer', asked: seen % 2 === 0 }
      }
      return { next }
    }

    test('hands every entry out in order and at least once, to one holder at a time, and loses none', async () => {
      const property = fc.asyncProperty(history, async (steps) => {
        const prefix = `drive ${(drives += 1)}`
        const drive = createDrive(() => store, clock, prefix)
        for (const [index, step] of steps.entries()) {
          if (step.step === 'append') await drive.append(`${prefix} ${step.lane}`, step.names.map(String))
          if (step.step === 'record') await drive.record(`${prefix} ${step.lane}`, step.names.map(String))
          if (step.step === 'drain') await drive.place(step.limit)
          if (step.step === 'claim') await drive.claim(step.limit, step.limitPerLane)
          if (step.step === 'wait') clock.step(step.ms)
          if (step.step === 'settle') {
            const runs = step.among === 'all' ? drive.runs : drive.holding()
            const run = runs.at(-1 - step.of)
            const notice = step.notice ? `notice ${index}` : undefined
            if (run !== undefined) await drive.settle(run, step.done, toFate(step.next, run), notice)
          }
          if (step.step === 'crash') {
            await reopen()
            if (options.restartFrees) drive.restarted()
          }
        }
        await drive.finish()
      })
      await expect(fc.assert(property, { numRuns: options.runs })).resolves.toBeUndefined()
    })

    test('keeps each caller its order when appends, settlements and claims run at the same time', async () => {
      const callers = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 })
      const property = fc.asyncProperty(callers, fc.integer({ min: 1, max: 10 }), async (counts, limit) => {
        const group = `drive ${(drives += 1)}`
        const delivered = new Map<string, string[]>(counts.map((_, caller) => [`${group} ${caller}`, []]))
        let appending = counts.length
        const callersDone = counts.map(async (count, caller) => {
          for (let index = 0; index < count; index += 1) {
            const payload = `${index}`
            const lane = `${group} ${caller}`
            await store.log.append([
              { lane, group, kind: 'event', keys: [`${lane} ${index}`], payload, at: index },
            ])
          }
          appending -= 1
        })
        const worker = async (): Promise<void> => {
          for (;;) {
            const last = appending === 0
            const runs = await store.log.claim({ group, limit, leaseMs: 1_000 })
            if (runs.length === 0 && last) return
            for (const { lane, entries } of runs) {
              delivered.get(lane)?.push(...entries.map(({ payload }) => payload))
            }
            const settled = runs.map(({ lane, token, entries }) =>
              store.log.settle({
                lane,
                token,
                doneThrough: entries.at(-1)?.pos ?? 0,
                nextStep: { next: 'release' },
              }),
            )
            expect(await Promise.all(settled)).toEqual(runs.map(() => true))
            await new Promise(setImmediate)
          }
        }
        await Promise.all([...callersDone, worker(), worker()])
        for (const [caller, count] of counts.entries()) {
          const expected = Array.from({ length: count }, (_, index) => `${index}`)
          expect(delivered.get(`${group} ${caller}`)).toEqual(expected)
        }
      })
      await expect(fc.assert(property, { numRuns: Math.ceil(options.runs / 5) })).resolves.toBeUndefined()
    })
  })
}
