import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Turn } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { isOfMessages } from '../../../fakes/channex/channex.ts'
import { createSetup, readFixture, type Setup } from '../setup.ts'

let setup: Setup
let thread: string
beforeEach(async () => {
  setup = await createSetup()
  thread = setup.channex.open({ provider: 'AirBNB', title: '', booking: undefined })
})
afterEach(() => setup.channex.close())

const { payload: told, ...event } = readFixture('inquiry') as {
  readonly payload: Readonly<Record<string, unknown>>
}
const asked = '2 Dec 2026 to 5 Dec 2026, 3 nights, 2 adults, 1 child, Sea view loft'

/** The site's line of the thread, and its webhook. */
const sayLine = (): unknown => {
  setup.channex.say(thread, 'inquiry', { sender: 'system', meta: told })
  return setup.channex.waiting.pop()
}
const eventOf = (status = 'pending'): unknown => ({
  ...event,
  payload: { ...told, message_thread_id: thread, status },
})

/** What the hotel reads of these webhooks, in this order. */
const readAll = async (...bodies: readonly unknown[]): Promise<readonly Turn[]> => {
  for (const body of bodies) expect(await setup.receive(setup.channex.request(body))).toBe(204)
  const readings = setup.inbox.recorded.map(({ payload }) => setup.adapter.read(payload, neverAborted))
  return (await Promise.all(readings)).flatMap(({ turns }) => turns)
}

describe.each([
  ['that tells everything', { tellsSender: true, tellsMeta: true }],
  ['without details', { tellsSender: true, tellsMeta: false }],
  ['without details and sender', { tellsSender: false, tellsMeta: false }],
])('an inquiry’s line %s', (_row, switches) => {
  beforeEach(() => Object.assign(setup.channex.switches, switches))

  it.each(['line', 'event'])('and its event are told once, the %s first', async (first) => {
    const both = [sayLine(), eventOf()]
    const turns = await readAll(...(first === 'line' ? both : both.toReversed()))
    expect(turns).toHaveLength(1)
    expect(turns[0]).toMatchObject({ author: { name: 'Ines Ferreira' } })
    expect(turns[0]?.text).toBe(`Inquiry (pending): ${asked}. Accept or decline it on Airbnb, by 3 Nov 2026.`)
    expect(turns[0]).not.toHaveProperty('onlyInBridged')
  })

  it('does not hide what became of it', async () => {
    const turns = await readAll(sayLine(), eventOf('request_declined'))
    expect(turns.map(({ text }) => text.split(':', 1)[0])).toEqual([
      'Inquiry (pending)',
      'Inquiry (request declined)',
    ])
  })
})

describe('an inquiry’s line of which nothing is told', () => {
  beforeEach(() => {
    setup.channex.switches.tellsMeta = false
  })

  it('is told without details where the thread cannot be asked', async () => {
    const line = sayLine()
    setup.channex.server.fail({ applied: false, kind: 'reset' }, { times: 9, match: isOfMessages })
    const [turn] = await readAll(line)
    expect(turn?.text).toBe('Inquiry. Accept or decline it on Airbnb.')
    expect(turn).not.toHaveProperty('onlyInBridged')
  })

  it('is one although the thread does not know who wrote it', async () => {
    setup.channex.switches.tellsSender = false
    const line = sayLine()
    setup.channex.book.threads.get(thread)?.messages.splice(0)
    expect((await readAll(line))[0]?.text).toBe('Inquiry. Accept or decline it on Airbnb.')
  })

  it.each([
    ['guest', ['inquiry']],
    ['property', []],
  ] as const)('is none where it was written by a %s', async (sender, texts) => {
    setup.channex.switches.tellsSender = false
    setup.channex.say(thread, 'inquiry', { sender })
    const turns = await readAll(setup.channex.waiting.pop())
    expect(turns.map(({ text }) => text)).toEqual(texts)
  })
})
