import { describe, expect, test } from 'vitest'
import { claim, entry, toWords, useStore } from '../harness.ts'
import type { CreateTestDatabase } from '../harness.ts'

export const appendingContract = (create: CreateTestDatabase): void => {
  describe('appending', () => {
    const fixture = useStore(create)

    test('keeps entries in their lanes, in the order they were given', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a'), entry('y', 'b'), entry('x', 'c')])
      await store.log.append([entry('x', 'd')])
      expect(toWords(await claim(store)).toSorted()).toEqual(['x: a c d', 'y: b'])
    })

    test('gives back an entry as it was written, whatever characters are in it', async () => {
      const { store } = fixture()
      const payload = JSON.stringify({ text: `"quotes" 'n' \\ \n 🛎️ שלום \u2028 {"a":[1]} \u0000` })
      const lane = `in:teams:19:ü"'%_🛎️`
      await store.log.append([entry(lane, payload, { kind: 'slack', at: 1_765_000_000_123 })])
      const [run] = await claim(store)
      expect(run?.lane).toBe(lane)
      expect(run?.entries).toEqual([
        { pos: expect.any(Number), kind: 'slack', payload, at: 1_765_000_000_123, deliveries: [] },
      ])
    })

    test('tells new entries from known ones by any of their keys', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a', { keys: ['event:1', 'message:1'] })])
      const again = await store.log.append([
        entry('x', 'a2', { keys: ['event:2', 'message:1'] }),
        entry('x', 'b', { keys: ['event:3'] }),
      ])
      expect(again).toEqual([false, true])
      expect(toWords(await claim(store))).toEqual(['x: a b'])
    })

    test('remembers the further keys under which a known entry came again', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a', { keys: ['1', '2'] })])
      await store.log.append([entry('x', 'a2', { keys: ['2', '3'] })])
      expect(await store.log.append([entry('x', 'a3', { keys: ['3'] })])).toEqual([false])
    })

    test('finds duplicates within one call and between concurrent calls', async () => {
      const { store } = fixture()
      expect(await store.log.append([entry('x', 'a'), entry('x', 'a')])).toEqual([true, false])
      const concurrent = await Promise.all([
        store.log.append([entry('x', 'b')]),
        store.log.append([entry('x', 'b')]),
      ])
      expect(concurrent).toEqual([[true], [false]])
      expect(toWords(await claim(store))).toEqual(['x: a b'])
    })

    test('takes an entry without keys as new every time', async () => {
      const { store } = fixture()
      expect(await store.log.append([entry('x', 'a', { keys: [] }), entry('x', 'a', { keys: [] })])).toEqual([
        true,
        true,
      ])
    })

    test('recognises ids that hold half a surrogate pair', async () => {
      const { store } = fixture()
      const broken = entry('lane \ud83d', 'a', { keys: ['key \ud83d'] })
      expect(await store.log.append([broken])).toEqual([true])
      expect(await store.log.append([broken])).toEqual([false])
    })

    test('keeps the order of calls that were made at the same time, and of the calls after them', async () => {
      const { store } = fixture()
      const names = Array.from({ length: 3_000 }, (_, index) => `${index}`)
      await Promise.all(names.slice(0, 2_500).map((name) => store.log.append([entry('x', name)])))
      await store.log.append(names.slice(2_500).map((name) => entry('x', name)))
      const [run] = await claim(store, { limit: 5_000 })
      expect(run?.entries.map(({ payload }) => payload)).toEqual(names)
    })

    test('fails only the call whose entry the database refuses, and writes nothing of it', async () => {
      const { store } = fixture()
      const results = await Promise.allSettled([
        store.log.append([entry('x', 'a')]),
        store.log.append([entry('x', 'b'), entry('x', 'bad', { at: Number.NaN })]),
        store.log.append([entry('x', 'c')]),
      ])
      expect(results).toMatchObject([
        { status: 'fulfilled', value: [true] },
        { status: 'rejected', reason: { name: 'StoreError', code: 'invalid' } },
        { status: 'fulfilled', value: [true] },
      ])
      expect(await store.log.append([entry('x', 'b')])).toEqual([true])
      expect(toWords(await claim(store))).toEqual(['x: a c b'])
    })

    test('rejects every call when the database cannot be used, and forgets none that it had accepted', async () => {
      const { store, database } = fixture()
      await store.log.append([entry('x', 'a')])
      await database.dropTable('seen')
      const results = await Promise.allSettled([
        store.log.append([entry('x', 'b')]),
        store.log.append([entry('x', 'c')]),
      ])
      for (const result of results) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
      }
      expect(toWords(await claim(store))).toEqual(['x: a'])
    })

    test('survives closing: entries, their keys and their order', async () => {
      const { store, reopen } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b')])
      await reopen()
      expect(await fixture().store.log.append([entry('x', 'b'), entry('x', 'c')])).toEqual([false, true])
      expect(toWords(await claim(fixture().store))).toEqual(['x: a b c'])
    })

    test('closes only after every write that was begun', async () => {
      const { store, reopen } = fixture()
      const written = store.log.append([entry('x', 'a')])
      await reopen()
      expect(await written).toEqual([true])
      expect(toWords(await claim(fixture().store))).toEqual(['x: a'])
    })

    test('says how lanes fare', async () => {
      const { store } = fixture()
      await store.log.append([
        entry('x', 'a', { at: 5 }),
        entry('x', 'b', { at: 7 }),
        entry('y', 'c', { at: 9 }),
      ])
      const states = await store.log.states(['x', 'nobody'])
      expect([...states]).toEqual([
        ['x', { group: 'group', note: '', waiting: 2, lastAt: 7, failingSince: null, reason: null }],
      ])
    })

    test('announces the group in which something waits, after it can be claimed', async () => {
      const { store } = fixture()
      const heard: string[] = []
      const stop = store.log.onReady((group) => heard.push(group))
      await store.log.append([entry('x', 'a'), entry('z', 'b', { group: 'other' }), entry('x', 'c')])
      expect(heard.toSorted()).toEqual(['group', 'other'])
      await store.log.append([entry('x', 'a')])
      expect(heard).toHaveLength(2)
      await store.log.append([entry('x', 'd', { group: 'a group the lane is not in' })])
      expect(heard.slice(2)).toEqual(['group'])
      stop()
      await store.log.append([entry('x', 'e')])
      expect(heard).toHaveLength(3)
    })
  })
}
