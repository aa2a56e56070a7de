import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { type CreateTestDatabase, delivery, entry, useStore } from './harness.ts'
import { createWriter } from './lanes/writer.ts'

/** Removing texts and names, on any database. */
export const describeErasing = (create: CreateTestDatabase): void => {
  const fixture = useStore(create)
  const admin = () => (fixture().store as OpenStore).admin

  const ann = 'slack:D0ANN'

  const { write, take, settle, openThread } = createWriter(fixture)

  /** Puts events aside that the database refuses, all of them recorded together. */
  const putAside = async (...entries: readonly (readonly [lane: string, payload: string, at: number])[]) => {
    const kind = null as unknown as string
    const { log } = fixture().store
    await log.record(entries.map(([to, payload, at]) => entry(to, payload, { kind, at })))
    await log.drain(100)
  }
  const refused = async () => (await admin().figures.spooled()).refused

  describe('erasing', () => {
    const secret = 'Confidential-Words'
    const guest = 'Persephone Quill'
    const lane = `turn:${ann}`

    const fill = async () => {
      await openThread(ann, guest)
      const long = `${secret} `.repeat(400)
      for (let number = 1; number <= 20; number += 1) await write(lane, `${number} ${long}`, number)
      const run = await take()
      const parts = run.entries.slice(0, 19).map(({ pos }) => delivery(pos, { text: secret, author: guest }))
      await settle(run, parts, 19)
      await admin().conversations.refresh()
    }

    test('removes every text and name, and gives up what waits', async () => {
      await fill()
      expect(await admin().erasure.findGuest(guest)).toEqual([{ conversation: ann, shared: false }])
      expect(await admin().erasure.erase(ann)).toEqual({
        entries: 20,
        deliveries: 19,
        threads: 1,
        givenUp: 1,
        left: 0,
      })
      await admin().erasure.purge(true)
      const { entries } = await admin().transcript(ann, 100)
      expect(
        entries.filter(({ payload, parts }) => payload !== '' || parts.some(({ text }) => text !== '')),
      ).toEqual([])
      expect(await admin().erasure.findGuest(guest)).toEqual([])
      expect((await admin().conversations.find(ann))?.guest).toBe('')
    })

    test('lets the conversation go on, and still knows what came already', async () => {
      await fill()
      await admin().erasure.erase(ann)
      expect(await write(lane, `1 ${`${secret} `.repeat(400)}`, 30)).toEqual([false])
      expect(await write(lane, 'new words', 30)).toEqual([true])
      expect((await take()).entries).toMatchObject([{ pos: 21, payload: 'new words' }])
      expect(await admin().repairs.retry(lane, 20)).toBe('erased')
    })

    test('takes the lane from whoever works on it: no word comes back', async () => {
      await write(lane, secret, 1)
      const { token } = await take()
      await admin().erasure.erase(ann)
      const deliveries = [delivery(1, { text: secret, author: guest })]
      const settlement = { lane, token, deliveries, doneThrough: 1, nextStep: { next: 'release' } } as const
      expect(await fixture().store.log.settle(settlement)).toBe(false)
      const { entries } = await admin().transcript(ann, 100)
      expect(entries.flatMap(({ parts }) => parts.map(({ text, author }) => text + author))).toEqual([''])
    })

    test('a guest is found by the id in what the platform sent', async () => {
      await write(lane, '{"user":"U0ANN"}', 1)
      expect(await admin().erasure.findGuest('U0ANN')).toEqual([{ conversation: ann, shared: false }])
      expect(await admin().erasure.findGuest('U0AN')).toEqual([])
    })

    test('removes what was put aside of the conversation, and nothing of others', async () => {
      await write(lane, secret, 1)
      await putAside([lane, 'a', 1], ['turn:slack:D0BOB', 'b', 1], [`reply:${ann}`, 'c', 1])
      await putAside([lane, 'd', 1])
      expect(await admin().erasure.erase(ann)).toMatchObject({ entries: 4, givenUp: 4 })
      expect(await refused()).toBe(1)
      expect(await admin().erasure.erase('slack:D0BOB')).toMatchObject({ entries: 1, givenUp: 1 })
      expect(await refused()).toBe(0)
    })

    test('by age takes what was put aside, too', async () => {
      await putAside([lane, 'a', 5], [lane, 'b', 6])
      expect(await admin().erasure.eraseOlder(6, 3)).toBe(1)
      expect(await admin().erasure.eraseOlder(6, 3)).toBe(0)
      expect(await refused()).toBe(1)
    })

    test('by age takes only what is done, in chunks, until nothing is left', async () => {
      await fill()
      expect(await admin().erasure.eraseOlder(6, 3)).toBe(4)
      expect(await admin().erasure.eraseOlder(6, 3)).toBe(2)
      expect(await admin().erasure.eraseOlder(6, 3)).toBe(0)
      expect(await admin().erasure.eraseOlder(1_000, 100)).toBe(14)
      expect(await admin().erasure.eraseOlder(1_000, 100)).toBe(0)
      const { entries } = await admin().transcript(ann, 100)
      expect(entries.filter(({ payload }) => payload !== '').map(({ pos }) => pos)).toEqual([20])
      expect((await admin().conversations.find(ann))?.guest).toBe('')
    })
  })
}
