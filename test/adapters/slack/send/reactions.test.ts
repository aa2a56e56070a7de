import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Acknowledgement } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { callsMethod, fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createSetup, type Setup } from '../setup.ts'

const reference = { channel: 'D0INES', ts: '1793640011.000219' }
const address = { v: 1, team: fakeWorkspace.team, channel: 'D0INES' }

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.close())

const acknowledge = async (state: Acknowledgement['state'], changed: Partial<Acknowledgement> = {}) =>
  setup.adapter.acknowledge?.({ address, reference, state, ...changed }, neverAborted)
const shown = (): readonly string[] =>
  [...setup.slack.reactions].map((reaction) => reaction.split(' ')[2] ?? '')
const requests = (): number => setup.slack.server.requests.length

describe('receipts', () => {
  it.each([
    ['delivered', 'white_check_mark'],
    ['failed', 'warning'],
  ] as const)(
    'show 👀 when a message is recorded, and another one alone when it is %s',
    async (state, name) => {
      await acknowledge('recorded')
      expect([...setup.slack.reactions]).toEqual(['D0INES 1793640011.000219 eyes'])
      await acknowledge(state)
      expect(shown()).toEqual([name])
    },
  )

  it('follow one another although nobody waits for them', async () => {
    const late = { applied: false, kind: 'late', ms: 50 } as const
    setup.slack.server.fail(late, { match: callsMethod('reactions.add') })
    await Promise.all([acknowledge('recorded'), acknowledge('delivered')])
    expect(shown()).toEqual(['white_check_mark'])
  })

  it.each(['already_reacted', 'message_not_found', 'no_reaction'])(
    'pass over %s in silence',
    async (code) => {
      setup.slack.refuse('reactions.add', code)
      await acknowledge('recorded')
      expect(setup.logged).toEqual([])
    },
  )

  it.each(['missing_scope', 'internal_error', 'too_many_reactions'])('are left out for %s', async (code) => {
    setup.slack.refuse('reactions.add', code)
    await expect(acknowledge('recorded')).resolves.toBeUndefined()
    expect(setup.logged.join()).toContain('left out')
    expect(shown()).toEqual([])
  })

  it('are left out, without a request, while Slack limits them', async () => {
    setup.slack.limit('reactions.add', { retryAfter: 30 })
    await acknowledge('recorded')
    await acknowledge('recorded')
    expect(requests()).toBe(1)
    setup.clock.step(30_000)
    await acknowledge('recorded')
    expect(shown()).toEqual(['eyes'])
  })

  it('are left out when nobody listens, when it stops, and where the message is not known', async () => {
    await setup.adapter.acknowledge?.({ address, reference, state: 'recorded' }, AbortSignal.abort())
    await acknowledge('recorded', { reference: null })
    await acknowledge('recorded', { address: {} })
    expect(requests()).toBe(0)
    await setup.slack.server.pause()
    await expect(acknowledge('recorded')).resolves.toBeUndefined()
  })

  it('come with turns that can be seen, not with deletions', async () => {
    const { slack, readAll } = setup
    const ts = slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?' })
    slack.edit('D0INES', ts, 'Hello!')
    slack.remove('D0INES', ts)
    const references = (await readAll()).map(({ turns }) => turns[0]?.reference)
    expect(references).toEqual([{ channel: 'D0INES', ts }, { channel: 'D0INES', ts }, undefined])
  })

  it('can be switched off', async () => {
    const silent = await createSetup({ receipts: false })
    expect(silent.adapter).not.toHaveProperty('acknowledge')
    await silent.slack.close()
  })
})
