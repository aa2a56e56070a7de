import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Confirmation, Outcome, Part } from '../../../src/port.ts'
import { neverAborted } from '../../fakes/clock.ts'
import type { AdapterHarness, SendFault } from './harness.ts'

const realTick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

/** Waits for a promise while the injected clock goes on, a second at a time. */
const whileTimePasses = async <T>(harness: AdapterHarness, promise: Promise<T>): Promise<T> => {
  const settled = promise.then(() => true)
  const pending = realTick().then(() => false)
  if (await Promise.race([settled, pending])) return promise
  await harness.advance(1000)
  return whileTimePasses(harness, promise)
}

const solid = (text: string): string => text.replaceAll(/\s/gu, '')

const partOf = (harness: AdapterHarness, text = 'Yes, until 02:00.', deliveryId = 'd-one'): Part => ({
  deliveryId,
  address: harness.address(),
  text,
})

const sendWith = async (harness: AdapterHarness, fault: SendFault): Promise<Outcome> => {
  await harness.platform.failSend(fault)
  return whileTimePasses(harness, harness.adapter.send(partOf(harness), neverAborted))
}

/** One attempt, one request, and an outcome that does not promise more than is known. */
export const sendingContract = (harness: () => AdapterHarness): void => {
  it('posts a part and gives the platform’s id', async () => {
    const outcome = await harness().adapter.send(partOf(harness()), neverAborted)
    expect(outcome).toMatchObject({ outcome: 'sent', id: expect.stringMatching(/./) })
    expect(harness().platform.posted()).toEqual(['Yes, until 02:00.'])
    expect(harness().platform.attempts()).toBe(1)
  })

  it('posts all words of a question, whatever can be pressed with it', async () => {
    const choices = [
      { id: 'h-one', label: 'Grand Hotel' },
      { id: 'h-two', label: 'Old Mill' },
    ]
    const text = 'Which hotel?\n1. Grand Hotel\n2. Old Mill'
    const outcome = await harness().adapter.send({ ...partOf(harness(), text), choices }, neverAborted)
    expect(outcome).toMatchObject({ outcome: 'sent' })
    expect(harness().platform.posted()).toEqual([text])
    expect(harness().platform.attempts()).toBe(1)
  })

  it('lets the platform’s markup arrive as literal text', async () => {
    const { adapter, hostile, platform } = harness()
    for (const { text } of hostile) await adapter.send(partOf(harness(), text), neverAborted)
    expect(hostile.length).toBeGreaterThan(0)
    expect(platform.posted()).toEqual(hostile.map(({ arrives }) => arrives))
  })

  it('waits as long as the platform asks when it sends too fast', async () => {
    expect(await sendWith(harness(), 'limited')).toMatchObject({ outcome: 'retry', afterMs: 7000 })
    expect(harness().platform.attempts()).toBe(1)
  })

  it('gives up what the platform refuses for good, and says why without the words', async () => {
    const outcome = await sendWith(harness(), 'refused for good')
    expect(outcome).toMatchObject({ outcome: 'rejected', reason: expect.stringMatching(/./) })
    expect(JSON.stringify(outcome)).not.toContain('until 02:00')
    expect(harness().platform.attempts()).toBe(1)
  })

  it('knows that nothing was sent when nobody listens', async () => {
    expect(await sendWith(harness(), 'refused connection')).toMatchObject({ outcome: 'retry' })
    expect(harness().platform.attempts()).toBe(0)
  })

  const unknowable: readonly SendFault[] = [
    'reset before applying',
    'reset after applying',
    'server error after applying',
    'html after applying',
    'hang',
  ]
  it.each(unknowable)('does not know the outcome after “%s”, and does not repeat it', async (fault) => {
    expect(await sendWith(harness(), fault)).toMatchObject({ outcome: 'unknown' })
    expect(harness().platform.attempts()).toBe(1)
  })

  it('ends soon after it is told to, and does not know the outcome', async () => {
    const { adapter, platform } = harness()
    await platform.failSend('hang')
    const controller = new AbortController()
    const sending = adapter.send(partOf(harness()), controller.signal)
    await expect.poll(() => platform.attempts()).toBe(1)
    controller.abort()
    expect(await sending).toMatchObject({ outcome: 'unknown' })
  })

  it('sends nothing once it is told to stop', async () => {
    const outcome = await harness().adapter.send(partOf(harness()), AbortSignal.abort())
    expect(['retry', 'unknown']).toContain(outcome.outcome)
    expect(harness().platform.posted()).toEqual([])
  })

  it('rejects an address it cannot read, without a request', async () => {
    const part = { ...partOf(harness()), address: { v: 99 } }
    expect(await harness().adapter.send(part, neverAborted)).toMatchObject({ outcome: 'rejected' })
    expect(harness().platform.attempts()).toBe(0)
  })

  it('splits long text into parts within the limit and loses nothing but white space', () => {
    const { adapter, limit } = harness()
    const piece = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(piece, fc.integer({ min: 0, max: 3 * limit }), (words, length) => {
        const text = words.repeat(Math.ceil(length / words.length))
        const parts = adapter.split(text)
        expect(parts.length).toBeGreaterThan(0)
        expect(parts.every((part) => part.length <= limit && part.isWellFormed())).toBe(true)
        expect(solid(parts.join(''))).toBe(solid(text))
        expect(parts.length === 1 || parts.every((part) => solid(part) !== '')).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  it('keeps short text in one part', () => {
    expect(harness().adapter.split('Yes.\n\nUntil 02:00.')).toEqual(['Yes.\n\nUntil 02:00.'])
  })
}

/** Asks until the platform’s answer does not change by waiting. */
const confirmed = async (harness: AdapterHarness, part: Part, since: number): Promise<Confirmation> => {
  for (let tries = 0; tries < 20; tries += 1) {
    const answer = (await harness.adapter.confirm?.(part, since, neverAborted)) ?? {
      outcome: 'cannot tell' as const,
      reason: 'the platform cannot be asked',
    }
    if (answer.outcome !== 'cannot tell' || answer.afterMs === undefined) return answer
    await harness.advance(answer.afterMs)
  }
  throw new Error('The adapter asked to wait twenty times.')
}

/** What became of a part whose outcome is unknown. */
export const confirmingContract = (harness: () => AdapterHarness): void => {
  it('finds a part that was posted although the connection broke', async () => {
    const since = harness().now()
    await sendWith(harness(), 'reset after applying')
    const answer = await confirmed(harness(), partOf(harness()), since)
    expect(answer.outcome).toBe(harness().confirms ? 'sent' : 'cannot tell')
    expect('id' in answer && answer.id !== '').toBe(harness().confirms)
  })

  it('knows that a part was not posted', async ({ skip }) => {
    skip(!harness().confirms, 'the platform cannot be asked')
    const since = harness().now()
    await sendWith(harness(), 'reset before applying')
    expect(await confirmed(harness(), partOf(harness()), since)).toEqual({ outcome: 'absent' })
  })

  it('does not take an earlier reply with the same words for the part', async ({ skip }) => {
    skip(!harness().confirms, 'the platform cannot be asked')
    await harness().adapter.send(partOf(harness(), 'Yes, until 02:00.', 'd-earlier'), neverAborted)
    await harness().advance(3_600_000)
    const since = harness().now()
    await sendWith(harness(), 'reset before applying')
    expect(await confirmed(harness(), partOf(harness()), since)).toEqual({ outcome: 'absent' })
  })

  it('asks again later when the platform does not answer', async ({ skip }) => {
    const { platform, confirms, adapter } = harness()
    skip(!confirms || platform.failLookUps === undefined, 'the platform cannot be asked')
    const since = harness().now()
    await sendWith(harness(), 'reset after applying')
    platform.failLookUps?.()
    const answer = await adapter.confirm?.(partOf(harness()), since, neverAborted)
    expect(answer).toMatchObject({ outcome: 'cannot tell', afterMs: expect.any(Number) })
  })
}
