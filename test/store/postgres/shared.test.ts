import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/types.ts'
import { claim, entry, toWords } from '../../contracts/store/harness.ts'
import { createManualClock, patience } from '../../fakes/clock.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'

const clock = createManualClock({ skipSleeps: true })
let server: PostgresServer
let url = ''
let stores: readonly Store[] = []

const open = (address = url): Promise<Store> => openStore({ url: address, clock, exclusive: true })

beforeAll(async () => {
  server = await createPostgresServer()
})
afterAll(async () => {
  await server.dispose()
})
beforeEach(async () => {
  url = await server.database()
  stores = await Promise.all([open(), open(), open()])
})
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()))
})

/** The store of a turn in a round-robin. */
const storeOf = (turn: number): Store => {
  const store = stores[turn % stores.length]
  if (store === undefined) throw new Error('there are no stores')
  return store
}

describe('several processes on one database', () => {
  test('apply the migrations once, whoever starts first', async () => {
    const rows = await server.run(url, 'select number from migration order by number')
    expect(rows.map(({ number }, index) => [Number(number), index + 1])).toEqual(
      rows.map((_, index) => [index + 1, index + 1]),
    )
  })

  test('know each other’s entries by every key, also when they arrive at the same time', async () => {
    for (let round = 0; round < 20; round += 1) {
      const same = entry(`lane ${round}`, `${round}`, { keys: [`event ${round}`, `message ${round}`] })
      const answers = await Promise.all(stores.map((store) => store.log.append([same])))
      expect(answers.flat().filter(Boolean)).toEqual([true])
    }
  })

  test('place what any of them has recorded, once and in its order, all at the same time', async () => {
    for (let turn = 0; turn < 300; turn += 1) {
      await storeOf(turn).log.record([entry(`lane ${turn % 5}`, `${turn}`)])
      if (turn % 7 === 0) void Promise.all(stores.map((store) => store.log.drain(20)))
    }
    await Promise.all(stores.map((store) => store.log.drain(1_000)))
    expect(await storeOf(0).log.drain(1_000)).toBe(0)
    const runs = await claim(storeOf(0), { limit: 1_000 })
    const inOrder = [0, 1, 2, 3, 4].map((lane) =>
      Array.from({ length: 60 }, (_, round) => `${round * 5 + lane}`).join(' '),
    )
    expect(toWords(runs).toSorted()).toEqual(inOrder.map((words, lane) => `lane ${lane}: ${words}`))
  })

  test('write to the same lanes in any order without getting stuck, and lose nothing', async () => {
    const lanes = ['a', 'B', 'ä', '_', 'Z', '10', '9']
    const calls = Array.from({ length: 300 }, (_, call) => {
      const mixed = call % 2 === 0 ? lanes : lanes.toReversed()
      return storeOf(call).log.append(
        mixed.map((lane) => entry(lane, `${call}`, { keys: [`${lane} ${call}`] })),
      )
    })
    expect((await Promise.all(calls)).flat()).toEqual(Array.from({ length: 300 * lanes.length }, () => true))
    const runs = await claim(storeOf(0), { limit: 10_000 })
    expect(runs.map(({ entries }) => entries.length)).toEqual(lanes.map(() => 300))
    for (const { entries } of runs)
      expect(entries.map(({ pos }) => pos)).toEqual(entries.map((_, at) => at + 1))
  })

  test('never hold the same lane, and let nobody change what another has taken over', async () => {
    await storeOf(0).log.append(Array.from({ length: 60 }, (_, index) => entry(`lane ${index}`, `${index}`)))
    const claims = await Promise.all(stores.map((store) => claim(store, { limit: 25 })))
    const lanes = claims.flat().map(({ lane }) => lane)
    expect(new Set(lanes).size).toBe(lanes.length)
    const [lost] = claims.flat()
    clock.step(1_000)
    const taken = await claim(storeOf(1), { limit: 100 })
    expect(taken).toHaveLength(60)
    const settlement = { lane: lost?.lane ?? '', token: lost?.token ?? 0, doneThrough: 1 }
    expect(await storeOf(0).log.settle({ ...settlement, nextStep: { next: 'release' } })).toBe(false)
  })

  test('do not end each other’s leases when one of them starts', async () => {
    await storeOf(0).log.append([entry('x', 'a')])
    const [run] = await claim(storeOf(0))
    const another = await open()
    expect(await claim(another)).toEqual([])
    const settlement = { lane: 'x', token: run?.token ?? 0, doneThrough: 1 }
    expect(await storeOf(0).log.settle({ ...settlement, nextStep: { next: 'release' } })).toBe(true)
    await another.close()
  })
})

const hear = (store: Store): readonly string[] => {
  const heard: string[] = []
  store.log.onReady((group) => heard.push(group))
  return heard
}
/** Appends until the listeners of the other processes are there. */
const untilHeard = async (heard: readonly string[]): Promise<void> => {
  let turn = 0
  await vi.waitFor(async () => {
    await storeOf(0).log.append([entry('waking', `${(turn += 1)}`, { group: 'awake' })])
    expect(heard).toContain('awake')
  }, patience)
}

describe('wake-ups', () => {
  test('reach every other process, and nobody twice', async () => {
    const [own, ...others] = [hear(storeOf(0)), hear(storeOf(1)), hear(storeOf(2))]
    for (const heard of others) await untilHeard(heard)
    await storeOf(0).log.append([entry('x', 'a', { group: 'news' })])
    for (const heard of others) await vi.waitFor(() => expect(heard).toContain('news'), patience)
    expect(own.filter((group) => group === 'news')).toEqual(['news'])
  })

  test('are heard again after the connection was lost', async () => {
    const heard = hear(storeOf(1))
    await untilHeard(heard)
    await server.crash()
    await server.start()
    const before = heard.length
    await vi.waitFor(async () => {
      await storeOf(0).log.append([entry('x', `${heard.length}`, { group: 'back', keys: [] })])
      expect(heard.slice(before)).toContain('back')
    }, patience)
  })
})

describe('what PostgreSQL does not take', () => {
  test('NUL in texts and ids becomes harmless, and what has one is recognised again', async () => {
    const { log, threads } = storeOf(0)
    const broken = entry('lane \0', 'text \0', { keys: ['key \0'] })
    expect(await log.append([broken, broken])).toEqual([true, false])
    expect(await log.append([broken])).toEqual([false])
    expect(toWords(await claim(storeOf(0)))).toEqual(['lane \uFFFD: text \uFFFD'])
    const intent = { conversation: 'c', property: 'p', reference: 'r', startedAt: 1 }
    await threads.intend({ ...intent, subject: 'subject \0', sender: 'sender \0' })
    expect(await threads.latest('c')).toMatchObject({ subject: 'subject \uFFFD', sender: 'sender \uFFFD' })
  })
})

describe('a database that is away', () => {
  test('rejects every call as unavailable, and works again by itself when it is back', async () => {
    const store = storeOf(0)
    const { log, marks } = store
    await log.append([entry('x', 'a')])
    await server.crash()
    await expect(log.append([entry('x', 'b')])).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.check()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(marks.set('a', '1')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(open()).rejects.toMatchObject({ code: 'unavailable' })
    await server.start()
    await store.check()
    expect(await log.append([entry('x', 'c')])).toEqual([true])
    expect(toWords(await claim(storeOf(0)))).toEqual(['x: a c'])
  })

  test('rejects an address that leads nowhere, without repeating its password', async () => {
    await expect(open('postgres://user:secret@')).rejects.toMatchObject({ name: 'StoreError' })
    await expect(open('postgres://user:secret@127.0.0.1:1/x')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.not.stringContaining('secret'),
    })
  })

  test('is not used without encryption where the address asks for it', async () => {
    await expect(open(`${url}&sslmode=verify-full`)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(open(`${url}&sslmode=prefer`)).rejects.toMatchObject({ code: 'unavailable' })
    await (await open(`${url}&sslmode=disable`)).close()
  })
})
