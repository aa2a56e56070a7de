import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../../../src/store/open-store.ts'
import type { WaitChange } from '../../../src/store/lanes/types.ts'
import { type CreateTestDatabase, delivery, useStore } from './harness.ts'
import { createWriter } from './lanes/writer.ts'

const ann = 'slack:D0ANN'
const bob = 'teams:19:bob'
const second = 1_000
const placeOf = (conversation: string, thread = `thread of ${conversation}`) => ({
  thread,
  conversation,
  property: 'hotel',
})

const reached = (conversation: string, ...at: readonly number[]): WaitChange => ({
  ...placeOf(conversation),
  reachedAt: at.map((seconds) => seconds * second),
})
const answered = (conversation: string, at: number): WaitChange => ({
  ...placeOf(conversation),
  answeredAt: at * second,
})
/** Who waits for the staff, on any database. */
export const describeWaits = (create: CreateTestDatabase): void => {
  const fixture = useStore(create)
  const admin = () => (fixture().store as OpenStore).admin
  const { write, take, settle } = createWriter(fixture)

  let written = 0
  /** A settlement that brings these changes along. */
  const change = async (...waits: readonly WaitChange[]): Promise<boolean> => {
    written += 1
    const conversation = waits[0]?.conversation ?? ann
    await write(`turn:${conversation}`, `message ${written}`, written)
    const { lane, token } = await take()
    return fixture().store.log.settle({
      lane,
      token,
      waits,
      doneThrough: written,
      nextStep: { next: 'release' },
    })
  }
  const waits = async (property = 'hotel') =>
    (await fixture().store.waits.running({ property, limit: 100 })).map(
      ({ conversation, since, latest }) => `${conversation} ${since / second} ${latest / second}`,
    )

  /** Each settlement has a lane of its own, so that positions begin at 1. */
  const fresh = (): void => {
    written = 0
  }

  describe('a wait', () => {
    test('begins with the first message that reached Mews, and goes on with those after it', async () => {
      fresh()
      await change(reached(ann, 10, 12))
      await change(reached(ann, 30))
      expect(await waits()).toEqual([`${ann} 10 30`])
      expect(await fixture().store.waits.of(`thread of ${ann}`)).toEqual({ since: 10_000, isReplied: false })
      expect(await fixture().store.waits.of('another')).toBeUndefined()
    })

    test('ends with a reply, and begins anew with what reached Mews after that was written', async () => {
      fresh()
      await change(reached(ann, 10, 20, 30))
      await change(answered(ann, 20))
      expect(await waits()).toEqual([`${ann} 30 30`])
      expect(await fixture().store.waits.of(`thread of ${ann}`)).toEqual({ since: 30_000, isReplied: true })
      await change(answered(ann, 30))
      expect(await waits()).toEqual([])
      expect(await fixture().store.waits.of(`thread of ${ann}`)).toEqual({ since: null, isReplied: true })
    })

    test('does not begin with a message that is answered before it is recorded', async () => {
      fresh()
      await change(answered(ann, 20))
      await change({ ...placeOf(ann), reachedAt: [19_000, 20_400] })
      expect(await waits()).toEqual([])
      await change(reached(ann, 21))
      expect(await waits()).toEqual([`${ann} 21 21`])
    })

    test('ends in every thread of the conversation at that property, by a reply in one of them', async () => {
      fresh()
      await change({ ...placeOf(ann, 'old'), reachedAt: [1_000] })
      await change({ ...placeOf(ann, 'elsewhere'), property: 'mill', reachedAt: [2_000] })
      await change({ ...placeOf(ann, 'new'), reachedAt: [3_000] })
      await change({ ...placeOf(ann, 'new'), answeredAt: 5_000 })
      expect(await waits()).toEqual([])
      expect(await waits('mill')).toEqual([`${ann} 2 2`])
      expect(await fixture().store.waits.of('old')).toEqual({ since: null, isReplied: false })
    })

    test('ends with the resolution of its own thread, and not of another one', async () => {
      fresh()
      await change(
        { ...placeOf(ann, 'old'), reachedAt: [1_000] },
        { ...placeOf(ann, 'new'), reachedAt: [3_000] },
      )
      await fixture().store.waits.resolved([{ ...placeOf(ann, 'old'), resolvedAt: 9_000 }])
      expect(await waits()).toEqual([`${ann} 3 3`])
    })

    test('is not touched by a settlement whose token is no longer the lane’s', async () => {
      fresh()
      await write(`turn:${ann}`, 'a', 1)
      const { lane, token } = await take()
      const nextStep = { next: 'release' } as const
      const late = { lane, token: token - 1, waits: [reached(ann, 1)], nextStep }
      expect(await fixture().store.log.settle(late)).toBe(false)
      expect(await waits()).toEqual([])
    })

    test('remembers a hundred times, the newest among them', async () => {
      fresh()
      await change(reached(ann, ...Array.from({ length: 500 }, (_, at) => at + 1)))
      expect(await waits()).toEqual([`${ann} 1 500`])
      await change(answered(ann, 499))
      expect(await waits()).toEqual([`${ann} 500 500`])
    })

    test('survives settlements of both sides that come at the same time', async () => {
      const names = Array.from({ length: 40 }, (_, index) => `slack:D${index}`)
      for (const name of names) {
        await write(`turn:${name}`, 'a', 1)
        await write(`reply:${name}`, 'b', 1)
      }
      const { log } = fixture().store
      const turns = await log.claim({ group: 'turn:hotel', limit: 100, leaseMs: second })
      const replies = await log.claim({ group: 'reply:p', limit: 100, leaseMs: second })
      const settleWith = (lane: string, token: number, change_: WaitChange) =>
        log.settle({ lane, token, waits: [change_], doneThrough: 1, nextStep: { next: 'release' } })
      await Promise.all([
        ...turns.map(({ lane, token }) => settleWith(lane, token, reached(lane.slice(5), 10, 30))),
        ...replies
          .toReversed()
          .map(({ lane, token }) => settleWith(lane, token, answered(lane.slice(6), 20))),
      ])
      expect(await waits()).toEqual(names.toSorted().map((name) => `${name} 30 30`))
    })

    test('carries the record of its alarm until it ends, and one process alone writes that', async () => {
      fresh()
      const { store } = fixture()
      await change(reached(ann, 10))
      const [wait] = await store.waits.running({ property: 'hotel', limit: 1 })
      if (wait === undefined) throw new Error('nobody waits')
      expect(wait).toMatchObject({ step: 0, alarm: '' })
      const noted = await Promise.all([1, 2].map((who) => store.waits.alarmed(wait, 10, `alarm ${who}`)))
      expect(noted.filter(Boolean)).toHaveLength(1)
      const query = { property: 'hotel', limit: 1, unless: 10 }
      const [begun] = await store.waits.running(query)
      expect(begun).toMatchObject({ step: 10, alarm: expect.stringMatching(/^alarm/) })
      expect(await store.waits.alarmed({ ...wait, step: 10, alarm: begun?.alarm ?? '' }, 10, '')).toBe(true)
      expect(await store.waits.running(query)).toEqual([])
      expect(await store.waits.running({ ...query, unless: 30 })).toHaveLength(1)
      expect(await store.waits.running({ ...query, unless: 30, before: 9_999 })).toEqual([])
      await change(answered(ann, 20), reached(ann, 40))
      const [next] = await store.waits.running(query)
      expect(next).toMatchObject({ since: 40_000, step: 0, alarm: '' })
      expect(await store.waits.alarmed({ ...wait, step: 10, alarm: '' }, 30, 'late')).toBe(false)
    })
  })

  describe('those who wait', () => {
    test('are listed and counted, the longest first, page by page', async () => {
      fresh()
      await change(reached(bob, 10))
      fresh()
      await change(reached(ann, 20))
      await admin().conversations.refresh()
      const query = { mark: 'unreplied', limit: 1 } as const
      const [first] = await admin().conversations.list(query)
      expect(first).toMatchObject({ id: bob, waitsSince: 10_000 })
      const after = { at: first?.waitsSince ?? 0, id: bob }
      expect((await admin().conversations.list({ ...query, after })).map(({ id }) => id)).toEqual([ann])
      expect(await admin().conversations.list({ ...query, platform: 'channex' })).toEqual([])
      expect(await admin().conversations.list({ ...query, property: 'mill' })).toEqual([])
      expect(await admin().conversations.list({ ...query, property: 'hotel', search: 'd0ann' })).toHaveLength(
        1,
      )
      expect(await admin().figures.unreplied()).toEqual([
        { property: 'hotel', conversations: 2, oldestAt: 10_000 },
      ])
      await change(answered(ann, 30))
      expect(await admin().conversations.find(ann)).toMatchObject({ waitsSince: null })
    })

    test('are forgotten with the conversation, and by age', async () => {
      fresh()
      await change(reached(ann, 10))
      fresh()
      await change(reached(bob, 20))
      await admin().erasure.erase(ann)
      expect(await waits()).toEqual([`${bob} 20 20`])
      expect(await fixture().store.waits.of(`thread of ${ann}`)).toBeUndefined()
      while ((await admin().erasure.eraseOlder(20_000, 100)) > 0);
      expect(await waits()).toEqual([`${bob} 20 20`])
      while ((await admin().erasure.eraseOlder(20_001, 100)) > 0);
      expect(await waits()).toEqual([])
    })

    test('are forgotten with one guest, unless another one has said something there', async () => {
      for (const other of [false, true]) {
        const conversation = other ? bob : ann
        await write(`turn:${conversation}`, 'a', 1)
        await write(`turn:${conversation}`, 'b', 2)
        const run = await take()
        const said = { awaitsReply: true, text: 'Hello' }
        await settle(
          run,
          [
            delivery(1, { ...said, author: 'Persephone' }),
            delivery(2, { ...said, awaitsReply: other, author: 'Theo' }),
          ],
          2,
        )
        fresh()
        written = 2
        await change(reached(conversation, 10))
        await admin().erasure.eraseGuest(conversation, 'Persephone')
      }
      expect(await waits()).toEqual([`${bob} 10 10`])
    })

    test('an operator who brought a reply to the guest ends the wait', async () => {
      fresh()
      await change(reached(ann, 10))
      await write(`reply:${ann}`, 'r', 1)
      const follows = { notices: [], waits: [answered(ann, 20)] }
      expect(await admin().repairs.markDelivered(`reply:${ann}`, 1, 'seen', follows)).toBe('done')
      expect(await waits()).toEqual([])
    })
  })
}
