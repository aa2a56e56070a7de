import { describe, expect, test } from 'vitest'
import type { TranscriptEntry, TranscriptPlace } from '../../../src/store/admin/types.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { type CreateTestDatabase, delivery, entry, useStore } from './harness.ts'
import { createWriter } from './lanes/writer.ts'

const toPlaces = (entries: readonly TranscriptEntry[]): readonly string[] =>
  entries.map(({ direction, pos }) => `${direction} ${pos}`)

/** What people read of a conversation, on any database. */
export const describeTranscripts = (create: CreateTestDatabase): void => {
  const fixture = useStore(create)
  const admin = () => (fixture().store as OpenStore).admin
  const { write, take, settle } = createWriter(fixture)
  const ann = 'slack:D0ANN'

  /** The positions on each page. */
  const readPages = async (method: 'transcript' | 'transcriptOn') => {
    const pages: (readonly number[])[] = []
    for (let place: TranscriptPlace | undefined; ;) {
      const { entries, next } = await admin()[method](ann, 10, place)
      pages.push(entries.map(({ pos }) => pos))
      if (next === undefined) return pages
      place = next
    }
  }

  describe('a transcript', () => {
    test('leaves out what only a platform’s adapter reads, and tells what was erased', async () => {
      const { log } = fixture().store
      await log.append([
        entry(`turn:${ann}`, '{"blocks":[]}', { at: 1 }),
        entry(`turn:${ann}`, 'Sorry', { at: 2, kind: 'notice' }),
        entry(`turn:${ann}`, '', { at: 3, keys: ['erased'] }),
      ])
      const { entries } = await admin().transcript(ann, 4)
      expect(entries.map(({ payload }) => payload)).toEqual(['{}', 'Sorry', ''])
      expect((await admin().repairs.waiting(1))[0]?.payload).toBe('{}')
    })

    test('has both sides in order, page by page', async () => {
      for (let number = 1; number <= 5; number += 1) {
        await write(`turn:${ann}`, `guest ${number}`, number * 10)
        await write(`reply:${ann}`, `hotel ${number}`, number * 10 + 5)
      }
      const last = await admin().transcript(ann, 4)
      expect(toPlaces(last.entries)).toEqual(['turn 4', 'reply 4', 'turn 5', 'reply 5'])
      const older = await admin().transcript(ann, 4, last.next)
      expect(toPlaces(older.entries)).toEqual(['turn 2', 'reply 2', 'turn 3', 'reply 3'])
      const oldest = await admin().transcript(ann, 4, older.next)
      expect(toPlaces(oldest.entries)).toEqual(['turn 1', 'reply 1'])
      expect(oldest.next).toBeUndefined()
    })

    test('is read from its beginning, too, page by page', async () => {
      for (let number = 1; number <= 3; number += 1) {
        await write(`turn:${ann}`, `guest ${number}`, number * 10)
        await write(`reply:${ann}`, `hotel ${number}`, number * 10)
      }
      const first = await admin().transcriptOn(ann, 4)
      expect(toPlaces(first.entries)).toEqual(['turn 1', 'reply 1', 'turn 2', 'reply 2'])
      expect(toPlaces((await admin().transcript(ann, 2, first.next)).entries)).toEqual(['turn 1', 'reply 1'])
      const rest = await admin().transcriptOn(ann, 4, first.next)
      expect(toPlaces(rest.entries)).toEqual(['turn 3', 'reply 3'])
      expect(rest.next).toBeUndefined()
      expect(await admin().transcriptOn('slack:NOBODY', 4)).toEqual({ entries: [], next: undefined })
    })

    test('gives fewer entries at once where they are large, and always one', async () => {
      const sizes = [100_000, 100_000, 100_000, 400_000, 10]
      for (const [index, size] of sizes.entries()) {
        await write(`turn:${ann}`, `${index}`.padEnd(size, '.'), index)
        await settle(await take(), [delivery(index + 1, { text: 'é'.repeat(size / 2) })], index + 1)
      }
      expect(await readPages('transcriptOn')).toEqual([[1, 2], [3], [4], [5]])
      expect(await readPages('transcript')).toEqual([[5], [4], [2, 3], [1]])
    })

    test('shows what became of each part', async () => {
      await write(`turn:${ann}`, 'a', 1)
      await write(`turn:${ann}`, 'b', 2)
      await settle(await take(), [delivery(1, { text: 'Good evening' })], 1)
      const { entries } = await admin().transcript(ann, 10)
      expect(entries).toMatchObject([
        { done: true, parts: [{ text: 'Good evening', state: 'sent', nativeId: 'native-1' }] },
        { done: false, parts: [] },
      ])
    })
  })
}
