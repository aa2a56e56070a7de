import { afterEach, expect, test } from 'vitest'
import { day, hour, minute } from '../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from './support/fake-platform.ts'

let fixture: FakePlatform
afterEach(() => fixture.close())

const lost = { applied: true, kind: 'reset' } as const
/** How far this machine's clock is ahead of Mews. */
const skews = [20 * minute, 10 * minute, -10 * minute, -hour, 2 * hour, -365 * day, day] as const

/** What shows Mews's clock at a start. */
const firstQuestion = { operation: 'configuration/get', times: 3 } as const
const away = { kind: 'answer', applied: false, answer: { status: 503, body: {} } } as const

/** A hotel and a guest who have spoken, with this machine's clock wrong from the start. */
const begin = async (skewMs: number, webhooks: 'sent' | 'dropped' = 'dropped'): Promise<void> => {
  fixture = await createFakePlatform({ switches: { webhooks, skewMs: -skewMs } })
}

test.each(skews)('with a clock that is %i ms ahead of Mews replies arrive at once', async (skewMs) => {
  await begin(skewMs)
  const { mews, guests } = fixture
  await guests.say('anna', 'Hello')
  await fixture.arrived(1)
  for (const text of ['first', 'second']) {
    mews.reply(fixture.thread(0), text)
    await fixture.pass(5 * minute, 5_000)
  }
  expect(guests.heard('anna')).toEqual(['first', 'second'])
})

test.each(skews)('with a clock that is %i ms ahead of Mews an announced reply arrives', async (skewMs) => {
  await begin(skewMs, 'sent')
  const { mews, guests } = fixture
  await guests.say('anna', 'Hello')
  await fixture.arrived(1)
  mews.reply(fixture.thread(0), 'Good evening')
  await fixture.pass(minute)
  expect(guests.heard('anna')).toEqual(['Good evening'])
})

test.each(skews)('with a clock that is %i ms ahead of Mews a lost answer doubles no turn', async (skewMs) => {
  await begin(skewMs)
  const { mews, guests } = fixture
  await guests.say('anna', 'Hello')
  await fixture.arrived(1)
  mews.fail(lost, { operation: 'messages/add' })
  await guests.say('anna', 'A towel, please')
  await fixture.pass(5 * minute, 5_000)
  expect(fixture.threads()).toEqual([['Hello', 'A towel, please']])
})

test.each(skews)(
  'with a clock that is %i ms ahead of Mews a lost answer opens no second thread',
  async (skewMs) => {
    await begin(skewMs)
    const { mews, guests } = fixture
    mews.fail(lost, { operation: 'messageThreads/add' })
    await guests.say('anna', 'Hello')
    await fixture.pass(5 * minute, 5_000)
    expect(fixture.threads()).toEqual([['Hello']])
  },
)

test.each([-hour, hour, -30 * day])(
  'a clock that is set by %i ms after an answer was lost doubles nothing, over a restart too',
  async (ms) => {
    await begin(0)
    const { mews, guests, clock } = fixture
    await guests.say('anna', 'Hello')
    await fixture.arrived(1)
    mews.fail({ applied: true, kind: 'hang' }, { operation: 'messages/add' })
    await guests.say('anna', 'A towel, please')
    await fixture.arrived(2)
    clock.set(ms)
    await fixture.restart([{ name: 'Grand Hotel' }])
    await fixture.pass(2 * minute)
    expect(fixture.threads()).toEqual([['Hello', 'A towel, please']])
    await guests.say('anna', 'And soap')
    await fixture.pass(2 * minute)
    expect(fixture.threads()).toEqual([['Hello', 'A towel, please', 'And soap']])
  },
)

test.each([365 * day, 31 * day])(
  'a clock that is %i ms ahead when the connector starts ends no conversation for having rested',
  async (ms) => {
    await begin(0)
    const { mews, guests, clock } = fixture
    await guests.say('anna', 'Hello')
    await fixture.arrived(1)
    clock.set(ms)
    mews.fail(away, firstQuestion)
    await fixture.restart([{ name: 'Grand Hotel' }])
    await guests.say('anna', 'A towel, please')
    await fixture.arrived(2)
    expect(fixture.threads()).toEqual([['Hello', 'A towel, please']])
  },
)

test.each([365 * day, -365 * day])(
  'a clock that is set by %i ms before a backup is put back hides no thread that was opened since',
  async (ms) => {
    await begin(0)
    const { mews, guests, clock } = fixture
    await guests.say('anna', 'Hello')
    await fixture.arrived(1)
    await fixture.backUp()
    await guests.say('ben', 'Good evening')
    await fixture.arrived(2)
    clock.set(ms)
    mews.fail(away, firstQuestion)
    await fixture.putBack()
    await guests.say('ben', 'A towel, please')
    await fixture.pass(2 * minute)
    expect(fixture.threads()).toEqual([['Hello'], ['Good evening', 'A towel, please']])
  },
)

test.each([
  { entities: true, ageMs: 40 * day },
  { entities: false, ageMs: 20 * hour },
])(
  'an announced reply arrives that shows only now and was written long ago: %o',
  async ({ entities, ageMs }) => {
    fixture = await createFakePlatform({ switches: { webhooks: 'held', entities } })
    const { mews, guests } = fixture
    await guests.say('anna', 'Hello')
    await fixture.arrived(1)
    await fixture.pass(hour, 10_000)
    mews.switches.skewMs = -ageMs
    mews.reply(fixture.thread(0), 'Good evening')
    mews.switches.skewMs = 0
    await mews.flush()
    await fixture.pass(minute)
    expect(guests.heard('anna')).toEqual(['Good evening'])
  },
)

test('a wrong clock is told once, and once more when it is right', async () => {
  await begin(0)
  const { clock, guests, lines } = fixture
  await guests.say('anna', 'Hello')
  await fixture.arrived(1)
  const told = () => lines.filter(({ fields }) => fields['clock'] === 'Mews')
  await fixture.pass(5 * minute, 5_000)
  expect(told()).toEqual([])
  clock.set(40_000)
  await fixture.pass(10 * minute, 5_000)
  expect(told()).toMatchObject([{ level: 'warn' }])
  expect(told()[0]?.message).toMatch('it is 40 s ahead of the clock of Mews')
  clock.set(-40_000)
  await fixture.pass(10 * minute, 5_000)
  expect(told().map(({ level }) => level)).toEqual(['warn', 'info'])
})
