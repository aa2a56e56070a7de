import { Keyv } from 'keyv'
import { describe, expect, test, vi } from 'vitest'
import type { OpenStore } from '../../../src/store/open-store.ts'
import type { QuarantinedEntry } from '../../../src/store/lanes/types.ts'
import { patience } from '../../fakes/clock.ts'
import { claim, type CreateTestDatabase, entry, toWords, useStore } from './harness.ts'

/** What a store on threads of its own does as any other, whatever its database; `notNull`: the driver's code for a missing value. */
export const storeApartContract = (
  database: string,
  create: CreateTestDatabase,
  { notNull, shared }: { readonly notNull: string; readonly shared: boolean },
): void => {
  describe(`a store on threads of its own, ${database}`, () => {
    const fixture = useStore(create)

    test('keeps the order of calls, and goes by the time of whoever calls', async () => {
      const { store, clock } = fixture()
      const payloads = Array.from({ length: 3_000 }, (_, number) => `word-${number}`)
      const groups: string[] = []
      store.log.onReady((group) => void groups.push(group))
      const fresh = await Promise.all(payloads.map((payload) => store.log.append([entry('lane', payload)])))
      expect(fresh.flat()).toEqual(payloads.map(() => true))
      expect(new Set(groups)).toEqual(new Set(['group']))
      expect(await store.log.append([entry('lane', 'word-7')])).toEqual([false])
      const runs = await claim(store, { limit: 3_000 })
      expect(toWords(runs)).toEqual([`lane: ${payloads.join(' ')}`])
      expect(await claim(store)).toEqual([])
      clock.step(1_001)
      expect(await claim(store)).toHaveLength(1)
    })

    test('records on another thread, in the order of the calls, and tells what was placed', async () => {
      const { store } = fixture()
      const payloads = Array.from({ length: 3_000 }, (_, number) => `word-${number}`)
      const told: string[] = []
      store.log.onRecorded(() => void told.push('recorded'))
      store.log.onAppended((placed) => void told.push(...placed.map(({ key }) => key)))
      await Promise.all(payloads.map((payload) => store.log.record([entry('lane', payload)])))
      expect(told).toEqual(payloads.map(() => 'recorded'))
      while ((await store.log.drain(1_000)) > 0);
      expect(told.slice(3_000)).toEqual(payloads.map((payload) => `key:${payload}`))
      expect(toWords(await claim(store, { limit: 3_000 }))).toEqual([`lane: ${payloads.join(' ')}`])
    })

    test('tells of what was put aside, and why', async () => {
      const { store } = fixture()
      const told: QuarantinedEntry[] = []
      store.log.onQuarantined((refused) => void told.push(...refused))
      await store.log.record([entry('lane', 'a', { kind: null as unknown as string })])
      await store.log.drain(10)
      const refused = { lane: 'lane', key: 'key:a', code: notNull }
      await vi.waitFor(() => expect(told).toMatchObject([refused]), patience)
    })

    test('what was recorded before it is closed is durable, later calls are refused', async () => {
      const { store, reopen } = fixture()
      const words = ['in time', 'with the next']
      const records = words.map(async (word) => {
        await new Promise(setImmediate)
        await store.log.record([entry('lane', word)])
      })
      await new Promise(setImmediate)
      await new Promise(setImmediate)
      const last = store.log.record([entry('lane', 'last')])
      await store.close()
      await Promise.all([...records, last])
      await expect(store.log.record([entry('lane', 'late')])).rejects.toMatchObject({ code: 'unavailable' })
      await reopen()
      expect(await fixture().store.log.drain(10)).toBe(3)
    })

    test('keeps records as Keyv does, apart by namespace', async () => {
      const { store } = fixture()
      const [guests, hotels] = ['guests', 'hotels'].map(
        (namespace) => new Keyv({ store: store.keyv(namespace), namespace, throwOnErrors: true }),
      )
      await guests?.set('anna', { room: 7 })
      await hotels?.setMany([{ key: 'anna', value: 1 }])
      expect(await guests?.get('anna')).toEqual({ room: 7 })
      const found: unknown[] = []
      for await (const pair of guests?.iterator?.({}) ?? []) found.push(pair)
      expect(found).toEqual([['anna', { room: 7 }]])
      await hotels?.clear()
      expect([await guests?.has('anna'), await hotels?.has('anna')]).toEqual([true, false])
    })

    test('answers maps, sets and lists, and what is nested deeper', async () => {
      const { store } = fixture()
      await store.log.append([entry('turn:slack:D0ANN', 'hello', { group: 'turn:hotel' })])
      const states = await store.log.states(['turn:slack:D0ANN'])
      expect(states.get('turn:slack:D0ANN')).toMatchObject({ waiting: 1 })
      expect(await store.log.knownMessages(['m-1'])).toEqual(new Set())
      const { admin } = store as OpenStore
      expect(await admin.conversations.find('slack:D0ANN')).toMatchObject({ platform: 'slack', waiting: 1 })
      expect(await store.marks.get('missing')).toBeUndefined()
      expect(store.shared).toBe(shared)
    })
  })
}
