import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../../../src/store/open-store.ts'
import type { Run } from '../../../../src/store/lanes/types.ts'
import { claim, claimOne, delivery, entry, toWords, useStore } from '../harness.ts'
import type { CreateTestDatabase } from '../harness.ts'

export const movingContract = (create: CreateTestDatabase): void => {
  const fixture = useStore(create)

  const move = ({ lane, token }: Run, group: string) =>
    fixture().store.log.settle({ lane, token, nextStep: { next: 'move', group } })

  const wait = ({ lane, token, entries }: Run, until: number, asked = false) =>
    fixture().store.log.settle({
      lane,
      token,
      nextStep: { next: 'await', seen: entries.at(-1)?.pos ?? 0, until, reason: 'no answer', asked },
    })

  describe('moving a lane', () => {
    test('gives all that waits in it, in order, to another group for good', async () => {
      const { store, reopen } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b')])
      const heard: string[] = []
      store.log.onReady((group) => heard.push(group))
      expect(await move(await claimOne(store), 'other')).toBe(true)
      expect(heard).toEqual(['other'])
      await reopen()
      await fixture().store.log.append([entry('x', 'c')])
      expect(await claim(fixture().store)).toEqual([])
      expect(toWords(await claim(fixture().store, { group: 'other' }))).toEqual(['x: a b c'])
    })

    test('moves nothing under a token that is no longer ours', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a')])
      const old = await claimOne(store)
      clock.step(1_000)
      const current = await claimOne(store)
      expect(await move(old, 'other')).toBe(false)
      expect(await move(current, 'third')).toBe(true)
      expect(await claim(store, { group: 'other' })).toEqual([])
      expect(toWords(await claim(store, { group: 'third' }))).toEqual(['x: a'])
    })

    test('writes deliveries, cursor and entries together with it, and forgets how it failed before', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b')])
      await wait(await claimOne(store), clock.now())
      const { lane, token } = await claimOne(store)
      const nextStep = { next: 'move', group: 'other' } as const
      const deliveries = [delivery(2)]
      const append = [entry('notice', 'thanks')]
      await store.log.settle({ lane, token, doneThrough: 1, deliveries, append, nextStep })
      expect(toWords(await claim(store))).toEqual(['notice: thanks'])
      const [run] = await claim(store, { group: 'other' })
      expect(run).toMatchObject({ attempts: 0, failingSince: null, entries: [{ pos: 2, deliveries }] })
    })

    test('is seen in the list of conversations', async () => {
      const { conversations } = (fixture().store as OpenStore).admin
      await fixture().store.log.append([entry('turn:slack:D0', 'a', { group: 'unrouted:slack' })])
      await conversations.refresh()
      expect(await conversations.find('slack:D0')).toMatchObject({ property: '' })
      const [run] = await claim(fixture().store, { group: 'unrouted:slack' })
      if (run !== undefined) await move(run, 'turn:grand:hotel')
      expect(await conversations.find('slack:D0')).toMatchObject({ property: 'grand:hotel' })
      expect(await conversations.list({ property: 'grand:hotel', limit: 9 })).toHaveLength(1)
    })
  })

  describe('awaiting another entry', () => {
    test.each([false, true])('ends with the next entry, or at its time (asked: %s)', async (asked) => {
      const { store, clock } = fixture()
      const begun = clock.now()
      await store.log.append([entry('x', 'a')])
      await wait(await claimOne(store), begun + 500, asked)
      expect(await claim(store)).toEqual([])
      await store.log.append([entry('x', 'b')])
      const run = await claimOne(store)
      expect(run).toMatchObject({ attempts: 0, failingSince: begun })
      expect(toWords([run])).toEqual(['x: a b'])
      await wait(run, begun + 500, asked)
      clock.step(499)
      expect(await claim(store)).toEqual([])
      clock.step(1)
      expect(toWords(await claim(store))).toEqual(['x: a b'])
    })

    test('does not begin when there is an entry already that was not seen', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a')])
      const run = await claimOne(store)
      await store.log.append([entry('x', 'b')])
      await wait(run, clock.now() + 500)
      expect(toWords(await claim(store))).toEqual(['x: a b'])
    })

    test('is over once the lane waits for a time only', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a')])
      await wait(await claimOne(store), clock.now())
      const { lane, token } = await claimOne(store)
      const nextStep = { next: 'retry', at: clock.now() + 500, reason: 'away', countAttempt: true } as const
      await store.log.settle({ lane, token, nextStep })
      await store.log.append([entry('x', 'b')])
      expect(await claim(store)).toEqual([])
    })

    test('is no failure where somebody was asked, until it is for us to go on', async () => {
      const { store, clock } = fixture()
      const { figures } = (store as OpenStore).admin
      const begun = clock.now()
      await store.log.append([entry('x', 'a')])
      await wait(await claimOne(store), begun + 500, true)
      const group = { group: 'group', lanes: 1, waiting: 1 }
      clock.step(499)
      expect(await figures.groups()).toEqual([{ ...group, failing: 0, asked: 1, oldestAt: null }])
      clock.step(101)
      expect(await figures.groups()).toEqual([{ ...group, failing: 0, asked: 0, oldestAt: begun + 500 }])
      await wait(await claimOne(store), begun + 5_000, true)
      await store.log.append([entry('x', 'b')])
      const due = { ...group, waiting: 2, failing: 0, asked: 0, oldestAt: clock.now() }
      expect(await figures.groups()).toEqual([due])
      await wait(await claimOne(store), begun + 5_000, true)
      await store.log.append([entry('y', 'c')])
      await wait(await claimOne(store), begun + 5_000)
      const both = { group: 'group', lanes: 2, waiting: 3, failing: 1, asked: 1, oldestAt: clock.now() }
      expect(await figures.groups()).toEqual([both])
    })

    test('can be ended for a whole group, but for the lanes that are held', async () => {
      const { store, clock } = fixture()
      await store.log.append([entry('x', 'a'), entry('y', 'a2'), entry('z', 'a3', { group: 'other' })])
      const runs = [...(await claim(store)), ...(await claim(store, { group: 'other' }))]
      for (const run of runs.filter(({ lane }) => lane !== 'y')) await wait(run, clock.now() + 500)
      const heard: string[] = []
      store.log.onReady((group) => heard.push(group))
      await store.log.wake('group')
      expect(toWords(await claim(store))).toEqual(['x: a'])
      expect(await claim(store, { group: 'other' })).toEqual([])
      expect(heard).toEqual(['group'])
    })
  })

  describe('what tells whose a lane is', () => {
    test('is kept as its first entry said', async () => {
      const { store, reopen } = fixture()
      await store.log.append([
        entry('x', 'a', { routing: '{"team":"T0"}' }),
        entry('x', 'b', { routing: 'b' }),
      ])
      await store.log.append([entry('x', 'c', { routing: 'c' }), entry('y', 'd')])
      await reopen()
      const runs = await claim(fixture().store)
      expect(runs.map(({ lane, routing }) => [lane, routing])).toEqual([
        ['x', '{"team":"T0"}'],
        ['y', ''],
      ])
    })
  })

  describe('what is noted with a settlement', () => {
    test('is handed out with the lane from then on, until something else is noted', async () => {
      const { store, reopen } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b')])
      const { lane, token } = await claimOne(store)
      await store.log.settle({ lane, token, note: 'seen: a', nextStep: { next: 'hold' } })
      await store.log.settle({ lane, token, doneThrough: 1, nextStep: { next: 'release' } })
      await store.log.append([entry('y', 'c')])
      await reopen()
      const again = fixture().store
      const runs = await claim(again)
      expect(new Map(runs.map((run) => [run.lane, run.note]))).toEqual(
        new Map([
          ['x', 'seen: a'],
          ['y', ''],
        ]),
      )
      const held = runs.find((run) => run.lane === 'x')
      const nextStep = { next: 'release' } as const
      expect(await again.log.settle({ lane, token, note: 'of one who lost it', nextStep })).toBe(false)
      await again.log.settle({ lane, token: held?.token ?? 0, note: 'seen: b', nextStep })
      expect((await claim(again)).map(({ note }) => note)).toEqual(['seen: b'])
    })
  })

  describe('what is recorded under a key', () => {
    test('is found with what is known of its parts', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a', { keys: ['one', 'two'] }), entry('x', 'b')])
      const { lane, token } = await claimOne(store)
      await store.log.settle({ lane, token, deliveries: [delivery(1)], nextStep: { next: 'hold' } })
      const found = await store.log.recorded(['one', 'two', 'key:b', 'nothing'])
      const first = { lane: 'x', pos: 1, deliveries: [delivery(1)] }
      expect(found).toEqual(
        new Map([
          ['one', first],
          ['two', first],
          ['key:b', { lane: 'x', pos: 2, deliveries: [] }],
        ]),
      )
      expect(await store.log.recorded([])).toEqual(new Map())
    })
  })
}
