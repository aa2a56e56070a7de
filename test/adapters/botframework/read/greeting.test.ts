import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reading } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import type { TeamsActivity } from '../../../fakes/botframework/activities.ts'
import { isConnectorRequest } from '../../../fakes/botframework/botframework.ts'
import type { Fault } from '../../../fakes/server.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(async () => {
  await setup.close()
})

/** Delivers an event as Teams does, and reads what was recorded of it. */
const greeted = async (activity: TeamsActivity): Promise<Reading['greet']> => {
  expect(await setup.status(await setup.fake.request(activity))).toBe(200)
  const { greet, turns } = await setup.adapter.read(setup.inbox.recorded.at(-1)?.payload ?? '', neverAborted)
  expect(turns).toEqual([])
  return greet
}

const arrive = (): Promise<Reading['greet']> => greeted(setup.fake.activities.installation('channel')[0])

describe('the bot comes into', () => {
  it.each([
    ['a personal chat', 'personal', 'person'],
    ['a group chat', 'group', 'group'],
    ['a team', 'channel', 'group'],
  ] as const)('%s: both events ask for a greeting, in one conversation', async (_row, where, greet) => {
    for (const event of setup.fake.activities.installation(where)) expect(await greeted(event)).toBe(greet)
    expect(setup.inbox.recorded).toHaveLength(2)
    expect(new Set(setup.inbox.recorded.map(({ conversation }) => conversation)).size).toBe(1)
  })

  it('a team: the greeting is a new post in the channel it was added to', async () => {
    const [installation] = setup.fake.activities.installation('channel')
    await greeted(installation)
    const { address } = await setup.adapter.read(JSON.stringify(installation), neverAborted)
    expect(address).toMatchObject({ conversationId: '19:room@thread.tacv2', conversationType: 'channel' })
    expect(setup.inbox.recorded[0]?.routing).toMatchObject({ conversation: '19:room@thread.tacv2' })
  })
})

describe('a shared channel that the bot is added to', () => {
  it('is greeted for itself, beside its team, in a new post there', async () => {
    const [installation] = setup.fake.activities.installation('channel')
    const addition = setup.fake.activities.channelInstallation()
    expect([await greeted(installation), await greeted(addition)]).toEqual(['group', 'group'])
    expect(setup.inbox.recorded.map(({ conversation }) => conversation)).toEqual([
      '19:team@thread.tacv2',
      '19:shared@thread.tacv2',
    ])
    const { address } = await setup.adapter.read(JSON.stringify(addition), neverAborted)
    expect(address).toMatchObject({ conversationId: '19:shared@thread.tacv2' })
  })

  it('is counted by itself: its people are not those of the team', async () => {
    await greeted(setup.fake.activities.channelInstallation())
    const request = setup.fake.server.requests.findLast(isConnectorRequest)
    expect(request?.path).toBe('/emea/v3/conversations/19%3Ashared%40thread.tacv2/pagedmembers')
  })
})

describe('nobody is greeted when', () => {
  it.each<[string, string, TeamsActivity]>([
    ['another member joins', 'conversationUpdate', { membersAdded: [{ id: '29:ines', name: 'Ines' }] }],
    ['a member leaves', 'conversationUpdate', { membersRemoved: [{ id: '28:app' }] }],
    ['a team is renamed', 'conversationUpdate', { channelData: { eventType: 'teamRenamed' } }],
    ['members are nonsense', 'conversationUpdate', { membersAdded: [null, 7, 'x', {}] }],
    ['the bot is upgraded', 'installationUpdate', { action: 'add-upgrade' }],
    ['the bot is removed', 'installationUpdate', { action: 'remove' }],
    ['the action is missing', 'installationUpdate', {}],
  ])('%s', async (_row, type, fields) => {
    for (const where of ['personal', 'group', 'channel'] as const)
      expect(await greeted(setup.fake.activities.event(type, fields, where))).toBeUndefined()
    expect(setup.fake.attempts()).toBe(0)
  })
})

describe('a team', () => {
  it.each([
    [100, 'group'],
    [101, undefined],
    [700, undefined],
  ] as const)('of %i people: %s', async (people, greet) => {
    setup.fake.connector.populate(people)
    expect(await arrive()).toBe(greet)
    expect(setup.fake.attempts()).toBe(1)
  })

  it('is asked for by its own id, with our token', async () => {
    await arrive()
    const request = setup.fake.server.requests.findLast(isConnectorRequest)
    expect(request?.path).toBe('/emea/v3/conversations/19%3Ateam%40thread.tacv2/pagedmembers')
    expect(request?.headers.authorization).toBe('Bearer token-1')
  })

  it.each<Fault>([
    { kind: 'answer', applied: false, answer: { status: 500, body: '' } },
    { kind: 'answer', applied: false, answer: { status: 200, body: '<html>' } },
    { kind: 'answer', applied: false, answer: { status: 200, body: { members: 7 } } },
    {
      kind: 'answer',
      applied: false,
      answer: { status: 302, headers: { location: 'https://evil.example/' } },
    },
    { kind: 'reset', applied: false },
    { kind: 'hang', applied: false },
  ])('of unknown size is not disturbed: %j', async (fault) => {
    setup.fake.server.fail(fault, { match: isConnectorRequest, times: 9 })
    expect(await arrive()).toBeUndefined()
  })

  it.each(['https://evil.example/', 'http://169.254.169.254/'])(
    'said to be at %s is not looked for, and our token stays here',
    async (serviceUrl) => {
      const [installation] = setup.fake.activities.installation('channel')
      const { greet } = await setup.adapter.read(
        JSON.stringify({ ...installation, serviceUrl }),
        neverAborted,
      )
      expect(greet).toBeUndefined()
      expect(setup.fake.server.requests).toHaveLength(0)
    },
  )

  it('whose size is asked for during a stop is read again later', async () => {
    const [installation] = setup.fake.activities.installation('channel')
    await expect(setup.adapter.read(JSON.stringify(installation), AbortSignal.abort())).rejects.toMatchObject(
      {
        name: 'AbortError',
      },
    )
  })

  it('whose pages never end is not disturbed', async () => {
    const answer = { status: 200, body: { members: [], continuationToken: 'again' } }
    setup.fake.server.fail(
      { kind: 'answer', applied: false, answer },
      { match: isConnectorRequest, times: 99 },
    )
    expect(await arrive()).toBeUndefined()
    expect(setup.fake.attempts()).toBeLessThan(10)
  })

  it('is counted over several pages', async () => {
    const page = { members: [{ id: '29:a' }], continuationToken: '1' }
    setup.fake.server.fail(
      { kind: 'answer', applied: false, answer: { status: 200, body: page } },
      { match: isConnectorRequest },
    )
    setup.fake.connector.populate(50)
    expect(await arrive()).toBe('group')
    expect(setup.fake.server.requests.at(-1)?.query.get('continuationToken')).toBe('1')
  })
})
