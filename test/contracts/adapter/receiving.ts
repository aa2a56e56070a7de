import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { isSuccess } from '../../fakes/server.ts'
import { deliver, type AdapterHarness } from './harness.ts'

/** Authenticate, record, acknowledge. */
export const receivingContract = (harness: () => AdapterHarness): void => {
  it('records a guest’s message once, then acknowledges it', async () => {
    const { adapter, inbox } = harness()
    const response = await deliver(harness(), await harness().request('Late arrival?'))

    expect(isSuccess(response.status)).toBe(true)
    expect(inbox.accepted).toHaveLength(1)
    expect(inbox.recorded).toHaveLength(1)
    const [arrival] = inbox.recorded
    expect(arrival?.keys.length).toBeGreaterThan(0)
    expect(arrival?.keys.every((key) => key !== '' && !key.includes('undefined'))).toBe(true)
    expect(arrival?.conversation.length).toBeLessThanOrEqual(512)
    expect(adapter.name).toMatch(/^[a-z]+$/)
  })

  it('recognises the same message when it is delivered again', async () => {
    const first = await harness().request('Late arrival?')
    await deliver(harness(), first)
    const again = await deliver(harness(), await harness().redelivered(first))

    expect(isSuccess(again.status)).toBe(true)
    expect(harness().inbox.recorded).toHaveLength(1)
  })

  it('takes two messages with the same words for two messages', async () => {
    await deliver(harness(), await harness().request('Hello?'))
    await deliver(harness(), await harness().request('Hello?'))
    await deliver(harness(), await harness().request('Hello?', 'second'))
    expect(harness().inbox.recorded).toHaveLength(3)
  })

  it('gives one conversation one id, and another conversation another', async () => {
    await deliver(harness(), await harness().request('one'))
    await deliver(harness(), await harness().request('two'))
    await deliver(harness(), await harness().request('three', 'second'))
    const [one, two, three] = harness().inbox.recorded.map(({ conversation }) => conversation)
    expect(one).toBe(two)
    expect(three).not.toBe(one)
  })

  it('answers 503 when the message could not be recorded, so that it is sent again', async () => {
    const request = await harness().request('Late arrival?')
    harness().inbox.breakDown()
    expect((await deliver(harness(), request)).status).toBe(503)
  })

  it('refuses forged requests with 401 and no detail, and records nothing', async () => {
    const forged = await harness().forged(await harness().request('Late arrival?'))
    const response = await deliver(harness(), forged)
    expect(response.status).toBe(401)
    expect((response.body ?? '').length).toBeLessThan(64)
    expect(harness().inbox.accepted).toHaveLength(0)
  })

  it('refuses requests that are replayed later with 401', async ({ skip }) => {
    skip(harness().stale === undefined, 'the platform’s scheme has no time')
    const replayed = await harness().stale?.(await harness().request('Late arrival?'))
    const response = await deliver(harness(), replayed)
    expect(response.status).toBe(401)
    expect(harness().inbox.accepted).toHaveLength(0)
  })

  it('acknowledges its own messages and records nothing', async ({ skip }) => {
    skip(harness().echo === undefined, 'the platform does not send the bot’s own messages')
    const response = await deliver(harness(), await harness().echo?.())
    expect(isSuccess(response.status)).toBe(true)
    expect(harness().inbox.recorded).toHaveLength(0)
  })

  it('acknowledges events it does not know and records nothing', async () => {
    const response = await deliver(harness(), await harness().unknownEvent())
    expect(isSuccess(response.status)).toBe(true)
    expect(harness().inbox.recorded).toHaveLength(0)
  })

  it.each(['', '{', 'null', '[]', '[{}]', '"text"', '7'])('refuses the malformed body %j', async (body) => {
    const response = await deliver(harness(), await harness().signed(body))
    expect(response.status).toBe(harness().malformedStatus ?? 400)
    expect(harness().inbox.accepted).toHaveLength(0)
  })

  it('never fails at authenticated JSON of any shape', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (body) => {
        const response = await deliver(harness(), await harness().signed(JSON.stringify(body)))
        expect(response.status).toBeLessThan(500)
      }),
      { numRuns: 30 },
    )
  })

  it('answers unauthenticated garbage with 401', async () => {
    const template = await harness().forged(await harness().request('Late arrival?'))
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.string(), async (bytes, query) => {
        const response = await deliver(harness(), { ...template, query, body: Buffer.from(bytes) })
        expect(response.status).toBe(401)
        const bare = await deliver(harness(), { ...template, headers: {}, query, body: Buffer.from(bytes) })
        expect(bare.status).toBe(401)
      }),
      { numRuns: 30 },
    )
    expect(harness().inbox.accepted).toHaveLength(0)
  })

  it('stops polling soon after it is told to', async ({ skip }) => {
    const { adapter } = harness()
    skip(adapter.listen === undefined, 'the platform is not polled')
    const controller = new AbortController()
    const listening = adapter.listen?.(controller.signal)
    controller.abort()
    await expect(listening).resolves.toBeUndefined()
    await expect(adapter.listen?.(AbortSignal.abort())).resolves.toBeUndefined()
  })
}
