import { beforeEach, describe, expect, it } from 'vitest'
import { createThrottles } from '../../../../adapters/botframework/send/limits.ts'
import type { Outcome } from '../../../../src/port.ts'
import { attempt } from '../../../../src/relay/to-guest/send-part.ts'
import { type ManualClock, createManualClock, neverAborted } from '../../../fakes/clock.ts'
import { isConnectorRequest } from '../../../fakes/botframework/botframework.ts'
import { addressOf, usePersonalChat } from '../setup.ts'

describe('a conversation in which Teams takes no posts, without saying for how long,', () => {
  const chat = usePersonalChat()

  /** As the core makes an attempt. */
  const send = (to = chat().address): Promise<Outcome> =>
    attempt(
      () => chat().setup.adapter.send({ deliveryId: 'd-1', address: to, text: 'Yes' }, neverAborted),
      { clock: chat().setup.clock, random: () => 0.5 },
      neverAborted,
    )
  const refuse = (times: number): void =>
    chat().setup.fake.server.fail(
      { kind: 'answer', applied: false, answer: { status: 429, body: { error: { code: 'Throttled' } } } },
      { times, match: isConnectorRequest },
    )
  /** How long each refusal is followed by a pause. */
  const pauses = async (times: number): Promise<readonly number[]> => {
    const found: number[] = []
    for (let count = 0; count < times; count += 1) {
      const outcome = await send()
      const afterMs = 'afterMs' in outcome ? (outcome.afterMs ?? 0) : 0
      found.push(afterMs)
      chat().setup.clock.step(afterMs)
    }
    return found
  }

  it('is asked once, and again after pauses that grow up to five minutes', async () => {
    refuse(10)
    expect(await pauses(10)).toEqual(
      [2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1000),
    )
    expect(chat().setup.fake.attempts()).toBe(10)
  })

  it('gets nothing in between, typing neither, and others are not held up', async () => {
    refuse(1)
    await send()
    chat().setup.clock.step(500)
    expect(await send()).toMatchObject({ outcome: 'retry', afterMs: 1500 })
    await chat().setup.adapter.acknowledge?.(
      { address: chat().address, reference: '1', state: 'recorded' },
      neverAborted,
    )
    expect(chat().setup.fake.attempts()).toBe(1)
    expect(await send(await addressOf(chat().setup, 'group'))).toMatchObject({ outcome: 'sent' })
  })

  it('begins with a short pause again once something was taken', async () => {
    refuse(3)
    await pauses(3)
    expect(await send()).toMatchObject({ outcome: 'sent' })
    refuse(1)
    expect(await pauses(1)).toEqual([2000])
  })
})

describe('throttles', () => {
  let clock: ManualClock
  beforeEach(() => {
    clock = createManualClock()
  })

  it('take refusals at one time for one', () => {
    const throttles = createThrottles(clock)
    expect(throttles.refused('a')).toBe(2000)
    clock.step(500)
    expect(throttles.refused('a')).toBe(1500)
  })

  it('forget what was long ago, and the oldest of too many', () => {
    const throttles = createThrottles(clock, 2)
    throttles.refused('a')
    clock.step(3_600_001)
    expect(throttles.refused('a')).toBe(2000)
    for (const other of ['b', 'c']) throttles.refused(other)
    expect(throttles.wait('a')).toBe(0)
  })
})
