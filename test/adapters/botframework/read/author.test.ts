import { afterEach, beforeEach, expect, it } from 'vitest'
import { neverAborted } from '../../../fakes/clock.ts'
import type { TeamsActivity } from '../../../fakes/botframework/activities.ts'
import type { FakeRequest } from '../../../fakes/server.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  // A fifth of it is for a look-up: more than a busy machine needs.
  setup = await createSetup({ timeLimitMs: 50_000 })
})
afterEach(async () => {
  await setup.close()
})

const isMember = ({ path }: FakeRequest): boolean => path.includes('/members/')
const asked = (): readonly string[] => setup.fake.server.requests.filter(isMember).map(({ path }) => path)
const nameOf = async (activity: TeamsActivity): Promise<string | undefined> =>
  (await setup.adapter.read(JSON.stringify(activity), neverAborted)).turns[0]?.author.name
const from = (fields: unknown, where: 'personal' | 'channel' = 'personal'): TeamsActivity => ({
  ...setup.fake.activities.message('Late?', where),
  from: fields,
})

it('asks nobody who an author with a name is', async () => {
  expect(await nameOf(setup.fake.activities.message('Late?'))).toBe('Ines Ferreira')
  expect(asked()).toEqual([])
})

it.each([{ id: '29:x' }, { id: '29:x', name: '' }, { id: '29:x', name: null }, { id: '29:x', name: '29:x' }])(
  'looks the member up once when the author is %j',
  async (author) => {
    expect(await nameOf(from(author))).toBe('Ines Ferreira')
    expect(await nameOf(from(author))).toBe('Ines Ferreira')
    expect(asked()).toEqual(['/emea/v3/conversations/a%3A1Qx7personal/members/29%3Ax'])
  },
)

it('asks the team who an author in a channel is', async () => {
  expect(await nameOf(from({ id: '29:x' }, 'channel'))).toBe('Ines Ferreira')
  expect(asked()).toEqual(['/emea/v3/conversations/19%3Ateam%40thread.tacv2/members/29%3Ax'])
})

it('asks the channel for an author who is not in its team', async () => {
  setup.fake.server.fail({ kind: 'answer', applied: false, answer: { status: 404 } }, { match: isMember })
  expect(await nameOf(from({ id: '29:x' }, 'channel'))).toBe('Ines Ferreira')
  expect(asked().at(-1)).toBe('/emea/v3/conversations/19%3Aroom%40thread.tacv2/members/29%3Ax')
})

it.each<[string, Readonly<Record<string, unknown>>, string]>([
  ['two names', { givenName: 'Ana', surname: 'Silva' }, 'Ana Silva'],
  ['a given name', { name: ' ', givenName: 'Ana' }, 'Ana'],
  ['no name', { name: null }, 'Guest'],
  ['an id for a name', { name: '29:1J7s' }, 'Guest'],
])('of a member with %s makes %j', async (_row, member, name) => {
  setup.fake.connector.introduce('29:x', member)
  expect(await nameOf(from({ id: '29:x' }))).toBe(name)
})

it('calls the author a guest while nobody answers, and asks again a minute later', async () => {
  setup.fake.server.fail({ kind: 'reset', applied: false }, { match: isMember })
  expect(await nameOf(from({ id: '29:x' }))).toBe('Guest')
  expect(await nameOf(from({ id: '29:x' }))).toBe('Guest')
  setup.clock.step(60_001)
  expect(await nameOf(from({ id: '29:x' }))).toBe('Ines Ferreira')
  expect(asked()).toHaveLength(2)
})

it('does not wait long for a name', async () => {
  const hasty = await createSetup({ timeLimitMs: 500 })
  hasty.fake.server.fail({ kind: 'hang', applied: false }, { match: isMember })
  const activity = { ...hasty.fake.activities.message('Late?'), from: { id: '29:x' } }
  const { turns } = await hasty.adapter.read(JSON.stringify(activity), neverAborted)
  expect(turns).toMatchObject([{ text: 'Late?', author: { id: '29:x', name: 'Guest' } }])
  await hasty.close()
})

it('calls nobody a guest because the connector is told to stop', async () => {
  const stop = AbortSignal.abort()
  await expect(setup.adapter.read(JSON.stringify(from({ id: '29:x' })), stop)).rejects.toThrow('aborted')
})

it('an author without an id is a guest, and nobody is asked', async () => {
  for (const author of [undefined, null, 7, {}, { name: '' }])
    expect(await nameOf(from(author))).toBe('Guest')
  expect(asked()).toEqual([])
})

const identityOf = (activity: TeamsActivity) =>
  setup.adapter.identify?.(JSON.stringify(activity), neverAborted)

it('tells the address that the tenant has, of the member who wrote', async () => {
  setup.fake.connector.introduce('29:x', { name: 'Ana', email: 'ana@example.com', userRole: 'user' })
  expect(await identityOf(from({ id: '29:x', name: 'Ana' }))).toEqual({ email: 'ana@example.com' })
  expect(asked()).toEqual(['/emea/v3/conversations/a%3A1Qx7personal/members/29%3Ax'])
})

it.each([
  ['anonymous', { name: 'Ana', email: 'ana@example.com', userRole: 'anonymous' }],
  ['a guest of the tenant, with a name that it made up', { email: 'ana_home.com#EXT#@host.onmicrosoft.com' }],
  ['somebody without an address', { userPrincipalName: 'ana@example.com' }],
])('tells no address of %s', async (_, member) => {
  setup.fake.connector.introduce('29:x', member)
  expect(await identityOf(from({ id: '29:x' }))).toEqual({})
})

it('tells no address where nobody answers, or the activity names nobody', async () => {
  setup.fake.server.fail({ kind: 'answer', applied: false, answer: { status: 403 } }, { match: isMember })
  expect(await identityOf(from({ id: '29:x' }))).toEqual({})
  expect(await identityOf(from({}))).toEqual({})
  expect(await setup.adapter.identify?.('null', neverAborted)).toEqual({})
})
