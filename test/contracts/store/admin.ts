import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { claim, type CreateTestDatabase, delivery, entry, useStore } from './harness.ts'
import { createWriter } from './lanes/writer.ts'

/** What people want to know of the records, and do to them, on any database. */
export const describeBooks = (create: CreateTestDatabase): void => {
  const fixture = useStore(create)
  const admin = () => (fixture().store as OpenStore).admin

  const ann = 'slack:D0ANN'
  const bob = 'teams:19:bob'

  const { write, take, settle, openThread } = createWriter(fixture)

  const ids = async (query: Partial<Parameters<OpenStore['admin']['conversations']['list']>[0]> = {}) => {
    await admin().conversations.refresh()
    return (await admin().conversations.list({ limit: 10, ...query })).map(({ id }) => id)
  }

  describe('conversations', () => {
    test('are listed by their last activity of either side, newest first', async () => {
      await write(`turn:${ann}`, 'a', 1_000)
      await write(`turn:${bob}`, 'b', 2_000)
      expect(await ids()).toEqual([bob, ann])
      await write(`reply:${ann}`, 'c', 3_000)
      expect(await ids()).toEqual([ann, bob])
    })

    test('come in pages, none twice and none left out', async () => {
      for (let number = 0; number < 7; number += 1) await write(`turn:slack:D${number}`, `p${number}`, 5_000)
      await admin().conversations.refresh()
      const seen: string[] = []
      for (let after: { at: number; id: string } | undefined; ;) {
        const page = await admin().conversations.list({ limit: 3, after })
        seen.push(...page.map(({ id }) => id))
        const last = page.at(-1)
        if (last === undefined) break
        after = { at: last.lastAt, id: last.id }
      }
      expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((number) => `slack:D${number}`))
    })

    test('are found by platform, property, and part of a name without accents', async () => {
      await openThread(ann, 'Ánn Müller')
      await write(`turn:${ann}`, 'a', 1_000)
      await write(`turn:${bob}`, 'b', 2_000)
      expect(await ids({ platform: 'slack' })).toEqual([ann])
      expect(await ids({ property: 'hotel' })).toEqual([bob, ann])
      expect(await ids({ property: 'another' })).toEqual([])
      expect(await ids({ search: 'MULL' })).toEqual([ann])
      expect(await ids({ search: 'müll ANN' })).toEqual([ann])
      expect(await ids({ search: 'ann bob' })).toEqual([])
      // Words are found by how they begin.
      expect(await ids({ search: 'uller' })).toEqual([])
      expect(await ids({ search: 'd0a' })).toEqual([ann])
      expect(await ids({ search: bob })).toEqual([bob])
      expect(await ids({ search: '%' })).toEqual([])
      expect((await admin().conversations.find(ann))?.guest).toBe('Ánn Müller')
      const later = { reference: 'R2', subject: 'Hello', sender: 'Ann Smith', startedAt: 2 }
      await fixture().store.threads.intend({ conversation: ann, property: 'hotel', ...later })
      await write(`turn:${ann}`, 'b', 3_000)
      expect(await ids({ search: 'smith' })).toEqual([ann])
      expect(await ids({ search: 'muller' })).toEqual([])
    })

    test('are found by what waits, failed or may be there twice', async () => {
      await write(`turn:${ann}`, 'a', 1_000)
      const run = await take()
      await settle(run, [delivery(1, { state: 'failed', reason: 'refused', possiblyTwice: true })], 1)
      await write(`turn:${bob}`, 'b', 2_000)
      expect(await ids({ mark: 'waiting' })).toEqual([bob])
      expect(await ids({ mark: 'failed' })).toEqual([ann])
      expect(await ids({ mark: 'twice' })).toEqual([ann])
      expect(await admin().conversations.find(ann)).toMatchObject({ waiting: 0, failed: 1, twice: 1 })
      expect(await admin().conversations.find(bob)).toMatchObject({ waiting: 1, failed: 0 })
    })
  })

  describe('repairs', () => {
    const lane = `turn:${ann}`
    const failOne = async () => {
      await write(lane, 'a', 1)
      const parts = [
        delivery(1, { part: 0, text: 'first', nativeId: 'n' }),
        delivery(1, { part: 1, text: 'second', state: 'failed', reason: 'refused', nativeId: null }),
      ]
      await settle(await take(), parts, 1)
    }

    test('a failed entry is tried again behind the others, without what arrived of it', async () => {
      await failOne()
      await write(lane, 'b', 2)
      expect(await admin().repairs.failed(10)).toMatchObject([
        { lane, pos: 1, text: 'second', reason: 'refused' },
      ])
      expect(await admin().repairs.retry(lane, 1)).toBe('done')
      expect(await admin().repairs.failed(10)).toEqual([])
      const { entries } = await take()
      expect(entries.map(({ pos, payload }) => [pos, payload])).toEqual([
        [2, 'b'],
        [3, 'a'],
      ])
      expect(entries[1]?.deliveries.map(({ state, text }) => [state, text])).toEqual([
        ['sent', 'first'],
        ['waiting', 'second'],
      ])
    })

    test('a list needs little memory, whatever its entries say; one entry is read whole', async () => {
      const long = '😀'.repeat(100_000)
      const reply = `reply:${ann}`
      await write(lane, 'a', 1)
      const parts = [delivery(1, { text: long, state: 'failed', reason: 'refused', nativeId: null })]
      await settle(await take(), parts, 1)
      await fixture().store.log.append([entry(reply, `r ${long}`, { kind: 'reply', keys: ['r'] })])
      const { repairs } = admin()
      expect(await repairs.failed(10)).toMatchObject([{ payload: '{}', text: `${'😀'.repeat(500)}…` }])
      expect(await repairs.waiting(10)).toMatchObject([{ payload: undefined, text: '' }])
      expect(await repairs.find(lane, 1)).toMatchObject({ payload: '{}', text: long })
      expect(await repairs.find(reply, 1)).toMatchObject({ payload: `r ${long}`, text: '' })
    })

    test('a second press of the button does nothing', async () => {
      await failOne()
      expect(await admin().repairs.retry(lane, 1)).toBe('done')
      expect(await admin().repairs.retry(lane, 1)).toBe('not there')
      expect((await take()).entries).toHaveLength(1)
    })

    test('what never had a thread is prepared anew', async () => {
      await write(lane, 'a', 1)
      await settle(await take(), [delivery(1, { state: 'failed', target: '', nativeId: null })], 1)
      await admin().repairs.retry(lane, 1)
      expect((await take()).entries).toMatchObject([{ pos: 2, payload: 'a', deliveries: [], retryOf: 1 }])
    })

    test('what was given up before it had words is prepared anew', async () => {
      const reply = `reply:${ann}`
      await write(reply, 'a', 1)
      await admin().repairs.giveUp(reply, 1, 'by hand', [])
      await admin().repairs.retry(reply, 1)
      expect((await take('reply:p')).entries).toMatchObject([{ pos: 2, payload: 'a', deliveries: [] }])
    })

    test('what waits for its next attempt is tried at once', async () => {
      await write(lane, 'a', 1)
      const run = await take()
      const at = fixture().clock.now() + 60_000
      const nextStep = { next: 'retry', at, reason: 'away', countAttempt: true } as const
      await fixture().store.log.settle({ lane, token: run.token, nextStep })
      expect(await claim(fixture().store, { group: 'turn:hotel' })).toEqual([])
      expect(await admin().repairs.waiting(10)).toMatchObject([
        { lane, pos: 1, reason: 'away', attempts: 1, nextAt: at },
      ])
      expect(await admin().repairs.retry(lane, 1)).toBe('done')
      expect((await take()).entries).toHaveLength(1)
    })

    test('giving up ends the first waiting entry, and takes the lane from whoever works on it', async () => {
      await write(lane, 'a', 1)
      await write(lane, 'b', 2)
      const run = await take()
      expect(await admin().repairs.giveUp(lane, 2, 'by hand', [])).toBe('not first')
      expect(await admin().repairs.giveUp(lane, 1, 'by hand', [entry(`reply:${ann}`, 'notice')])).toBe('done')
      expect(await settle(run, [delivery(1)], 1)).toBe(false)
      expect(await admin().repairs.failed(10)).toMatchObject([{ lane, pos: 1, reason: 'by hand' }])
      expect((await take()).entries).toMatchObject([{ pos: 2 }])
      expect((await take('group')).entries).toMatchObject([{ payload: 'notice' }])
      expect(await admin().repairs.giveUp(lane, 1, 'by hand', [])).toBe('not there')
    })

    test('what tells of it goes along when something is marked as delivered', async () => {
      await failOne()
      const notice = entry(`reply:${ann}`, 'told')
      expect(await admin().repairs.markDelivered(lane, 1, 'seen', { notices: [notice] })).toBe('done')
      expect(await admin().repairs.markDelivered(lane, 1, 'seen', { notices: [notice] })).toBe('not there')
      expect((await take('group')).entries).toMatchObject([{ payload: 'told' }])
    })

    test('what arrived after all is marked as delivered, failed or waiting', async () => {
      await failOne()
      await write(lane, 'b', 2)
      expect(await admin().repairs.markDelivered(lane, 1, 'seen', { notices: [] })).toBe('done')
      expect(await admin().repairs.markDelivered(lane, 2, 'seen', { notices: [] })).toBe('done')
      expect(await admin().repairs.markDelivered(lane, 2, 'seen', { notices: [] })).toBe('not there')
      expect(await admin().repairs.failed(10)).toEqual([])
      expect(await admin().repairs.waiting(10)).toEqual([])
      const { entries } = await admin().transcript(ann, 10)
      expect(entries.flatMap(({ parts }) => parts.map(({ state }) => state))).toEqual([
        'sent',
        'sent',
        'sent',
      ])
    })
  })
}
