import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { day, hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
  await fixture.guests.say('anna', 'Hello')
  await fixture.guests.say('ben', 'Hi')
  await fixture.arrived(2)
})
afterEach(() => fixture.close())

/** The id of a guest's thread; they may be opened in any order. */
const threadOf = (first: string): string => {
  const thread = fixture.mews.threads().find(({ id }) => fixture.mews.messages(id)[0]?.text === first)
  return thread?.id ?? ''
}

const answers = ['one', 'two', 'three', 'two']

const hotelAnswers = (): void => {
  for (const text of answers) {
    fixture.mews.reply(threadOf('Hello'), text)
    fixture.mews.reply(threadOf('Hi'), text)
  }
}

const arrived = (): void => {
  expect(fixture.guests.heard('anna')).toEqual(answers)
  expect(fixture.guests.heard('ben')).toEqual(answers)
}

/** What the guests have heard, once it is enough, and a while later. */
const heardInTheEnd = async (): Promise<readonly (readonly string[])[]> => {
  await fixture.until(arrived)
  await fixture.pass(5 * minute)
  return ['anna', 'ben'].map((guest) => fixture.guests.heard(guest))
}

const once = [answers, answers]

const switches = {
  'that come once': {},
  'that never come': { webhooks: 'dropped' },
  'that come twice': { doubled: true },
  'in reverse': { reversed: true },
  'with the messages inside': { entities: true },
  'twice, in reverse, with the messages inside': { doubled: true, reversed: true, entities: true },
  'of an older Mews': { generation: 'old', entities: true },
} as const

describe.each(Object.entries(switches))('webhooks %s', (_, given) => {
  test('bring every reply once and in order', async () => {
    Object.assign(fixture.mews.switches, given)
    hotelAnswers()
    expect(await heardInTheEnd()).toEqual(once)
  })
})

describe.each([0, hour, 2 * day])('webhooks that are %i ms late', (late) => {
  test.each([{}, { reversed: true }, { entities: true, doubled: true }])(
    'bring every reply once and in order: %o',
    async (given) => {
      Object.assign(fixture.mews.switches, given, { webhooks: 'held' })
      hotelAnswers()
      fixture.clock.step(late)
      await fixture.mews.flush()
      expect(await heardInTheEnd()).toEqual(once)
      await fixture.mews.flush()
      expect(await heardInTheEnd()).toEqual(once)
    },
  )
})

test('a reply that was announced long ago and found since is looked for no more', async () => {
  const { mews } = fixture
  mews.switches.webhooks = 'held'
  hotelAnswers()
  expect(await heardInTheEnd()).toEqual(once)
  const before = fixture.calls.length
  await mews.flush()
  await fixture.pass(minute)
  expect(fixture.calls.length - before).toBeLessThanOrEqual(1)
})

test('our own messages, which Mews announces too, come back to nobody', async () => {
  await fixture.pass(10 * minute)
  expect(fixture.guests.heard('anna')).toEqual([])
})

test('a webhook about a message of somebody else’s thread costs a few looks and nothing more', async () => {
  const { mews } = fixture
  await fixture.pass(minute)
  const before = fixture.calls.length
  const [property] = mews.properties
  await mews.sendWebhook({
    EnterpriseId: property?.enterpriseId,
    IntegrationId: property?.enterpriseId,
    Events: [{ Discriminator: 'MessageAdded', Value: { Id: '5d0c77b1-24e9-4a06-8f3b-b1f300c4d9aa' } }],
  })
  await fixture.pass(10 * minute)
  // Every two minutes one is made anyway.
  expect(fixture.calls.length - before).toBeLessThan(5 + 8)
})
