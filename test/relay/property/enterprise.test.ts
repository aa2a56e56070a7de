import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RelayContext } from '../../../src/relay/context.ts'
import { createHotelConnection, type HotelConnection } from '../../../src/relay/property/hotel.ts'
import { createGate } from '../../../src/relay/property/gate.ts'
import { hookLane } from '../../../src/relay/ids.ts'
import { createLearnEnterprise, createRecallHotels } from '../../../src/relay/property/enterprise.ts'
import { createRelay } from '../../../src/relay/relay.ts'
import { createWording } from '../../../src/relay/wording.ts'
import type { Store } from '../../../src/store/types.ts'
import { createLogBook } from '../../fakes/log.ts'
import { createManualClock, patience } from '../../fakes/clock.ts'
import { createSqliteDatabase, type SqliteDatabase } from '../../store/sqlite/database.ts'

const ours = 'c1a7e0d4-3b52-4f0a-9b1e-7de2a4b0c611'
const theirs = '00000000-0000-4000-8000-000000000001'
const clock = createManualClock()

let database: SqliteDatabase
let store: Store
let asked = 0
/** What Mews says of the token. */
let isPortfolio = (): boolean => false
let zone = 'Europe/Budapest'
beforeEach(async () => {
  database = await createSqliteDatabase()
  store = await database.open(clock)
  asked = 0
  zone = 'Europe/Budapest'
  isPortfolio = () => false
})
afterEach(async () => {
  await store.close()
  await database.destroy()
})

/** One process, which does not know yet which enterprise its property is. */
const createProcess = (configured?: string, away = false, name = 'grand') => {
  const { log, lines } = createLogBook()
  const wording = createWording()
  const propertyNames = new Map<string, string>()
  const context = {
    store,
    adapters: new Map(),
    wording,
    propertyNames,
    clock,
    log,
  } as unknown as RelayContext
  const readConfiguration = async () => {
    asked += 1
    if (away) throw new Error('Mews is away')
    const told = { name: 'Grand Hotels', timeZone: zone, language: 'de-AT' }
    const enterprise = { id: ours, ...told, isPortfolio: isPortfolio() }
    return { now: clock.now(), enterprise }
  }
  const backoff = { firstMs: 1000, maxMs: 60_000, random: () => 0.5 }
  const gate = createGate({ property: 'grand', backoff, clock, log, onChange: () => {} })
  const mews = { readConfiguration, clock: { skewMs: () => 0 } } as unknown as HotelConnection['mews']
  const budget = {} as HotelConnection['budget']
  const names = { key: 'grand', name: name === '' ? undefined : name, enterpriseId: configured }
  const property = createHotelConnection({ ...names, mews, budget, gate })
  const stopping = new AbortController()
  return {
    gate,
    lines,
    property,
    wording,
    propertyNames,
    recall: () =>
      createRecallHotels(context, [property]).run({ draining: stopping.signal, aborted: stopping.signal }),
    learn: (stop = stopping.signal) =>
      createLearnEnterprise(context, property).run({ draining: stop, aborted: stop }),
    announce: (enterpriseId: string, id: string) =>
      createRelay(context, [property]).announce([{ enterpriseId, messages: [{ id }] }]),
  }
}

const recorded = async (): Promise<number> => {
  const runs = await store.log.claim({ group: hookLane('grand'), limit: 10, leaseMs: 0 })
  return runs.flatMap(({ entries }) => entries).length
}

test('every webhook is a property’s whose enterprise nobody knows yet', async () => {
  await createProcess().announce(theirs, 'message 1')
  expect(await recorded()).toBe(1)
})

test('what one process has learned of its enterprise the others know without asking Mews', async () => {
  const other = createProcess()
  await createProcess().learn()
  await other.announce(theirs, 'message 1')
  expect(await recorded()).toBe(0)
  await other.announce(ours.toUpperCase(), 'message 2')
  expect(await recorded()).toBe(1)
  expect(asked).toBe(1)
})

test('a portfolio’s token is held back with the reason, and its enterprise is not taken for the property', async () => {
  isPortfolio = () => asked < 3
  const { gate, learn, lines, announce } = createProcess()
  const learning = learn()
  await expect.poll(() => clock.sleepers()).toBe(1)
  expect(gate.state().reason).toContain('belongs to the portfolio Grand Hotels')
  expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  await announce(theirs, 'message 1')
  expect(await recorded()).toBe(1)
  expect(gate.state().pausedUntil).toBeGreaterThan(clock.now() + 60_000)
  await clock.advance(60_000)
  await expect.poll(() => asked).toBe(2)
  await expect.poll(() => clock.sleepers()).toBe(1)
  expect(gate.state().pausedUntil).toBeGreaterThan(clock.now() + 60_000)
  await clock.advance(60_000)
  await learning
  expect(gate.state().failingSince).toBeNull()
})

test('the time zone is asked for also where the settings name the enterprise, and known at the next start while Mews is away', async () => {
  const one = createProcess(ours)
  await one.learn()
  expect(one.property.enterprise()).toMatchObject({ id: ours, timeZone: 'Europe/Budapest' })

  const other = createProcess(ours, true)
  const stopping = new AbortController()
  const learning = other.learn(stopping.signal)
  await vi.waitFor(() => expect(asked).toBe(2), patience)
  await vi.waitFor(() => expect(other.property.enterprise().timeZone).toBe('Europe/Budapest'), patience)
  stopping.abort()
  await learning

  zone = 'Asia/Tokyo'
  const moved = createProcess(ours)
  await moved.learn()
  expect(moved.property.enterprise().timeZone).toBe('Asia/Tokyo')
})

test('a hotel is called and spoken to as Mews says, also by a process that does not ask it', async () => {
  const one = createProcess(ours, false, '')
  const other = createProcess(ours, true, '')
  await one.learn()
  await other.recall()
  for (const { property, propertyNames, wording } of [one, other]) {
    expect([property.name, propertyNames.get('grand')]).toEqual(['Grand Hotels', 'Grand Hotels'])
    expect(wording.forStaff('grand').say('deletedUnknown')).toContain('Eine Nachricht')
    expect(wording.forGuest('fr-CA', 'grand').language).toBe('fr')
  }
  expect(asked).toBe(1)
})

test('the name of the settings counts before that of Mews', async () => {
  const { property, propertyNames, learn } = createProcess(ours, false, 'Our Grand')
  await learn()
  expect([property.name, propertyNames.get('grand')]).toEqual(['Our Grand', 'Our Grand'])
})
