import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { minute, neverAborted } from '../../../fakes/clock.ts'
import { callsMethod } from '../../../fakes/slack/slack.ts'
import { createSetup, toPart, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.close())

describe.each([-10 * minute, 10 * minute, -3 * 60 * minute, 60 * minute])(
  'with a clock that is wrong by %i ms',
  (ms) => {
    it('events are taken, and Slack is asked once what time it is', async () => {
      const { slack, clock, route, inbox } = setup
      clock.set(ms)
      slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello' })
      slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Is anybody there?' })
      expect(await slack.deliver(route)).toEqual([[200], [200]])
      expect(inbox.recorded).toHaveLength(2)
      expect(slack.server.requests.filter(callsMethod('api.test'))).toHaveLength(1)
    })

    it('a reply whose answer was lost is found, and one that was not posted is not', async () => {
      const { slack, clock, adapter } = setup
      clock.set(ms)
      await adapter.clock?.learn(neverAborted)
      const since = adapter.clock?.now() ?? NaN
      for (const [applied, outcome] of [
        [true, 'sent'],
        [false, 'absent'],
      ] as const) {
        const part = { ...toPart('Until ten.'), deliveryId: `d-${outcome}` }
        slack.server.fail({ applied, kind: 'reset' }, { match: callsMethod('chat.postMessage') })
        expect(await adapter.send(part, neverAborted)).toMatchObject({ outcome: 'unknown' })
        clock.step(2 * minute)
        expect(await adapter.confirm?.(part, since, neverAborted)).toMatchObject({ outcome })
      }
    })

    it('a reply is looked for, also where a wrong clock recorded when it was sent', async () => {
      const { slack, clock, adapter } = setup
      const part = toPart('Until ten.')
      slack.server.fail({ applied: true, kind: 'reset' }, { match: callsMethod('chat.postMessage') })
      await adapter.send(part, neverAborted)
      clock.step(2 * minute)
      await adapter.clock?.learn(neverAborted)
      const recorded = clock.now() + Math.abs(ms)
      expect(await adapter.confirm?.(part, recorded, neverAborted)).toMatchObject({ outcome: 'sent' })
    })
  },
)

it('what nobody at Slack has signed is refused without asking Slack', async () => {
  const { slack, clock, route } = setup
  clock.set(60 * minute)
  const request = slack.sign({ type: 'event_callback' })
  const forged = { ...request, body: Buffer.from('{"type":"event_callback","forged":true}') }
  expect(await route(forged)).toMatchObject({ status: 401 })
  expect(slack.server.requests).toHaveLength(0)
})

it('what was signed an hour ago is refused, whatever this machine’s clock says', async () => {
  const { slack, clock, route } = setup
  const request = slack.sign({ type: 'event_callback' })
  clock.step(60 * minute)
  clock.set(-60 * minute)
  await setup.adapter.clock?.learn(neverAborted)
  expect(await route(request)).toMatchObject({ status: 401 })
})

it('that Slack’s clock cannot be asked is said once, and by check', async () => {
  const { slack, adapter, clock, logged } = setup
  const unknown = 'no answer of Slack has shown its clock'
  const answer = { status: 401 }
  slack.server.fail({ applied: false, kind: 'answer', answer }, { times: 10 })
  for (const _ of [1, 2]) {
    await adapter.clock?.learn(neverAborted)
    clock.step(minute)
  }
  expect(logged.filter((line) => line.includes(unknown))).toEqual([expect.stringContaining('"http_401"')])
  expect((await adapter.check?.(neverAborted))?.at(-1)).toMatchObject({
    name: 'Clock (Slack)',
    detail: expect.stringContaining(unknown),
  })
})
