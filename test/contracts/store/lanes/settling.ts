import { describe, expect, test } from 'vitest'
import { claim, claimOne, delivery, entry, toWords, useStore } from '../harness.ts'
import type { CreateTestDatabase } from '../harness.ts'

export const settlingContract = (create: CreateTestDatabase): void => {
  describe('settling', () => {
    const fixture = useStore(create)

    test('puts what is done behind the cursor for good', async () => {
      const { store, reopen } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b'), entry('x', 'c')])
      const { lane, token, entries } = await claimOne(store)
      const doneThrough = entries[1]?.pos ?? 0
      expect(await store.log.settle({ lane, token, doneThrough, nextStep: { next: 'release' } })).toBe(true)
      await reopen()
      expect(toWords(await claim(fixture().store))).toEqual(['x: c'])
    })

    test('never moves the cursor back, nor beyond what was appended', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b')])
      const { lane, token } = await claimOne(store)
      const hold = { lane, token, nextStep: { next: 'hold' } } as const
      await expect(store.log.settle({ ...hold, doneThrough: 3 })).rejects.toMatchObject({ code: 'invalid' })
      await store.log.settle({ ...hold, doneThrough: 1 })
      await store.log.settle({ ...hold, doneThrough: 0 })
      await store.log.settle({ lane, token, nextStep: { next: 'release' } })
      expect(toWords(await claim(store))).toEqual(['x: b'])
    })

    test('keeps the lane with hold, and settles it again under the same token', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b')])
      const { lane, token } = await claimOne(store)
      expect(await store.log.settle({ lane, token, doneThrough: 1, nextStep: { next: 'hold' } })).toBe(true)
      expect(await claim(store)).toEqual([])
      expect(await store.log.settle({ lane, token, doneThrough: 2, nextStep: { next: 'release' } })).toBe(
        true,
      )
    })

    test('writes nothing at all under a token that is no longer ours', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a')])
      const old = await claimOne(store)
      clock.step(1_000)
      const current = await claimOne(store)
      const settlement = {
        lane: 'x',
        doneThrough: 1,
        deliveries: [delivery(1)],
        append: [entry('notice', 'sorry')],
        nextStep: { next: 'release' },
      } as const
      expect(await store.log.settle({ ...settlement, token: old.token })).toBe(false)
      expect(await store.log.nativeIds(['thread-1'], 0)).toEqual(new Set())
      expect(await claim(store)).toEqual([])
      expect(await store.log.settle({ ...settlement, token: current.token })).toBe(true)
      expect(toWords(await claim(store))).toEqual(['notice: sorry'])
    })

    test('refuses a lane that was given up, and one that was never claimed', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a')])
      expect(await store.log.settle({ lane: 'x', token: 0, nextStep: { next: 'release' } })).toBe(false)
      expect(await store.log.settle({ lane: 'nobody', token: 1, nextStep: { next: 'release' } })).toBe(false)
      const { lane, token } = await claimOne(store)
      const release = { lane, token, nextStep: { next: 'release' } } as const
      expect(await Promise.all([store.log.settle(release), store.log.settle(release)])).toEqual([true, false])
    })

    test('does not try a lane again before the time of its retry, and counts its attempts', async () => {
      const { store, clock } = fixture()
      const begun = clock.now()
      await store.log.append([entry('x', 'a')])
      for (const [attempts, countAttempt] of [true, false, true].entries()) {
        const { lane, token } = await claimOne(store)
        const at = clock.now() + 500
        await store.log.settle({
          lane,
          token,
          nextStep: { next: 'retry', at, reason: 'refused', countAttempt },
        })
        await store.log.append([entry('x', `more ${attempts}`)])
        clock.step(499)
        expect(await claim(store)).toEqual([])
        clock.step(1)
      }
      expect(await claimOne(store)).toMatchObject({ attempts: 2, failingSince: begun })
    })

    test('keeps to the time of a retry for what is appended when nothing waited any more', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a')])
      const { lane, token } = await claimOne(store)
      const nextStep = {
        next: 'retry',
        at: clock.now() + 500,
        reason: 'limited',
        countAttempt: false,
      } as const
      await store.log.settle({ lane, token, doneThrough: 1, nextStep })
      await store.log.append([entry('x', 'b')])
      expect(await claim(store)).toEqual([])
      clock.step(500)
      expect(toWords(await claim(store))).toEqual(['x: b'])
    })

    test('forgets attempts and failure on release', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a')])
      const failed = await claimOne(store)
      const nextStep = { next: 'retry', at: clock.now(), reason: 'refused', countAttempt: true } as const
      await store.log.settle({ lane: 'x', token: failed.token, nextStep })
      const again = await claimOne(store)
      await store.log.settle({ lane: 'x', token: again.token, nextStep: { next: 'release' } })
      expect(await claimOne(store)).toMatchObject({ attempts: 0, failingSince: null })
    })

    test('begins to count anew for the entry behind one that is done', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b')])
      const failed = await claimOne(store)
      const nextStep = { next: 'retry', at: clock.now(), reason: 'refused', countAttempt: true } as const
      await store.log.settle({ lane: 'x', token: failed.token, nextStep })
      clock.step(100)
      const again = await claimOne(store)
      await store.log.settle({ lane: 'x', token: again.token, doneThrough: 1, nextStep })
      expect(await claimOne(store)).toMatchObject({ attempts: 1, failingSince: clock.now() })
    })

    test('writes the settlement and its entries together or not at all', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a')])
      const { lane, token } = await claimOne(store)
      const settlement = { lane, token, doneThrough: 1, nextStep: { next: 'release' } } as const
      const bad = entry('notice', 'bad', { at: Number.NaN })
      await expect(store.log.settle({ ...settlement, append: [bad] })).rejects.toMatchObject({
        code: 'invalid',
      })
      expect(await claim(store)).toEqual([])
      expect(await store.log.settle({ ...settlement, append: [entry('notice', 'sorry')] })).toBe(true)
      expect(toWords(await claim(store))).toEqual(['notice: sorry'])
    })

    test('settles and appends for many callers at once, each with its own answer', async () => {
      const { store } = fixture()
      const lanes = Array.from({ length: 600 }, (_, index) => `lane ${index}`)
      await store.log.append(lanes.map((lane) => entry(lane, lane)))
      const runs = await claim(store, { limit: 1_000 })
      const answers = await Promise.all(
        runs.map(({ lane, token }, index) =>
          store.log.settle({
            lane,
            token: index % 2 === 0 ? token : token + 1,
            doneThrough: 1,
            nextStep: { next: 'release' },
            append: [entry('notices', `of ${lane}`)],
          }),
        ),
      )
      expect(answers).toEqual(runs.map((_, index) => index % 2 === 0))
      const [notices] = await claim(store, { limit: 1_000 })
      expect(notices?.entries.map(({ payload }) => payload)).toEqual(
        runs.filter((_, index) => index % 2 === 0).map(({ lane }) => `of ${lane}`),
      )
    })

    test('hands deliveries out with their entries, the newest state of every part', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b')])
      const { lane, token } = await claimOne(store)
      const sent = delivery(1, { part: 1 })
      const sending = delivery(1, { state: 'sending', nativeId: null })
      const failed = delivery(1, {
        state: 'failed',
        nativeId: null,
        reason: 'archived',
        possiblyTwice: true,
        at: 30,
      })
      const hold = { lane, token, nextStep: { next: 'hold' } } as const
      const sendings = [
        delivery(1, { ...sending, text: 'first draft' }),
        delivery(1, { ...sending, part: 1 }),
      ]
      await store.log.settle({ ...hold, deliveries: sendings })
      await Promise.all([
        store.log.settle({ ...hold, deliveries: [sent, sending] }),
        store.log.settle({ ...hold, deliveries: [failed] }),
      ])
      clock.step(1_000)
      const { entries } = await claimOne(store)
      expect(entries.map(({ deliveries }) => deliveries)).toEqual([[failed, sent], []])
    })

    test('announces lanes that were given up while something waits in them', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b')])
      const heard: string[] = []
      store.log.onReady((group) => heard.push(group))
      const first = await claimOne(store)
      await store.log.settle({ lane: 'x', token: first.token, doneThrough: 1, nextStep: { next: 'hold' } })
      expect(heard).toEqual([])
      await store.log.settle({ lane: 'x', token: first.token, nextStep: { next: 'release' } })
      expect(heard).toEqual(['group'])
      const second = await claimOne(store)
      const nextStep = { next: 'retry', at: clock.now(), reason: 'refused', countAttempt: true } as const
      await store.log.settle({ lane: 'x', token: second.token, nextStep })
      expect(heard).toEqual(['group', 'group'])
      const third = await claimOne(store)
      await store.log.settle({ lane: 'x', token: third.token, doneThrough: 2, nextStep: { next: 'release' } })
      expect(heard).toHaveLength(2)
    })
  })
}
