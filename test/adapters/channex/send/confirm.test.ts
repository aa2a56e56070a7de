import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Adapter, Confirmation, Directory, Outcome } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { toRefusal } from '../../../fakes/channex/api.ts'
import { isLookUp, isSend } from '../../../fakes/channex/channex.ts'
import { createSetup, toPart, type Setup } from '../setup.ts'

let setup: Setup
let thread: string
let since: number
beforeEach(async () => {
  setup = await createSetup()
  thread = setup.channex.open()
  since = setup.clock.now()
})
afterEach(() => setup.channex.close())

const send = (deliveryId = 'd-one', text?: string): Promise<Outcome> =>
  setup.adapter.send(toPart(thread, text, deliveryId), neverAborted)

/** Sends, and records what became of it, as the core does. */
const sendKnown = async (text?: string): Promise<void> => {
  const outcome = await send('d-earlier', text)
  if (outcome.outcome === 'sent') setup.sent.add(outcome.id ?? '')
}

/** A send whose answer is lost. */
const sendUnheard = async (applied: boolean, deliveryId = 'd-one'): Promise<void> => {
  setup.channex.server.fail({ applied, kind: 'reset' }, { match: isSend })
  expect(await send(deliveryId)).toMatchObject({ outcome: 'unknown' })
}

const confirm = async (
  deliveryId = 'd-one',
  adapter: Adapter = setup.adapter,
): Promise<Confirmation | undefined> =>
  adapter.confirm?.(toPart(thread, 'Of course.', deliveryId), since, neverAborted)

const idOf = (index: number): string | undefined =>
  setup.channex.book.threads.get(thread)?.messages[index]?.id

describe('confirm', () => {
  it('finds what was sent, and gives its id', async () => {
    await sendUnheard(true)
    setup.channex.say(thread, 'Of course.')
    expect(await confirm()).toEqual({ outcome: 'sent', id: idOf(0) })
  })

  it('knows what was not sent', async () => {
    await sendUnheard(false)
    setup.channex.say(thread, 'Of course.')
    await send('d-other', 'Something else.')
    expect(await confirm()).toEqual({ outcome: 'absent' })
  })

  it('does not take the same words of another part for it', async () => {
    await sendKnown()
    await sendUnheard(false)
    expect(await confirm('d-one', setup.again())).toEqual({ outcome: 'absent' })
  })

  it('does not either after many more, as when a backup was put back in a busy thread', async () => {
    await sendKnown()
    for (let more = 0; more < 120; more += 1) await sendKnown(`More ${more}.`)
    for (let more = 0; more < 300; more += 1) await sendKnown()
    await sendUnheard(false)
    expect(await confirm('d-one', setup.again())).toEqual({ outcome: 'absent' })
  })

  it('finds each of several parts with the same words in their order, so that the last one cannot take an older one', async () => {
    for (let more = 0; more < 3; more += 1) {
      await send(`d-${more}`)
      await setup.clock.advance(90_000)
    }
    for (let more = 0; more < 3; more += 1) {
      expect(await confirm(`d-${more}`, setup.again())).toEqual({ outcome: 'sent', id: idOf(more) })
      setup.sent.add(idOf(more) ?? '')
      since += 90_000
    }
    expect(await confirm('d-4')).toEqual({ outcome: 'absent' })
  })

  it('says the same when it is asked again', async () => {
    await sendUnheard(true)
    expect(await confirm()).toEqual(await confirm('d-one', setup.again()))
    expect(await confirm()).toMatchObject({ outcome: 'sent' })
  })

  it('knows a part whose answer came but was not recorded', async () => {
    await send()
    expect(await confirm('d-one', setup.again())).toEqual({ outcome: 'sent', id: idOf(0) })
  })

  it('does not take what was written long before for it', async () => {
    await setup.adapter.clock?.learn(neverAborted)
    setup.channex.say(thread, 'Of course.', { sender: 'property' })
    await setup.clock.advance(60_001)
    since = setup.clock.now()
    expect(await confirm()).toEqual({ outcome: 'absent' })
  })

  it('allows for clocks that differ, and for white space that a site changes', async () => {
    setup.channex.say(thread, ' Of  course.\n', { sender: 'property', at: since - 59_000 })
    expect(await confirm()).toMatchObject({ outcome: 'sent' })
  })

  it('reads on to the time of the attempt, and no further', async () => {
    await setup.adapter.clock?.learn(neverAborted)
    for (let count = 0; count < 150; count += 1)
      setup.channex.say(thread, 'before', { at: since - 3_600_000 + count })
    await sendUnheard(true)
    for (let count = 0; count < 150; count += 1) setup.channex.say(thread, 'after', { at: since + 1 + count })
    const asked = setup.channex.server.requests.length
    expect(await confirm()).toMatchObject({ outcome: 'sent' })
    expect(setup.channex.server.requests).toHaveLength(asked + 2)
    setup.sent.add(idOf(150) ?? '')
    expect(await confirm('d-other')).toEqual({ outcome: 'absent' })
    expect(setup.channex.server.requests).toHaveLength(asked + 4)
  })

  it.each([
    ['nothing that can be read', { status: 200, body: '<html>' }, 15_000],
    ['a fault', { status: 503 }, 15_000],
    ['to wait', { ...toRefusal(429, 'limit', 'x'), headers: { 'retry-after': '40' } }, 40_000],
    ['that the key is wrong', toRefusal(401, 'unauthorized', 'x'), 60_000],
  ])('asks again when Channex answers %s', async (_, answer, afterMs) => {
    setup.channex.server.fail({ applied: false, kind: 'answer', answer }, { match: isLookUp })
    expect(await confirm()).toMatchObject({ outcome: 'cannot tell', afterMs })
  })

  it('asks again when it cannot be read what was sent', async () => {
    const sentParts = vi.fn<Directory['sentParts']>().mockRejectedValue(new Error('The disk is full.'))
    expect(await confirm('d-one', setup.again({}, { sentParts }))).toMatchObject({
      outcome: 'cannot tell',
      afterMs: 15_000,
    })
  })

  it('can never tell where Channex refuses for good', async () => {
    thread = 'gone'
    const answer = await confirm()
    expect(answer).toMatchObject({ outcome: 'cannot tell' })
    expect(answer).not.toHaveProperty('afterMs')
  })

  it('can never tell for an address it cannot read', async () => {
    const part = { ...toPart(thread), address: { v: 2 } }
    expect(await setup.adapter.confirm?.(part, since, neverAborted)).toEqual({
      outcome: 'cannot tell',
      reason: 'the stored address cannot be read',
    })
  })

  it('stops when it is told to', async () => {
    setup.channex.server.fail({ applied: false, kind: 'hang' })
    const controller = new AbortController()
    const asked = setup.adapter.confirm?.(toPart(thread), since, controller.signal)
    await expect.poll(() => setup.channex.server.requests.length).toBe(1)
    controller.abort()
    expect(await asked).toMatchObject({ outcome: 'cannot tell', afterMs: 15_000 })
  })
})
