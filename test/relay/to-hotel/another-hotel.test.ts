import { afterEach, beforeEach, expect, test } from 'vitest'
import { day, hour, minute } from '../../fakes/clock.ts'
import type { Said } from '../support/guests.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform({ hotels: [{ name: 'Grand Hotel' }, { name: 'Old Mill' }] })
})
afterEach(() => fixture.close())

const operation = 'messageThreads/add'
const refused = {
  kind: 'answer',
  applied: false,
  answer: { status: 403, body: { Message: 'Messaging is not enabled for this property.' } },
} as const
const shut = { kind: 'answer', applied: false, answer: { status: 401, body: {} } } as const

/** Anna does something, and then has heard so many things in all. */
const say = async (text: string, said: Said, heard: number): Promise<void> => {
  await fixture.guests.say('anna', text, said)
  await fixture.until(() => expect(fixture.guests.heard('anna')).toHaveLength(heard))
}

/** One hotel's threads: how each subject begins, and the texts. */
const threadsOf = (index: number) => {
  const { mews } = fixture
  return mews
    .threads(mews.properties[index]?.enterpriseId)
    .map(({ id, subject }) => [subject.split(' (')[0], mews.messages(id).map(({ text }) => text)])
}

const expectThreads = (index: number, ...texts: readonly string[]): Promise<void> =>
  fixture.until(() => expect(threadsOf(index)).toEqual(texts.map((text) => [text, [text]])))

/** Anna turns from the Grand Hotel, which opened no thread for her, to the Old Mill. */
const moveOn = async (): Promise<void> => {
  await say('A private matter', {}, 1)
  fixture.mews.fail(refused, { operation, times: 2 })
  await say('', { choice: 'Grand Hotel' }, 3)
  await say('', { command: 'new' }, 4)
  await say('', { choice: 'Old Mill' }, 5)
  await fixture.guests.say('anna', 'Good evening')
  await expectThreads(1, 'Good evening')
}

test('a hotel reads nothing of what was written to one that refused the guest, and its replies arrive', async () => {
  await moveOn()
  const { mews, guests, store } = fixture
  const [row] = await store.threads.byId([fixture.thread(0)])
  expect(row).toMatchObject({ property: 'Old Mill', sender: 'Anna' })
  mews.reply(fixture.thread(0), 'from the Mill')
  await fixture.until(() => expect(guests.heard('anna').at(-1)).toBe('from the Mill'))
  expect(threadsOf(0)).toEqual([])
})

test('a guest who goes back and forth between hotels gets a thread each time, and hears from all of them', async () => {
  await moveOn()
  const { mews, guests } = fixture
  await say('', { command: 'new' }, 6)
  await say('', { choice: 'Grand Hotel' }, 7)
  await guests.say('anna', 'To the Grand again')
  await expectThreads(0, 'To the Grand again')
  await say('', { command: 'new' }, 8)
  await say('', { choice: 'Old Mill' }, 9)
  await guests.say('anna', 'To the Mill again')
  await expectThreads(1, 'Good evening', 'To the Mill again')
  const replies = mews.threads().map(({ id }) => `in ${id}`)
  for (const { id } of mews.threads()) mews.reply(id, `in ${id}`)
  await fixture.until(() => expect(guests.heard('anna').slice(9).toSorted()).toEqual(replies.toSorted()))
})

test('a guest who comes back to a hotel that had opened a thread after all gets no second one', async () => {
  const { mews, guests } = fixture
  await say('Hello', {}, 1)
  mews.fail({ kind: 'reset', applied: true }, { operation })
  mews.fail(shut, { times: 10_000 })
  await guests.say('anna', '', { choice: 'Grand Hotel' })
  await fixture.pass(day + hour, 10 * minute)
  mews.heal()
  await fixture.until(() => expect(guests.heard('anna')).toHaveLength(3))
  expect(threadsOf(0)).toEqual([['Hello', []]])
  await say('', { command: 'new' }, 4)
  await say('', { choice: 'Old Mill' }, 5)
  await guests.say('anna', 'Good evening')
  await expectThreads(1, 'Good evening')
  await say('', { command: 'new' }, 6)
  await say('', { choice: 'Grand Hotel' }, 7)
  await guests.say('anna', 'To the Grand again')
  await fixture.until(() => expect(threadsOf(0)).toEqual([['Hello', ['To the Grand again']]]))
})
