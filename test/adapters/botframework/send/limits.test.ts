import { beforeEach, describe, expect, it } from 'vitest'
import { createLimits } from '../../../../adapters/botframework/send/limits.ts'
import type { Outcome } from '../../../../src/port.ts'
import { type ManualClock, createManualClock, neverAborted } from '../../../fakes/clock.ts'
import { usePersonalChat } from '../setup.ts'

let clock: ManualClock
const place = (conversationId: string, tenantId = 't'): { conversationId: string; tenantId: string } => ({
  conversationId,
  tenantId,
})
beforeEach(() => {
  clock = createManualClock()
})

/** Sends as fast as the limits allow for so long, and gives when. */
const sendAll = (forMs: number): readonly number[] => {
  const limits = createLimits(clock)
  const sent: number[] = []
  const until = clock.now() + forMs
  while (clock.now() < until) {
    const waitMs = limits.take(place('a'))
    if (waitMs === 0) sent.push(clock.now())
    clock.step(waitMs)
  }
  return sent
}

describe('the limits of a conversation', () => {
  it.each([
    [7, 1000],
    [8, 2000],
    [60, 30_000],
    [1800, 3_600_000],
  ])('are %i posts in any %i ms, used up', (count, ms) => {
    const sent = sendAll(2 * 3_600_000 + 5000)
    const spans = sent.slice(count).map((at, index) => at - (sent[index] ?? 0))
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(ms)
    expect(Math.min(...spans)).toBeLessThan(ms + 2000)
  })

  it('are its own', () => {
    const limits = createLimits(clock)
    for (let index = 0; index < 7; index += 1) expect(limits.take(place('a'))).toBe(0)
    expect(limits.take(place('a'))).toBe(1000)
    expect(limits.take(place('b'))).toBe(0)
  })
})

it('the limit of a tenant is 50 posts in a second, over all conversations', () => {
  const limits = createLimits(clock)
  for (let index = 0; index < 50; index += 1) expect(limits.take(place(`c${index}`))).toBe(0)
  clock.step(400)
  expect(limits.take(place('another'))).toBe(600)
  expect(limits.take(place('another', 'other-tenant'))).toBe(0)
  clock.step(600)
  expect(limits.take(place('another'))).toBe(0)
})

it('what had to wait counts nothing', () => {
  const limits = createLimits(clock)
  for (let index = 0; index < 7; index += 1) limits.take(place('a'))
  for (let index = 0; index < 100; index += 1) expect(limits.take(place('a'))).toBe(1000)
  clock.step(1000)
  expect(limits.take(place('a'))).toBe(0)
})

it('remembers no more conversations than it was told, the latest ones', () => {
  const limits = createLimits(clock, 2)
  for (let index = 0; index < 7; index += 1) limits.take(place('a', 'ta'))
  limits.take(place('b', 'tb'))
  limits.take(place('c', 'tc'))
  expect(limits.take(place('a', 'ta'))).toBe(0)
})

describe('a reply over the limits', () => {
  const chat = usePersonalChat()
  const send = (): Promise<Outcome> =>
    chat().setup.adapter.send({ deliveryId: 'd-1', address: chat().address, text: 'Yes' }, neverAborted)

  it('waits without a request, and is sent afterwards', async () => {
    const outcomes = await Promise.all(Array.from({ length: 9 }, send))
    expect(outcomes.filter(({ outcome }) => outcome === 'sent')).toHaveLength(7)
    expect(outcomes.at(-1)).toMatchObject({ outcome: 'retry', afterMs: 1000 })
    expect(chat().setup.fake.attempts()).toBe(7)
    chat().setup.clock.step(1000)
    expect(await send()).toMatchObject({ outcome: 'sent' })
    expect(await send()).toMatchObject({ outcome: 'retry', afterMs: 1000 })
  })

  it('counts the typing that was shown', async () => {
    await chat().setup.adapter.acknowledge?.(
      { address: chat().address, reference: '1', state: 'recorded' },
      neverAborted,
    )
    for (let index = 0; index < 6; index += 1) expect(await send()).toMatchObject({ outcome: 'sent' })
    expect(await send()).toMatchObject({ outcome: 'retry' })
    chat().setup.clock.step(1000)
    await send()
    chat().setup.clock.step(0)
    await chat().setup.adapter.acknowledge?.(
      { address: chat().address, reference: '1', state: 'recorded' },
      neverAborted,
    )
    expect(chat().setup.fake.attempts()).toBe(8)
  })
})
