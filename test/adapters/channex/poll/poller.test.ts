import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toThreadJson } from '../../../fakes/channex/book.ts'
import { fakeAccount } from '../../../fakes/channex/channex.ts'
import { createListening, type Listening } from './setup.ts'

let setup: Listening
beforeEach(async () => {
  setup = await createListening()
})
afterEach(() => setup.close())

describe('listen', () => {
  it('finds at once, and then every two minutes, what guests wrote', async () => {
    const thread = setup.channex.open()
    setup.channex.say(thread, 'one')
    await setup.listen()
    expect(setup.recorded()).toEqual(['one'])
    await setup.clock.advance(60_000)
    setup.channex.say(thread, 'two')
    expect(setup.recorded()).toEqual(['one'])
    await setup.nextLook(60_000)
    expect(setup.recorded()).toEqual(['one', 'two'])
  })

  it('records them as the webhook would: once, whichever comes first', async () => {
    const thread = setup.channex.open()
    setup.channex.say(thread, 'one')
    await setup.receiveWaiting()
    setup.channex.say(thread, 'two')
    await setup.listen()
    await setup.receiveWaiting()
    expect(setup.recorded()).toEqual(['one', 'two'])
    expect(setup.inbox.recorded.map(({ conversation }) => conversation)).toEqual([thread, thread])
    const { turns } = await setup.readLast()
    expect(turns).toMatchObject([
      { text: 'two', subject: 'Booking.com 4512345678 · two', at: setup.clock.now() },
    ])
  })

  it('looks soon after an event that does not say what happened, however many of them come', async () => {
    await setup.listen()
    await setup.clock.advance(30_000)
    setup.channex.switches.sendData = false
    const thread = setup.channex.open()
    for (const [index, text] of ['one', 'two', 'three'].entries())
      setup.channex.say(thread, text, { at: setup.clock.now() - 10 + index })
    await setup.receiveWaiting()
    await setup.nextLook(1000)
    await setup.nextLook(1000)
    expect(setup.recorded()).toEqual(['one', 'two', 'three'])
    expect(setup.inbox.recorded.map(({ conversation }) => conversation)).toEqual(Array(3).fill(thread))
    const before = setup.asked()
    await setup.clock.advance(60_000)
    expect(setup.asked()).toBe(before)
  })

  it('records in the order of the thread what was written at one time', async () => {
    const thread = setup.channex.open()
    const texts = Array.from({ length: 12 }, (_, index) => `${index}`)
    for (const text of texts) setup.channex.say(thread, text)
    await setup.listen()
    expect(setup.recorded()).toEqual(texts)
  })

  it('records in the order they were written, over all pages', async () => {
    const thread = setup.channex.open()
    const texts = Array.from({ length: 230 }, (_, index) => `${index}`)
    for (const [index, text] of texts.entries())
      setup.channex.say(thread, text, { at: setup.clock.now() - 1000 + index })
    await setup.listen()
    expect(setup.recorded()).toEqual(texts)
  })

  it('leaves out what the hotel wrote itself, and keeps the site’s lines', async () => {
    const thread = setup.channex.open()
    setup.channex.say(thread, 'Hello?')
    setup.channex.say(thread, 'Welcome!', { sender: 'property' })
    setup.channex.say(thread, 'inquiry', { sender: 'system' })
    await setup.listen()
    expect(setup.recorded()).toEqual(expect.arrayContaining(['Hello?', 'inquiry']))
    expect(setup.recorded()).toHaveLength(2)
  })

  it('asks only for threads that have changed', async () => {
    const threads = ['one', 'two', 'three'].map((text) => {
      const thread = setup.channex.open()
      setup.channex.say(thread, text)
      return thread
    })
    await setup.listen()
    expect(setup.asked()).toBe(1 + 3)
    await setup.nextLook()
    expect(setup.asked()).toBe(1 + 3 + 1)
    setup.channex.say(threads[1] ?? '', 'again')
    await setup.nextLook()
    expect(setup.asked()).toBe(1 + 3 + 1 + 2)
  })

  it('goes on after a restart from where it was', async () => {
    const old = setup.channex.open()
    setup.channex.say(old, 'old')
    await setup.listen()
    await setup.stop()
    await setup.clock.advance(5 * 24 * 3_600_000)
    setup.channex.say(setup.channex.open(), 'while it was down')
    await setup.clock.advance(3 * 24 * 3_600_000)
    const before = setup.asked()
    await setup.listen(setup.again())
    expect(setup.recorded()).toEqual(['old', 'while it was down'])
    expect(setup.asked()).toBe(before + 3)
  })

  it('goes back a day at the very first look, and never further', async () => {
    const thread = setup.channex.open()
    const ago = (hours: number) => ({ at: setup.clock.now() - hours * 3_600_000 })
    setup.channex.say(thread, 'last week', ago(170))
    setup.channex.say(thread, 'yesterday', ago(20))
    await setup.listen()
    expect(setup.recorded()).toEqual(['yesterday'])
    setup.channex.say(thread, 'now')
    await setup.nextLook()
    expect(setup.recorded()).toEqual(['yesterday', 'now'])
  })

  it('finds what a booking site hands over late', async () => {
    const thread = setup.channex.open()
    setup.channex.say(thread, 'first')
    await setup.listen()
    await setup.nextLook(12 * 3_600_000)
    setup.channex.say(thread, 'second')
    await setup.nextLook()
    setup.channex.say(thread, 'between', { at: setup.clock.now() - 6 * 3_600_000 })
    await setup.nextLook()
    expect(setup.recorded()).toEqual(['first', 'second', 'between'])
  })

  it('reads no further back than it must', async () => {
    for (let count = 0; count < 250; count += 1) setup.channex.open()
    const thread = setup.channex.open()
    for (let count = 0; count < 230; count += 1) setup.channex.say(thread, 'old')
    await setup.clock.advance(2 * 24 * 3_600_000)
    await setup.listen()
    expect(setup.asked()).toBe(1)
    setup.channex.say(thread, 'new')
    await setup.nextLook()
    expect(setup.asked()).toBe(1 + 2 + 1)
    expect(setup.recorded()).toEqual(['new'])
  })

  it('takes a thread that does not say whose it is for its own property’s', async () => {
    setup.channex.say(setup.channex.open({ provider: 'AirBNB', bare: true }), 'Hello?')
    await setup.listen()
    expect(setup.inbox.recorded).toMatchObject([{ routing: { property: fakeAccount.propertyId } }])
  })

  it('stays with its own property', async () => {
    setup.channex.say(setup.channex.open({ propertyId: fakeAccount.otherPropertyId }), 'elsewhere')
    setup.channex.say(setup.channex.open(), 'here')
    await setup.listen()
    expect(setup.recorded()).toEqual(['here'])
  })

  it('stays with its own property even when Channex lists others', async () => {
    const elsewhere = setup.channex.open({ propertyId: fakeAccount.otherPropertyId })
    setup.channex.say(elsewhere, 'elsewhere')
    const data = [...setup.channex.book.threads.values()].map(toThreadJson)
    setup.channex.server.fail({ applied: false, kind: 'answer', answer: { status: 200, body: { data } } })
    await setup.listen()
    expect(setup.asked()).toBe(1)
    expect(setup.recorded()).toEqual([])
  })

  it('looks through every property where none is named', async () => {
    await setup.close()
    setup = await createListening({ propertyId: undefined })
    setup.channex.say(setup.channex.open({ propertyId: fakeAccount.otherPropertyId }), 'elsewhere')
    setup.channex.say(setup.channex.open(), 'here')
    await setup.listen()
    const properties = setup.inbox.recorded.map(({ routing }) => routing['property'])
    expect(new Set(properties)).toEqual(new Set([fakeAccount.otherPropertyId, fakeAccount.propertyId]))
  })

  it('takes up what a property said before it was set up', async () => {
    const { otherPropertyId } = fakeAccount
    setup.channex.say(setup.channex.open({ propertyId: otherPropertyId }), 'early')
    await setup.receiveWaiting()
    await setup.clock.advance(10 * 24 * 3_600_000)
    await setup.listen(setup.again({ propertyId: otherPropertyId }))
    expect(setup.recorded()).toEqual(['early'])
  })
})
