import { describe, expect, test } from 'vitest'
import type { OpenedThread, ThreadRow } from '../../../src/store/types.ts'
import { claimOne, delivery, entry, useStore } from './harness.ts'
import type { CreateTestDatabase } from './harness.ts'

const intent = (reference: string, startedAt: number, conversation = 'slack:T0:C0') => ({
  conversation,
  property: 'grand',
  reference,
  subject: `Hello (${reference})`,
  sender: 'Ada',
  startedAt,
})

const references = (rows: readonly ThreadRow[]): readonly string[] => rows.map(({ reference }) => reference)

export const recordsContract = (create: CreateTestDatabase): void => {
  describe('what is known of deliveries', () => {
    const fixture = useStore(create)

    test('lists the native ids of a target since a time', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a'), entry('x', 'b'), entry('x', 'c'), entry('x', 'd')])
      const { lane, token } = await claimOne(store)
      const deliveries = [
        delivery(1, { at: 10 }),
        delivery(2, { at: 20, state: 'failed' }),
        delivery(3, { at: 20, target: 'thread-2' }),
        delivery(4, { at: 20, nativeId: null }),
      ]
      await store.log.settle({ lane, token, deliveries, nextStep: { next: 'hold' } })
      expect(await store.log.nativeIds(['thread-1'], 10)).toEqual(new Set(['native-1', 'native-2']))
      expect(await store.log.nativeIds(['thread-1', 'thread-2'], 11)).toEqual(
        new Set(['native-2', 'native-3']),
      )
      expect(await store.log.nativeIds([], 0)).toEqual(new Set())
    })

    test('knows the Mews messages that we sent and those that were recorded as replies', async () => {
      const { store } = fixture()
      await store.log.append([entry('x', 'a'), entry('y', 'b', { keys: ['mews:reply-1'], group: 'other' })])
      const { lane, token } = await claimOne(store)
      await store.log.settle({ lane, token, deliveries: [delivery(1)], nextStep: { next: 'hold' } })
      expect(await store.log.knownMessages(['native-1', 'reply-1', 'stranger'])).toEqual(
        new Set(['native-1', 'reply-1']),
      )
    })

    test('has a secret from the beginning, so that every copy has the same one', async () => {
      const { store, database, clock } = fixture()
      const secret = await store.marks.get('secret')
      expect(secret).toMatch(/^[0-9a-f]{32}$/)
      const again = await database.open(clock, { exclusive: false })
      expect(await again.marks.get('secret')).toBe(secret)
      await again.close()
    })

    test('knows whether the newest entry of a kind before a position has failed', async () => {
      const { store } = fixture()
      const kinds = ['reply', 'reply', 'notice', 'resolution', 'reply']
      const entries = kinds.map((kind, index) => entry('x', `${index}`, { kind }))
      await store.log.append(entries)
      const { lane, token } = await claimOne(store)
      const deliveries = [delivery(1, { state: 'failed' }), delivery(2), delivery(3, { state: 'failed' })]
      await store.log.settle({ lane, token, deliveries, nextStep: { next: 'hold' } })
      const hasFailed = (kind: string, before: number): Promise<boolean> =>
        store.log.lastHasFailed({ lane, kind, before })
      expect(await hasFailed('reply', 1)).toBe(false)
      expect(await hasFailed('reply', 2)).toBe(true)
      expect(await hasFailed('reply', 4)).toBe(false)
      expect(await hasFailed('notice', 4)).toBe(true)
      expect(await hasFailed('edit', 6)).toBe(false)
      const failed = delivery(2, { part: 1, state: 'failed' })
      await store.log.settle({ lane, token, deliveries: [failed], nextStep: { next: 'hold' } })
      expect(await hasFailed('reply', 4)).toBe(true)
      expect(await hasFailed('reply', 6)).toBe(false)
    })
  })

  describe('threads', () => {
    const fixture = useStore(create)

    test('knows what was written in them, and how certain that is, and their references', async () => {
      const { log, threads } = fixture().store
      const conversation = 'slack:T0:C0'
      for (const [reference, threadId] of [
        ['r1', 'thread-1'],
        ['r2', 'thread-2'],
      ] as const) {
        await threads.intend(intent(reference, 1))
        await threads.opened({ conversation, reference }, threadId, 1)
      }
      const entries = ['a', 'b', 'c', 'd', 'e'].map((name) => entry(`turn:${conversation}`, name))
      await log.append(entries)
      const { lane, token } = await claimOne(fixture().store)
      const deliveries = [
        delivery(1, { text: 'one', startedAt: 5, at: 6 }),
        delivery(2, { text: 'two', state: 'sending', nativeId: null }),
        delivery(3, { text: 'three', nativeId: null }),
        delivery(4, { text: 'four', possiblyTwice: true }),
        delivery(5, { text: 'five', target: 'thread-2' }),
      ]
      await log.settle({ lane, token, deliveries, nextStep: { next: 'hold' } })
      const parts = await threads.partsIn(['thread-1', 'stranger'])
      expect(parts).toHaveLength(4)
      expect(parts).toContainEqual({ threadId: 'thread-1', text: 'one', startedAt: 5, at: 6, certain: true })
      for (const text of ['two', 'three', 'four'])
        expect(parts).toContainEqual(expect.objectContaining({ text, certain: false }))
      expect(await threads.references(['r1', 'r9', 'r2'])).toEqual(new Set(['r1', 'r2']))
    })

    test('goes from intent by opened to bound', async () => {
      const { threads } = fixture().store
      await threads.intend(intent('r1', 100))
      const row = { ...intent('r1', 100), threadId: null, bound: false, activeAt: 100, changes: 0 }
      expect(await threads.latest('slack:T0:C0')).toEqual(row)
      expect(await threads.unbound()).toEqual([])
      await threads.opened(intent('r1', 100), 't1', 200)
      const opened = { ...row, threadId: 't1', activeAt: 200 }
      expect(await threads.latest('slack:T0:C0')).toEqual(opened)
      expect(await threads.unbound()).toEqual([opened])
      await threads.bound('slack:T0:C0', 't1')
      expect(await threads.latest('slack:T0:C0')).toEqual({ ...opened, bound: true })
      expect(await threads.unbound()).toEqual([])
      expect(await threads.byId(['t1', 'stranger'])).toEqual([{ ...opened, bound: true }])
      await threads.changed('t1', 1)
      await threads.changed('stranger', 1)
      expect(await threads.latest('slack:T0:C0')).toMatchObject({ threadId: 't1', changes: 1 })
    })

    test('finds the newest thread or intent of a conversation only', async () => {
      const { threads } = fixture().store
      await threads.intend(intent('old', 100))
      await threads.intend(intent('new', 200))
      await threads.intend(intent('elsewhere', 300, 'slack:T0:C1'))
      await threads.intend({ ...intent('mill', 150), property: 'mill' })
      expect(await threads.latest('slack:T0:C0')).toMatchObject({ reference: 'new' })
      expect(await threads.latest('slack:T0:C0', 'mill')).toMatchObject({ reference: 'mill' })
      expect(await threads.latest('slack:T0:C0', 'other')).toBeUndefined()
    })

    test('leave each other alone under the same reference, whatever is done to one', async () => {
      const { threads } = fixture().store
      const [mine, other] = [intent('r1', 100), intent('r1', 200, 'slack:T0:C1')]
      expect(await threads.intend(mine)).toBe(true)
      const before = await threads.latest(mine.conversation)
      for (const second of [other, intent('r1', 300), { ...mine, property: 'mill' }])
        expect(await threads.intend(second)).toBe(false)
      expect(await threads.intendAgain(other, other)).toBe(false)
      await threads.opened(other, 't1', 400)
      expect(await threads.latest(mine.conversation)).toEqual(before)
      expect(await threads.latest(other.conversation)).toBeUndefined()
      await threads.opened(mine, 't1', 500)
      await threads.bound(other.conversation, 't1')
      expect(await threads.latest(mine.conversation)).toMatchObject({ threadId: 't1', bound: false })
    })

    test('begin anew, in other words, while they are not opened and nobody changed them', async () => {
      const { threads } = fixture().store
      const [first, words] = [intent('r1', 100), { subject: 'Good evening', sender: 'Bob' }]
      await threads.intend(first)
      expect(await threads.intendAgain(first, { ...words, startedAt: 300 })).toBe(true)
      const second = { ...first, ...words, startedAt: 300 }
      expect(await threads.latest('slack:T0:C0')).toMatchObject({ ...second, threadId: null })
      expect(await threads.intendAgain({ ...second, sender: 'Ada' }, { ...first, startedAt: 400 })).toBe(
        false,
      )
      await threads.opened(second, 't1', 500)
      expect(await threads.intendAgain(second, { ...first, startedAt: 600 })).toBe(false)
      expect(await threads.latest('slack:T0:C0')).toMatchObject({ ...second, threadId: 't1' })
    })

    test('lists the opened threads of a property, the most recently active last', async () => {
      const { threads } = fixture().store
      for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
        await threads.intend(intent(name, index, `slack:${name}`))
        await threads.opened(intent(name, index, `slack:${name}`), `t-${name}`, 100 + index)
        if (name !== 'd') await threads.bound(`slack:${name}`, `t-${name}`)
      }
      await threads.intend(intent('e', 900, 'slack:e'))
      await threads.touch(['t-a'], 500)
      await threads.touch(['t-b'], 50)
      const list = async (since: number, limit = 10, property = 'grand') =>
        references(await threads.active({ property, since, limit }))
      expect(await list(0)).toEqual(['b', 'c', 'd', 'a'])
      expect(await list(102)).toEqual(['c', 'd', 'a'])
      expect(await list(0, 1)).toEqual(['b'])
      expect(await list(0, 10, 'other')).toEqual([])
    })

    test('lists them page by page, missing none that becomes active meanwhile', async () => {
      const { threads } = fixture().store
      const names = ['a', 'B', 'c', 'ä', 'e', 'f', 'g']
      for (const name of names) {
        await threads.intend(intent(name, 1, `slack:${name}`))
        await threads.opened(intent(name, 1, `slack:${name}`), `t-${name}`, name === 'g' ? 200 : 100)
      }
      const seen: ThreadRow[] = []
      let after: OpenedThread | undefined
      do {
        const page = await threads.active({ property: 'grand', since: 0, limit: 2, after })
        seen.push(...page)
        after = page.at(-1)
        if (seen.length === 2)
          await threads.touch(['t-e', ...seen.map(({ threadId }) => threadId ?? '')], 300)
      } while (after !== undefined)
      const twice = references(seen.slice(0, 2))
      expect(references(seen).toSorted()).toEqual([...names, ...twice].toSorted())
      expect(seen.slice(-4).map(({ activeAt }) => activeAt)).toEqual([200, 300, 300, 300])
    })
  })

  describe('named leases', () => {
    const fixture = useStore(create)
    const take = (name = 'property') => fixture().store.leases.take(name, 1_000)

    test('have one holder at a time, and a greater token for every next one', async () => {
      const { clock } = fixture()
      const first = await take()
      expect(first).toEqual({ token: expect.any(Number), note: '' })
      expect(await take()).toBeUndefined()
      expect(await take('other')).toBeDefined()
      clock.step(999)
      expect(await take()).toBeUndefined()
      clock.step(1)
      expect((await take())?.token).toBeGreaterThan(first?.token ?? 0)
    })

    test('are held for as long as they are prolonged', async () => {
      const { store, clock } = fixture()
      const { token = 0 } = (await take()) ?? {}
      clock.step(900)
      expect(await store.leases.renew('property', token, 1_000)).toBe(true)
      clock.step(900)
      expect(await take()).toBeUndefined()
    })

    test('hand on the last note, also of a holder who is gone', async () => {
      const { store, clock } = fixture()
      const first = (await take())?.token ?? 0
      expect(await store.leases.note('property', first, 'half-way')).toBe(true)
      clock.step(1_000)
      const second = await take()
      expect(second?.note).toBe('half-way')
      await store.leases.release('property', second?.token ?? 0, 'done')
      expect((await take())?.note).toBe('done')
    })

    test('let a holder who has lost them change nothing', async () => {
      const { store, clock } = fixture()
      const lost = (await take())?.token ?? 0
      clock.step(1_000)
      await take()
      expect(await store.leases.renew('property', lost, 9_000)).toBe(false)
      expect(await store.leases.note('property', lost, 'late')).toBe(false)
      await store.leases.release('property', lost, 'late')
      expect(await take()).toBeUndefined()
      clock.step(1_000)
      expect((await take())?.note).toBe('')
    })
  })

  describe('marks', () => {
    const fixture = useStore(create)

    test('keeps the last value by name, across closing', async () => {
      const { store, reopen } = fixture()
      expect(await store.marks.get('sync')).toBeUndefined()
      await store.marks.set('sync', '1')
      await store.marks.set('sync', '2')
      await store.marks.set('other', '3')
      await reopen()
      expect(await fixture().store.marks.get('sync')).toBe('2')
    })

    test('forgets what goes on before a number, and nothing of another prefix', async () => {
      const { marks } = fixture().store
      const names = ['ended:100.a', 'ended:200.b', 'ending:100.a', 'sync']
      for (const name of names) await marks.set(name, 'x')
      await marks.forget('ended:', '200')
      const left = await Promise.all(names.map((name) => marks.get(name)))
      expect(left).toEqual([undefined, 'x', 'x', 'x'])
    })
  })
}
