import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { day, second } from '../../fakes/clock.ts'
import { type CreateTestDatabase, delivery, useStore } from './harness.ts'
import { createWriter } from './lanes/writer.ts'

const ann = 'slack:D0ANN'
const bob = 'teams:19:bob'
const placeOf = (conversation: string) => ({
  thread: `thread of ${conversation}`,
  conversation,
  property: 'hotel',
})

/** Threads in which the staff are to be told whose stay it is, on any database. */
export const describeStays = (create: CreateTestDatabase): void => {
  const fixture = useStore(create)
  const admin = () => (fixture().store as OpenStore).admin
  const { write, take, settle } = createWriter(fixture)
  const untold = () => fixture().store.waits.untoldStays('hotel', 10)

  describe('a thread in which it is to be told whose stay it is', () => {
    const note = { lane: `turn:${ann}`, group: 'turn:hotel', kind: 'notice', at: 5 } as const
    const ask = async (conversation = ann, at = 10, payload = 'first', asksStay = true): Promise<void> => {
      const thread = `thread of ${conversation}`
      await write(`turn:${conversation}`, payload, at)
      const run = await take()
      const pos = run.entries.at(-1)?.pos ?? 0
      await fixture().store.log.settle({
        lane: run.lane,
        token: run.token,
        deliveries: [
          delivery(pos, { target: thread, awaitsReply: true, nativeId: `${conversation}-${pos}` }),
        ],
        waits: [{ ...placeOf(conversation), reachedAt: [at * second], asksStay }],
        doneThrough: pos,
        nextStep: { next: 'release' },
      })
    }

    test('is there once, with the event of its first message, until it was told', async () => {
      await ask()
      await ask(ann, 20, 'second')
      const at = 20 * second
      expect(await untold()).toEqual([
        { thread: `thread of ${ann}`, conversation: ann, at, payload: 'first' },
      ])
      expect(await fixture().store.waits.untoldStays('mill', 10)).toEqual([])
      const line = { ...note, keys: ['stay'], payload: 'line' }
      const told = await Promise.all(
        [1, 2].map(() => fixture().store.waits.stayTold(`thread of ${ann}`, [line])),
      )
      expect(told.filter(Boolean)).toHaveLength(1)
      expect((await take()).entries.map(({ payload }) => payload)).toEqual(['line'])
      expect(await untold()).toEqual([])
      expect(await fixture().store.waits.of(`thread of ${ann}`)).toMatchObject({ since: 10_000 })
    })

    test('is none where the thread is known already, nobody wants it, or it was done without a line', async () => {
      await ask(ann, 10, 'unwanted', false)
      await ask(ann, 20)
      expect(await untold()).toEqual([])
      await ask(bob)
      expect(await fixture().store.waits.stayTold(`thread of ${bob}`, [])).toBe(true)
      expect(await untold()).toEqual([])
    })

    test('is told of nobody who was erased meanwhile', async () => {
      await ask()
      await admin().erasure.erase(ann)
      expect(await untold()).toEqual([])
      const line = { ...note, keys: ['stay'], payload: 'Ines' }
      expect(await fixture().store.waits.stayTold(`thread of ${ann}`, [line])).toBe(false)
      expect(await fixture().store.log.recorded(['stay'])).toEqual(new Map())
    })

    test('goes by age, as does what was told in it', async () => {
      await ask()
      const line = { ...note, keys: ['stay'], payload: 'Ines' }
      await fixture().store.waits.stayTold(`thread of ${ann}`, [line])
      const run = await take()
      const pos = run.entries[0]?.pos ?? 0
      await settle(run, [delivery(pos, { text: 'Ines' })], pos)
      while ((await admin().erasure.eraseOlder(day, 100)) > 0);
      const { entries } = await admin().transcript(ann, 10)
      expect(JSON.stringify(entries)).not.toContain('Ines')
      expect(await fixture().store.waits.of(`thread of ${ann}`)).toBeUndefined()
    })
  })
}
