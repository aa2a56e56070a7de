import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChannelPace } from '../../../../adapters/slack/send/send.ts'
import type { Outcome } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { callsMethod } from '../../../fakes/slack/slack.ts'
import { createSetup, toPart, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.close())

const send = (threadTs?: string): Promise<Outcome> =>
  setup.adapter.send(toPart('Until ten.', threadTs), neverAborted)
const posts = (): number => setup.slack.server.requests.filter(callsMethod('chat.postMessage')).length

describe('send, at Slack’s pace', () => {
  it('posts once a second to a channel, whatever the thread', async () => {
    expect(await send('1793640100.000100')).toMatchObject({ outcome: 'sent' })
    setup.clock.step(400)
    expect(await send('1793640100.000200')).toMatchObject({ outcome: 'retry', afterMs: 600 })
    expect(posts()).toBe(1)
    setup.clock.step(600)
    expect(await send('1793640100.000200')).toMatchObject({ outcome: 'sent' })
  })

  it('lets the threads of a channel take turns, however often one of them asks', () => {
    const pace = createChannelPace(setup.clock)
    expect([pace('C0', 'a'), pace('C0', 'b'), pace('C0', 'c')]).toEqual([0, 1000, 2000])
    setup.clock.step(500)
    expect([pace('C0', 'b'), pace('C0', 'd'), pace('C0', 'c')]).toEqual([500, 2500, 1500])
    setup.clock.step(500)
    expect([pace('C0', 'b'), pace('C0', 'c')]).toEqual([0, 1000])
  })

  it('posts to other channels meanwhile', async () => {
    expect(await send('1793640100.000100')).toMatchObject({ outcome: 'sent' })
    expect(await send()).toMatchObject({ outcome: 'sent' })
  })

  it('rests a method in a workspace for as long as Slack said, without a request', async () => {
    setup.slack.limit('chat.postMessage', { retryAfter: 7 })
    expect(await send()).toMatchObject({ outcome: 'retry', afterMs: 7000 })
    setup.clock.step(2000)
    expect(await send('1793640100.000100')).toMatchObject({ outcome: 'retry', afterMs: 5000 })
    expect(posts()).toBe(1)
    setup.clock.step(5000)
    expect(await send()).toMatchObject({ outcome: 'sent' })
  })

  it('rests no other method', async () => {
    setup.slack.limit('reactions.add', { retryAfter: 7 })
    const acknowledgement = { address: toPart('').address, reference: { channel: 'D0INES', ts: '1.1' } }
    await setup.adapter.acknowledge?.({ ...acknowledgement, state: 'recorded' }, neverAborted)
    expect(await send()).toMatchObject({ outcome: 'sent' })
  })
})
