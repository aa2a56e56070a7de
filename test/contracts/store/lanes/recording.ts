import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../../../src/store/open-store.ts'
import type { AppendedEntry, QuarantinedEntry } from '../../../../src/store/lanes/types.ts'
import { claim, claimOne, entry, toWords, useStore } from '../harness.ts'
import type { CreateTestDatabase } from '../harness.ts'

export const recordingContract = (create: CreateTestDatabase): void => {
  describe('recording', () => {
    const fixture = useStore(create)

    test('keeps entries until they are placed, and places them in the order they were given', async () => {
      const { store } = fixture()
      await store.log.record([entry('x', 'a'), entry('y', 'b')])
      await Promise.all([store.log.record([entry('x', 'c')]), store.log.record([entry('x', 'd')])])
      expect(await claim(store)).toEqual([])
      expect(await store.log.drain(100)).toBe(4)
      expect(await store.log.drain(100)).toBe(0)
      expect(toWords(await claim(store)).toSorted()).toEqual(['x: a c d', 'y: b'])
    })

    test('knows again by any key what was recorded, appended or placed before, also over a restart', async () => {
      const { store, reopen } = fixture()
      await store.log.append([entry('x', 'a', { keys: ['message a', 'event a'] })])
      await store.log.record([
        entry('x', 'a', { keys: ['event a again', 'message a'] }),
        entry('x', 'b', { keys: ['message b'] }),
        entry('x', 'b', { keys: ['message b'] }),
      ])
      expect(await store.log.drain(100)).toBe(3)
      await reopen()
      await fixture().store.log.record([entry('x', 'a', { keys: ['event a again'] })])
      await fixture().store.log.drain(100)
      expect(toWords(await claim(fixture().store))).toEqual(['x: a b'])
    })

    test('tells of what was recorded, and of what was new once it stands in its lane', async () => {
      const { store } = fixture()
      const told: string[] = []
      const placed: AppendedEntry[] = []
      const stop = store.log.onRecorded(() => void told.push('recorded'))
      store.log.onAppended((more) => void placed.push(...more))
      await store.log.append([entry('x', 'a')])
      await store.log.record([entry('x', 'a'), entry('x', 'b', { kind: 'notice' })])
      stop()
      await store.log.record([entry('x', 'b')])
      await store.log.drain(100)
      expect(told).toEqual(['recorded'])
      expect(placed).toEqual([
        { lane: 'x', kind: 'event', key: 'key:a', trace: expect.any(String) },
        { lane: 'x', kind: 'notice', key: 'key:b', trace: expect.any(String) },
      ])
    })

    test('tells of what a settlement brings along only where it was new, and the settlement counted', async () => {
      const { store } = fixture()
      const placed: string[] = []
      await store.log.append([entry('x', 'a'), entry('y', 'greeting')])
      const [held] = await claim(store)
      if (held === undefined) throw new Error('nothing is due')
      store.log.onAppended((more) => void placed.push(...more.map(({ key }) => key)))
      const { lane, token } = held
      const append = [entry('y', 'greeting'), entry('y', 'notice'), entry('y', 'notice')]
      expect(await store.log.settle({ lane, token: token + 1, append, nextStep: { next: 'hold' } })).toBe(
        false,
      )
      expect(placed).toEqual([])
      expect(await store.log.settle({ lane, token, append, nextStep: { next: 'hold' } })).toBe(true)
      expect(placed).toEqual(['key:notice'])
    })

    test('loses nothing of what was not placed when it is opened again', async () => {
      const { store, reopen } = fixture()
      await store.log.record([entry('x', 'a'), entry('x', 'b')])
      await reopen()
      await fixture().store.log.drain(100)
      expect(toWords(await claim(fixture().store))).toEqual(['x: a b'])
    })

    test('places what is large little by little, and whatever is there', async () => {
      const { store } = fixture()
      const record = (name: string, mebibytes: number) =>
        store.log.record([entry('x', name.padEnd(mebibytes * 1024 * 1024, '.'), { keys: [name] })])
      await record('a', 17)
      for (const name of ['b', 'c', 'd']) await record(name, 6)
      const together: number[] = []
      const stop = store.log.onAppended((placed) => void together.push(placed.length))
      expect(await store.log.drain(100)).toBe(4)
      stop()
      expect(together).toEqual([1, 3])
      const { entries } = await claimOne(store)
      expect(entries.map(({ payload }) => payload[0])).toEqual(['a', 'b', 'c', 'd'])
    })

    test('shows a command beside nobody what was recorded last', async () => {
      const { store, reopen } = fixture()
      await store.log.record([entry('x', 'a')])
      await reopen({ exclusive: false })
      expect(toWords(await claim(fixture().store))).toEqual(['x: a'])
    })

    test('takes up about as many as it is told, the oldest first, and at least one row of them', async () => {
      const { store } = fixture()
      for (let number = 0; number < 10; number += 1) await store.log.record([entry('x', `${number}`)])
      expect(await store.log.drain(4)).toBe(4)
      expect(toWords(await claim(store, { leaseMs: 0 }))).toEqual(['x: 0 1 2 3'])
      await store.log.record([entry('y', 'a'), entry('y', 'b')])
      expect(await store.log.drain(6)).toBe(6)
      expect(await store.log.drain(1)).toBe(2)
      expect(toWords(await claim(store)).toSorted()).toEqual(['x: 0 1 2 3 4 5 6 7 8 9', 'y: a b'])
    })

    test('keeps everything while it cannot be placed', async () => {
      const { store, database } = fixture()
      await store.log.record([entry('x', 'a')])
      await database.dropTable('seen')
      await expect(store.log.drain(100)).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' })
      await store.log.record([entry('x', 'b')])
      expect(await (store as OpenStore).admin.figures.spooled()).toEqual({ waiting: 2, refused: 0 })
    })

    test('puts aside what the database refuses, and places all others', async () => {
      const { store } = fixture()
      const impossible = entry('x', 'b', { kind: null as unknown as string })
      await store.log.record([entry('x', 'a'), impossible, entry('x', 'c')])
      expect(await store.log.drain(100)).toBe(3)
      expect(await store.log.drain(100)).toBe(0)
      expect(toWords(await claim(store))).toEqual(['x: a c'])
      expect(await (store as OpenStore).admin.figures.spooled()).toEqual({ waiting: 0, refused: 1 })
    })

    test('tells of what was put aside by ids alone, and tries it again each time serve starts', async () => {
      const { store, reopen } = fixture()
      const told: QuarantinedEntry[] = []
      store.log.onQuarantined((refused) => void told.push(...refused))
      await store.log.record([entry('x', 'a'), entry('x', 'b', { kind: null as unknown as string })])
      await store.log.drain(100)
      const known = { lane: 'x', kind: null, key: 'key:b', trace: expect.any(String) }
      expect(told).toEqual([{ ...known, code: expect.stringMatching(/^(23502|SQLITE_CONSTRAINT_NOTNULL)$/) }])
      const spooled = () => (fixture().store as OpenStore).admin.figures.spooled()
      await reopen({ exclusive: false })
      expect(await spooled()).toEqual({ waiting: 0, refused: 1 })
      await reopen()
      expect(await spooled()).toEqual({ waiting: 1, refused: 0 })
      expect(await fixture().store.log.drain(100)).toBe(1)
      expect(await spooled()).toEqual({ waiting: 0, refused: 1 })
    })

    test('gives back an entry as it was recorded, whatever characters are in it', async () => {
      const { store } = fixture()
      const payload = JSON.stringify({ text: `"quotes" 'n' \\ \n 🛎️ שלום \u2028 {"a":[1]} \u0000` })
      await store.log.record([entry(`in:teams:19:ü"'%_🛎️`, payload, { routing: '{"team":"T0"}' })])
      await store.log.drain(100)
      const [run] = await claim(store)
      expect(run).toMatchObject({ lane: `in:teams:19:ü"'%_🛎️`, routing: '{"team":"T0"}' })
      expect(run?.entries).toMatchObject([{ kind: 'event', payload, at: 1 }])
    })
  })
}
