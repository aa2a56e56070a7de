import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Store } from '../../src/store/types.ts'
import type { LaneLog, Settlement } from '../../src/store/lanes/types.ts'
import { hour, minute } from '../fakes/clock.ts'
import { createCrashAfterWith, type CrashAfter } from './support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from './support/fake-platform.ts'

const faulty = new Error('database is locked')

/** What the database refuses to do just now; every look at the rest goes through. */
let refuses: (settlement: Settlement) => boolean
let threadsAway: boolean
let refused: number

const withFaults = (store: Store): Store => {
  const settle: LaneLog['settle'] = async (settlement) => {
    if (!refuses(settlement)) return store.log.settle(settlement)
    refused += 1
    await new Promise((resolve) => setImmediate(resolve))
    throw faulty
  }
  const latest: Store['threads']['latest'] = (conversation) =>
    threadsAway ? Promise.reject(faulty) : store.threads.latest(conversation)
  return { ...store, log: { ...store.log, settle }, threads: { ...store.threads, latest } }
}

const createCrash = (): CrashAfter => ({ ...createCrashAfterWith((adapter) => adapter), store: withFaults })

let fixture: FakePlatform
beforeEach(() => {
  refuses = () => false
  threadsAway = false
  refused = 0
})
afterEach(() => fixture.close())

test('a lane goes on when what was to end its turn could not be recorded', async () => {
  fixture = await createFakePlatform({ createCrash, times: { giveUpMs: hour } })
  threadsAway = true
  await fixture.guests.say('anna', 'Hello')
  await fixture.pass(50 * minute, 5_000)
  refuses = ({ deliveries = [] }) => refused === 0 && deliveries.some(({ state }) => state === 'failed')
  await fixture.pass(20 * minute, 5_000)
  expect(refused).toBe(1)
  threadsAway = false
  await fixture.guests.say('anna', 'Are you there?')
  await fixture.pass(10 * minute, 5_000)
  expect(fixture.threads().flat()).toContain('Are you there?')
})

test('receipts that cannot be recorded are tried again after a pause, and told of now and then', async () => {
  fixture = await createFakePlatform({ createCrash })
  refuses = ({ lane, doneThrough }) => lane.startsWith('turn:') && doneThrough !== undefined
  await fixture.guests.say('anna', 'Hello')
  await fixture.arrived(1)
  await fixture.until(() => expect(refused).toBeGreaterThan(0))
  const before = refused
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  expect(refused - before).toBeLessThanOrEqual(1)
  await fixture.pass(10_000)
  const told = fixture.lines.filter(({ message }) => message === 'receipts could not be recorded yet')
  expect(told).toHaveLength(1)
  refuses = () => false
  await fixture.pass(5_000)
  expect(fixture.deliveries().map(({ state }) => state)).toEqual(['sent'])
  expect(fixture.threads()).toEqual([['Hello']])
})
