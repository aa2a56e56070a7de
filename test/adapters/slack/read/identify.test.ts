import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Identity } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { callsMethod } from '../../../fakes/slack/slack.ts'
import { createSetup, readFixture, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.server.close())

const email = 'ines@example.com'

const identify = async (body: unknown): Promise<Identity | undefined> =>
  setup.adapter.identify?.(JSON.stringify(body), neverAborted)

const lookUps = (): number => setup.slack.server.requests.filter(callsMethod('users.info')).length

it.each(['message-im', 'message-channel-mention', 'message-changed'])(
  'tells the address from the answer that gave the name: %s',
  async (fixture) => {
    setup.slack.addUser('U0INES', 'Ines Alba', 'person', { email })
    await setup.adapter.read(JSON.stringify(readFixture(fixture)), neverAborted)
    expect(await identify(readFixture(fixture))).toEqual({ email })
    expect(lookUps()).toBe(1)
  },
)

it('tells nothing where the app may not read addresses', async () => {
  expect(await identify(readFixture('message-im'))).toEqual({})
})

it.each([
  ['a stranger', { is_stranger: true }],
  ['somebody of another workspace', { team_id: 'T0OTHER' }],
])('tells nothing of %s', async (_, more) => {
  setup.slack.addUser('U0INES', 'Ines Alba', 'person', { email, ...more })
  expect(await identify(readFixture('message-im'))).toEqual({})
})

it('tells the address of somebody in another workspace of the organisation', async () => {
  const more = { team_id: 'T0OTHER', enterprise_user: { id: 'W0INES', enterprise_id: 'E0ORG' } }
  setup.slack.addUser('U0INES', 'Ines Alba', 'person', { email, ...more })
  expect(await identify(readFixture('message-im'))).toEqual({ email })
})

it('asks for nobody in a channel that is shared with another organisation', async () => {
  setup.slack.addUser('U0INES', 'Ines Alba', 'person', { email })
  expect(await identify({ ...readFixture('message-channel-mention'), is_ext_shared_channel: true })).toEqual(
    {},
  )
  expect(lookUps()).toBe(0)
})

it('tells nothing where Slack does not answer, or the event is nobody’s', async () => {
  setup.slack.server.fail({ applied: false, kind: 'reset' }, { match: callsMethod('users.info'), times: 9 })
  expect(await identify(readFixture('message-im'))).toEqual({})
  expect(await identify({ type: 'event_callback', event: { type: 'tokens_revoked' } })).toEqual({})
})
