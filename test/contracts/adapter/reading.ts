import { expect, it } from 'vitest'
import { PassingError, type Reading } from '../../../src/port.ts'
import { neverAborted } from '../../fakes/clock.ts'
import { deliver, type AdapterHarness } from './harness.ts'

/** From the recorded event to what the hotel sees. */
export const readingContract = (harness: () => AdapterHarness): void => {
  const lastPayload = (): string => harness().inbox.recorded.at(-1)?.payload ?? ''
  const readLast = (): Promise<Reading> => harness().adapter.read(lastPayload(), neverAborted)
  const recordAndRead = async (text: string): Promise<Reading> => {
    await deliver(harness(), await harness().request(text))
    expect(() => JSON.parse(lastPayload()) as unknown).not.toThrow()
    return readLast()
  }

  it('gives the words, who wrote them, when, and where replies go', async () => {
    const { turns, address } = await recordAndRead('Late arrival, is that fine?')
    expect(turns).toHaveLength(1)
    expect(turns[0]).toMatchObject({
      kind: 'message',
      text: 'Late arrival, is that fine?',
      author: harness().author,
      attachments: [],
    })
    expect(turns[0]?.at).toBeGreaterThan(Date.UTC(2020, 0))
    expect(address).toMatchObject({ v: 1 })
  })

  it('gives an address that still works after it was stored as JSON', async () => {
    const { address } = await recordAndRead('Late arrival?')
    const stored = JSON.parse(JSON.stringify(address)) as NonNullable<typeof address>
    expect(stored).toEqual(address)
    const part = { deliveryId: 'd-address', address: stored, text: 'Yes' }
    expect(await harness().adapter.send(part, neverAborted)).toMatchObject({ outcome: 'sent' })
    expect(harness().platform.posted()).toEqual(['Yes'])
  })

  it('gives text without characters that deceive', async () => {
    const { turns } = await recordAndRead('Late\u202E arrival?\u0007\n\u2066Room 12\u2069')
    expect(turns[0]?.text).toBe('Late arrival?\nRoom 12')
  })

  it('reads the same event to the same turns again', async () => {
    const first = await recordAndRead('Late arrival?')
    const payload = harness().inbox.recorded[0]?.payload ?? ''
    expect(await harness().adapter.read(payload, neverAborted)).toEqual(first)
  })

  it('falls back to ids when nothing can be looked up', async ({ skip }) => {
    const { platform, author } = harness()
    skip(platform.failLookUps === undefined, 'nothing is looked up')
    platform.failLookUps?.()
    // A turn may wait for a minute.
    const { turns, address } = await recordAndRead('Late arrival?').catch(async (error: unknown) => {
      if (!(error instanceof PassingError)) throw error
      await harness().advance(60_000)
      return readLast()
    })
    expect(turns[0]).toMatchObject({ text: 'Late arrival?', author: { id: author.id } })
    expect(turns[0]?.author.name).not.toBe('')
    expect(address).toBeDefined()
  })

  it('throws for a payload that is not an event', async () => {
    await expect(harness().adapter.read('null', neverAborted)).rejects.toThrow(Error)
  })
}
