import { describe, expect, test } from 'vitest'
import type { Entry } from '../../../../src/store/lanes/types.ts'
import { claim, claimOne, entry, toWords, useStore } from '../harness.ts'
import type { CreateTestDatabase } from '../harness.ts'

const large = (lane: string, name: string, mebibytes: number): Entry =>
  entry(lane, name.padEnd(mebibytes * 1024 * 1024, '.'), { keys: [name] })

export const claimingContract = (create: CreateTestDatabase): void => {
  describe('claiming', () => {
    const fixture = useStore(create)

    test('hands out whole runs of the lanes that wait longest, and cuts the last one at the limit', async () => {
      const { store, clock } = fixture()
      for (const lane of ['z', 'm', 'a']) {
        await store.log.append([entry(lane, `${lane}1`), entry(lane, `${lane}2`)])
        clock.step(1)
      }
      await store.log.append([entry('z', 'z3')])
      expect(toWords(await claim(store, { limit: 4 }))).toEqual(['z: z1 z2 z3', 'm: m1'])
      expect(toWords(await claim(store))).toEqual(['a: a1 a2'])
    })

    test('cuts every run at the limit for one lane', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b'), entry('x', 'c'), entry('y', 'd')])
      const runs = await claim(store, { limit: 3, limitPerLane: 2 })
      expect(toWords(runs).toSorted()).toEqual(['x: a b', 'y: d'])
    })

    test('hands out no more than fits into memory, over all lanes and within one, and what is larger alone', async () => {
      const { store, clock } = fixture()
      const names = async () =>
        (await claim(store, { limit: 1_000 })).map(
          ({ lane, entries }) => `${lane}: ${entries.map(({ payload }) => payload.slice(0, 2)).join(' ')}`,
        )
      const small = Array.from({ length: 20 }, (_, number) => entry('a', `${number}`.padStart(2, '0')))
      await store.log.append([large('huge', 'h1', 17), large('huge', 'h2', 0)])
      clock.step(1)
      await store.log.append(small)
      clock.step(1)
      await store.log.append(['b1', 'b2', 'b3', 'b4'].map((name) => large('b', name, 6)))
      clock.step(1)
      await store.log.append([large('c', 'c1', 0)])
      expect(await names()).toEqual(['huge: h1'])
      expect(await names()).toEqual([`a: ${small.map(({ payload }) => payload).join(' ')}`, 'b: b1 b2'])
      expect(await names()).toEqual(['c: c1'])
    })

    test('hands out what is left of a cut run next', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b')])
      const [run] = await claim(store, { limit: 1 })
      await store.log.settle({
        lane: 'x',
        token: run?.token ?? 0,
        doneThrough: run?.entries[0]?.pos ?? 0,
        nextStep: { next: 'release' },
      })
      expect(toWords(await claim(store))).toEqual(['x: b'])
    })

    test('takes nothing of another group, and nothing where nothing waits', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a', { group: 'other' })])
      expect(await claim(store)).toEqual([])
    })

    test('never hands out a lane that is held, not even its newer entries', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a')])
      await claimOne(store)
      await store.log.append([entry('x', 'b')])
      expect(await claim(store)).toEqual([])
    })

    test('hands a lane out again, under a greater token, when its lease has run out', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a')])
      const first = await claimOne(store)
      clock.step(999)
      expect(await claim(store)).toEqual([])
      clock.step(1)
      const second = await claimOne(store)
      expect(second.entries).toEqual(first.entries)
      expect(second.token).toBeGreaterThan(first.token)
    })

    test('lets a lane that was just served queue up behind those that wait', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b')])
      clock.step(1)
      await store.log.append([entry('y', 'c')])
      clock.step(1)
      const [run] = await claim(store, { limit: 1 })
      await store.log.settle({
        lane: 'x',
        token: run?.token ?? 0,
        doneThrough: 1,
        nextStep: { next: 'release' },
      })
      expect(toWords(await claim(store))).toEqual(['y: c', 'x: b'])
    })

    test('lets a lane that has work again queue up behind those that have waited longer', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a')])
      const { lane, token } = await claimOne(store)
      await store.log.settle({ lane, token, doneThrough: 1, nextStep: { next: 'release' } })
      clock.step(1)
      await store.log.append([entry('y', 'b')])
      clock.step(1)
      await store.log.append([entry('x', 'c')])
      expect(toWords(await claim(store))).toEqual(['y: b', 'x: c'])
    })

    test('hands out healthy lanes even if the clock was put back', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a')])
      clock.set(-3_600_000)
      expect(toWords(await claim(store))).toEqual(['x: a'])
    })

    test('hands out what failed before the clock was put back by hours, with what stands behind it', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('lane', 'a'), entry('lane', 'b')])
      const [run] = await claim(store)
      const { lane = '', token = 0 } = run ?? {}
      const nextStep = { next: 'retry', at: clock.now() + 1_000, reason: 'away', countAttempt: true } as const
      await store.log.settle({ lane, token, nextStep })
      clock.set(-3 * 3_600_000)
      const atOnce = await claim(store)
      clock.step(1_000)
      const [again] = [...atOnce, ...(await claim(store))]
      expect(again?.entries.map(({ payload }) => payload)).toEqual(['a', 'b'])
    })

    test('puts nothing forward that is put off for as long as anything ever is', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('lane', 'a')])
      const [run] = await claim(store)
      const { lane = '', token = 0 } = run ?? {}
      const nextStep = {
        next: 'retry',
        at: clock.now() + 3_600_000,
        reason: 'away',
        countAttempt: true,
      } as const
      await store.log.settle({ lane, token, nextStep })
      expect(await claim(store)).toEqual([])
      clock.step(3_599_999)
      expect(await claim(store)).toEqual([])
      clock.step(1)
      expect(await claim(store)).toHaveLength(1)
    })

    test('prolongs the leases that are still held and says which', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a'), entry('y', 'b')])
      const runs = await claim(store)
      const lost = runs.map(({ lane, token }) => ({ lane, token: lane === 'y' ? token - 1 : token }))
      clock.step(900)
      expect(await store.log.renew(lost, 1_000)).toEqual(new Set(['x']))
      clock.step(900)
      expect(toWords(await claim(store))).toEqual(['y: b'])
      expect(await store.log.renew([], 1_000)).toEqual(new Set())
    })

    test('gives lanes back as they were, and none that is no longer ours', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a'), entry('y', 'b')])
      const [failed] = await claim(store)
      const nextStep = { next: 'retry', at: clock.now(), reason: 'refused', countAttempt: true } as const
      await store.log.settle({ lane: failed?.lane ?? '', token: failed?.token ?? 0, nextStep })
      const again = await claimOne(store)
      await store.log.release([{ lane: again.lane, token: again.token - 1 }])
      expect(await claim(store)).toEqual([])
      await store.log.release([again])
      expect(await claimOne(store)).toMatchObject({
        lane: again.lane,
        attempts: 1,
        failingSince: clock.now(),
      })
    })

    test('does not renew a lane that was given up', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a')])
      const { lane, token } = await claimOne(store)
      await store.log.settle({ lane, token, nextStep: { next: 'release' } })
      expect(await store.log.renew([{ lane, token }], 1_000)).toEqual(new Set())
    })

    test('rejects once the store is closed', async () => {
      const { store } = fixture()
      await store.close()
      await expect(claim(store)).rejects.toMatchObject({ code: 'unavailable' })
      await expect(store.log.append([entry('x', 'a')])).rejects.toMatchObject({ code: 'unavailable' })
      await expect(store.check()).rejects.toMatchObject({ code: 'unavailable' })
    })
  })
}
