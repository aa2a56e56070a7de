import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closes } from '../../fakes/channex.ts'
import { createSetup, neverAborted, type Setup } from './setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup({ closesResolved: true })
})
afterEach(() => setup.channex.close())

const resolve = (thread: string) => setup.adapter.resolved?.({ v: 1, thread }, neverAborted)
const asked = (): number => setup.channex.server.requests.filter(closes).length

describe('a conversation that the staff resolved', () => {
  it('is closed, also twice, and opened by whoever writes again', async () => {
    const thread = setup.channex.open()
    setup.channex.say(thread, 'Thank you!')
    for (let time = 0; time < 2; time += 1) {
      expect(await resolve(thread)).toEqual({ outcome: 'sent' })
      expect(setup.channex.book.threads.get(thread)?.closed).toBe(true)
    }
    setup.channex.say(thread, 'One more thing')
    expect(setup.channex.book.threads.get(thread)?.closed).toBe(false)
  })

  it('is left alone on Airbnb, which has no such thing', async () => {
    expect(await resolve(setup.channex.open({ provider: 'AirBNB' }))).toEqual({ outcome: 'sent' })
    expect(asked()).toBe(0)
  })

  it('is not there any more', async () => {
    expect(await resolve('gone')).toMatchObject({ outcome: 'rejected' })
    expect(await setup.adapter.resolved?.({ v: 2 }, neverAborted)).toMatchObject({ outcome: 'rejected' })
  })

  it('may be closed when the answer is lost', async () => {
    const thread = setup.channex.open()
    setup.channex.server.fail({ applied: true, kind: 'reset' }, { match: closes })
    expect(await resolve(thread)).toMatchObject({ outcome: 'unknown' })
    expect(asked()).toBe(1)
  })

  it('stays as it is unless that is wanted', () => {
    expect(setup.again({ closesResolved: false })).not.toHaveProperty('resolved')
  })
})
