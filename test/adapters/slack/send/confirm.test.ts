import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Confirmation } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { callsMethod } from '../../../fakes/slack/slack.ts'
import { createSetup, startOfTest, toPart, type Setup } from '../setup.ts'

const thread = '1793640100.000100'
const part = toPart('Until ten.', thread)
const flat = toPart('Until ten.')

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
  setup.slack.room.add('C0LOBBY', { type: 'message', ts: thread, user: 'U0INES', text: 'Is the pool open?' })
})
afterEach(() => setup.slack.close())

const confirm = (which = part): Promise<Confirmation | undefined> =>
  setup.adapter.confirm?.(which, startOfTest, neverAborted) ?? Promise.resolve(undefined)
const lookUps = (): readonly URLSearchParams[] =>
  setup.slack.server.requests
    .filter(({ path }) => path.startsWith('/api/conversations.'))
    .map(({ body }) => new URLSearchParams(body))

/** The part is posted, but nobody is told. */
const sendUnheard = async (which = part): Promise<void> => {
  setup.slack.server.fail({ applied: true, kind: 'reset' }, { match: callsMethod('chat.postMessage') })
  expect(await setup.adapter.send(which, neverAborted)).toMatchObject({ outcome: 'unknown' })
}

describe('confirm', () => {
  it('is told by our own message event, without a request', async () => {
    const { slack, route } = setup
    await sendUnheard()
    await slack.deliver(route)
    expect(await confirm()).toEqual({ outcome: 'sent', id: slack.room.all('C0LOBBY')[1]?.ts })
    expect(lookUps()).toHaveLength(0)
  })

  it('waits fifteen seconds for that event before it asks', async () => {
    await sendUnheard()
    setup.clock.step(5000)
    expect(await confirm()).toMatchObject({ outcome: 'cannot tell', afterMs: 10_000 })
    expect(lookUps()).toHaveLength(0)
  })

  it('waits as long again after another attempt', async () => {
    setup.clock.step(15_000)
    await sendUnheard()
    expect(await confirm()).toMatchObject({ outcome: 'cannot tell', afterMs: 15_000 })
  })

  it.each([
    ['the thread', part, 'conversations.replies'],
    ['the direct message', flat, 'conversations.history'],
  ])('then reads %s once', async (_, which, method) => {
    await setup.adapter.clock?.learn(neverAborted)
    await sendUnheard(which)
    setup.clock.step(15_000)
    expect(await confirm(which)).toMatchObject({ outcome: 'sent' })
    expect(setup.slack.server.requests.filter(callsMethod(method))).toHaveLength(1)
    const [query] = lookUps()
    expect(query?.get('limit')).toBe('15')
    expect(query?.get('include_all_metadata')).toBe('true')
    expect(query?.get('oldest')).toBe(((startOfTest - 60_000) / 1000).toFixed(6))
  })

  it('says that a part is absent when it was read and is not there', async () => {
    await setup.adapter.send({ ...part, deliveryId: 'another' }, neverAborted)
    setup.clock.step(15_000)
    expect(await confirm()).toEqual({ outcome: 'absent' })
  })

  it('reads once a minute in a workspace', async () => {
    setup.clock.step(15_000)
    expect(await confirm()).toEqual({ outcome: 'absent' })
    setup.clock.step(20_000)
    // Sooner than it may be read again, because our own event may come.
    expect(await confirm()).toMatchObject({ outcome: 'cannot tell', afterMs: 10_000 })
    expect(await confirm(flat)).toEqual({ outcome: 'absent' })
    setup.clock.step(40_000)
    expect(await confirm()).toEqual({ outcome: 'absent' })
    expect(lookUps()).toHaveLength(3)
  })

  it('learns of other parts from the same page', async () => {
    const other = { ...part, deliveryId: 'another' }
    await sendUnheard()
    setup.clock.step(1000)
    await sendUnheard(other)
    setup.clock.step(15_000)
    expect(await confirm()).toMatchObject({ outcome: 'sent' })
    expect(await confirm(other)).toMatchObject({ outcome: 'sent' })
    expect(lookUps()).toHaveLength(1)
  })

  it('reads page after page, a minute apart', async () => {
    const { slack, clock } = setup
    const chatter = Array.from({ length: 20 }, () => toPart('chatter', thread))
    for (const one of chatter) {
      await setup.adapter.send({ ...one, deliveryId: 'chatter' }, neverAborted)
      clock.step(1000)
    }
    await sendUnheard()
    clock.step(15_000)
    expect(await confirm()).toMatchObject({ outcome: 'cannot tell', afterMs: 60_000 })
    clock.step(60_000)
    expect(await confirm()).toMatchObject({ outcome: 'sent' })
    expect(slack.posted('C0LOBBY', thread)).toHaveLength(21)
  })

  it('begins again when Slack forgot the page', async () => {
    const { slack, clock } = setup
    for (let count = 0; count < 16; count += 1) {
      await setup.adapter.send({ ...part, deliveryId: 'chatter' }, neverAborted)
      clock.step(1000)
    }
    clock.step(15_000)
    await confirm()
    slack.refuse('conversations.replies', 'invalid_cursor')
    clock.step(60_000)
    expect(await confirm()).toMatchObject({ outcome: 'cannot tell', afterMs: 60_000 })
    clock.step(60_000)
    await confirm()
    expect(lookUps().map((query) => query.get('cursor'))).toEqual([null, '15', null])
  })

  it.each([{ ok: true }, { ok: true, messages: null }, { ok: true, messages: [], has_more: true }])(
    'does not take %j for proof that nothing is there',
    async (body) => {
      setup.slack.server.fail({ applied: false, kind: 'answer', answer: { status: 200, body } })
      setup.clock.step(15_000)
      expect(await confirm()).toMatchObject({ outcome: 'cannot tell', afterMs: 60_000 })
    },
  )

  it.each([
    ['conversations.replies', 'missing_scope', undefined],
    ['conversations.replies', 'internal_error', 60_000],
  ])('when %s answers %s, tells when to ask again: %s', async (method, code, afterMs) => {
    setup.slack.refuse(method, code)
    setup.clock.step(15_000)
    const answer = await confirm()
    expect(answer).toMatchObject({ outcome: 'cannot tell', reason: expect.stringContaining(code) })
    expect(answer !== undefined && 'afterMs' in answer ? answer.afterMs : undefined).toBe(afterMs)
  })

  it.each([
    [7, 60_000],
    [300, 300_000],
  ])('when told to wait %d s, waits %d ms', async (retryAfter, afterMs) => {
    setup.slack.limit('conversations.replies', { retryAfter })
    setup.clock.step(15_000)
    expect(await confirm()).toMatchObject({ outcome: 'cannot tell', afterMs })
  })

  it('can never tell for an address it cannot read', async () => {
    expect(await confirm({ ...part, address: {} })).toEqual({
      outcome: 'cannot tell',
      reason: 'Slack: the stored address cannot be read',
    })
  })

  it('stops when it is told to', async () => {
    setup.slack.server.fail({ applied: false, kind: 'hang' })
    setup.clock.step(15_000)
    const controller = new AbortController()
    const asked = setup.adapter.confirm?.(part, startOfTest, controller.signal)
    await expect.poll(() => lookUps().length).toBe(1)
    controller.abort()
    expect(await asked).toEqual({ outcome: 'cannot tell', reason: 'Slack: AbortError', afterMs: 60_000 })
  })

  it('asks nothing once it is told to stop', async () => {
    setup.clock.step(15_000)
    const answer = await setup.adapter.confirm?.(part, startOfTest, AbortSignal.abort())
    expect(answer).toMatchObject({ outcome: 'cannot tell', afterMs: 60_000 })
    expect(lookUps()).toHaveLength(0)
  })
})
