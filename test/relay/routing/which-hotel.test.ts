import { afterEach, describe, expect, test } from 'vitest'
import { defaultTexts } from '../support/default-texts.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { day, hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

const grand = { name: 'Grand Hotel' }
const mill = { name: 'Old Mill' }
const list = '1. Grand Hotel\n2. Old Mill'
const question = defaultTexts.whichHotel.replace('{hotels}', list)
const reminder = defaultTexts.whichHotelAgain.replace('{hotels}', list)
const chosen = (name: string) => defaultTexts.chosen.replace('{property}', name)

let fixture: FakePlatform
afterEach(() => fixture.close())

const start = async (options: Parameters<typeof createFakePlatform>[0] = {}): Promise<void> => {
  fixture = await createFakePlatform({ hotels: [grand, mill], ...options })
}

/** The texts of one hotel's threads, in the order they were opened. */
const threadsOf = (index: number) => {
  const { mews } = fixture
  return mews
    .threads(mews.properties[index]?.enterpriseId)
    .map(({ id }) => mews.messages(id).map(({ text }) => text))
}

const expectHeard = async (conversation: string, ...texts: readonly string[]): Promise<void> => {
  await fixture.until(() => expect(fixture.guests.heard(conversation)).toEqual(texts))
}

const expectThreads = (index: number, ...threads: readonly (readonly string[])[]): Promise<void> =>
  fixture.until(() => expect(threadsOf(index)).toEqual(threads))

/** Anna writes and is asked. */
const ask = async (): Promise<void> => {
  await start()
  await fixture.guests.say('anna', 'Hello')
  await expectHeard('anna', question)
}

describe('a guest whose hotel no route tells', () => {
  test('is asked once, and what they write meanwhile arrives in order behind the answer', async () => {
    await ask()
    expect(fixture.guests.choices('anna').map(({ label }) => label)).toEqual(['Grand Hotel', 'Old Mill'])
    await fixture.guests.say('anna', 'Is the pool open?')
    await fixture.pass(minute)
    expect(threadsOf(0).concat(threadsOf(1))).toEqual([])
    await fixture.guests.say('anna', '', { choice: 'Old Mill' })
    await expectThreads(1, ['Hello', 'Is the pool open?'])
    await expectHeard('anna', question, reminder, chosen('Old Mill'))
    await fixture.guests.say('anna', 'Thanks')
    await expectThreads(1, ['Hello', 'Is the pool open?', 'Thanks'])
    fixture.mews.reply(fixture.thread(0), 'Until ten.')
    await expectHeard('anna', question, reminder, chosen('Old Mill'), 'Until ten.')
    expect(threadsOf(0)).toEqual([])
  })

  test.each(['2', ' old mill. ', 'OLD MILL'])(
    'answers by writing %j, which no hotel reads',
    async (answer) => {
      await ask()
      await fixture.guests.say('anna', answer)
      await fixture.guests.say('anna', 'Is the pool open?')
      await expectThreads(1, ['Hello', 'Is the pool open?'])
      await expectHeard('anna', question, chosen('Old Mill'))
    },
  )

  test('is not taken at a word that was written before the question', async () => {
    await start()
    await fixture.guests.say('anna', 'I need towels')
    await fixture.guests.say('anna', '2')
    await expectHeard('anna', question)
    await fixture.guests.say('anna', '1')
    await expectThreads(0, ['I need towels', '2'])
  })

  test('is reminded once when they write on, and wrong answers are kept', async () => {
    await ask()
    await fixture.guests.say('anna', 'Grnd Hotel')
    await expectHeard('anna', question, reminder)
    await fixture.guests.say('anna', '3')
    await fixture.guests.say('anna', 'Anybody there?')
    await fixture.pass(hour, minute)
    await expectHeard('anna', question, reminder)
    await fixture.guests.say('anna', 'grand hotel')
    await expectThreads(0, ['Hello', 'Grnd Hotel', '3', 'Anybody there?'])
  })

  test('gets help and status before they choose', async () => {
    await ask()
    await fixture.guests.say('anna', '', { command: 'help' })
    const help = defaultTexts.help.replace('{property}', 'the hotel')
    await expectHeard('anna', question, help)
    await fixture.guests.say('anna', '', { command: 'status' })
    const status = 'One of your messages is waiting here until you choose a hotel.'
    await expectHeard('anna', question, help, status)
    await fixture.guests.say('anna', '', { choice: 'Grand Hotel' })
    await expectThreads(0, ['Hello'])
    await expectHeard('anna', question, help, status, chosen('Grand Hotel'))
  })

  test('reads of several messages as several', async () => {
    await ask()
    await fixture.guests.say('anna', 'A cot, too')
    await expectHeard('anna', question, reminder)
    await fixture.guests.say('anna', '', { command: 'status' })
    const status = '2 of your messages are waiting here until you choose a hotel.'
    await expectHeard('anna', question, reminder, status)
  })

  test('who writes help is helped and asked, and the hotel gets the word once it is known', async () => {
    await start()
    await fixture.guests.say('anna', 'Help', { command: 'help' })
    const help = defaultTexts.help.replace('{property}', 'the hotel')
    await expectHeard('anna', help, question)
    await fixture.guests.say('anna', '1')
    await expectThreads(0, ['Help'])
    await expectHeard('anna', help, question, chosen('Grand Hotel'))
  })

  test('is told by whom they are read when they press again later', async () => {
    await ask()
    await fixture.guests.say('anna', '', { choice: 'Grand Hotel' })
    await expectHeard('anna', question, chosen('Grand Hotel'))
    await fixture.guests.say('anna', '', { choice: 'Old Mill' })
    await expectHeard('anna', question, chosen('Grand Hotel'), chosen('Grand Hotel'))
    await fixture.guests.say('anna', 'Hello again')
    await expectThreads(0, ['Hello', 'Hello again'])
  })

  test('can wish for a new conversation, and is asked again; each hotel keeps to its own', async () => {
    await ask()
    await fixture.guests.say('anna', '1')
    await expectThreads(0, ['Hello'])
    await fixture.guests.say('anna', '', { command: 'new' })
    await expectHeard('anna', question, chosen('Grand Hotel'), question)
    await fixture.guests.say('anna', 'A room for June?')
    await expectHeard('anna', question, chosen('Grand Hotel'), question, reminder)
    await fixture.guests.say('anna', '2')
    await expectThreads(1, ['A room for June?'])
    fixture.mews.reply(fixture.thread(0), 'from the Grand')
    fixture.mews.reply(fixture.thread(1), 'from the Mill')
    await fixture.until(() =>
      expect(fixture.guests.heard('anna').slice(-2).toSorted()).toEqual(['from the Grand', 'from the Mill']),
    )
    expect(threadsOf(0)).toEqual([['Hello', 'from the Grand']])
  })

  test('who wishes for a new conversation before the answer is asked again, and once only', async () => {
    await ask()
    await fixture.guests.say('anna', '', { command: 'new' })
    await expectHeard('anna', question, question)
    await fixture.guests.say('anna', '2')
    await expectThreads(1, ['Hello'])
    await fixture.guests.say('anna', 'Thanks')
    await expectThreads(1, ['Hello', 'Thanks'])
  })

  test('is told after a day that nothing was delivered, and is asked anew for what they write then', async () => {
    await ask()
    await fixture.pass(day + minute, 10 * minute)
    const told = defaultTexts.turnsUnanswered.replace('{text}', 'Hello')
    await expectHeard('anna', question, told)
    const failed = { lane: 'turn:lobby:anna', pos: 1, state: 'failed' }
    expect(fixture.deliveries()).toContainEqual(expect.objectContaining(failed))
    await fixture.guests.say('anna', 'Good evening')
    await expectHeard('anna', question, told, question)
    await fixture.guests.say('anna', '2')
    await expectThreads(1, ['Good evening'])
  })

  test('is asked for what was young enough when the rest was given up', async () => {
    await ask()
    await fixture.pass(20 * hour, 10 * minute)
    await fixture.guests.say('anna', 'Are you there?')
    await fixture.pass(5 * hour, 10 * minute)
    const told = defaultTexts.turnsUnanswered.replace('{text}', 'Hello')
    await expectHeard('anna', question, reminder, told, question)
    await fixture.guests.say('anna', '1')
    await expectThreads(0, ['Are you there?'])
  })

  test('takes their time, and nothing fails or waits for long meanwhile', async () => {
    await ask()
    await fixture.pass(5 * hour, 10 * minute)
    const { figures } = (fixture.store as OpenStore).admin
    const group = { group: 'unrouted:lobby', lanes: 1, waiting: 1, failing: 0, asked: 1, oldestAt: null }
    expect(await figures.groups()).toEqual([group])
    await fixture.guests.say('anna', 'Are you there?')
    await expectHeard('anna', question, reminder)
    await fixture.pass(minute)
    expect(await figures.groups()).toEqual([{ ...group, waiting: 2 }])
  })

  test('is not asked for what concerns no hotel', async () => {
    await start()
    await fixture.guests.say('anna', '', { empty: true })
    await fixture.guests.say('anna', 'among ourselves', { onlyInBridged: true })
    await fixture.pass(minute)
    expect(fixture.guests.heard('anna')).toEqual([])
    await fixture.guests.say('anna', 'Hello')
    await expectHeard('anna', question)
  })

  test('who could only mean one is not asked', async () => {
    const routes = [{ platform: 'lobby', match: { room: '12' } }]
    await start({ hotels: [{ ...grand, routes }] })
    await fixture.guests.say('anna', 'Hello', { routing: { room: '14' } })
    await expectThreads(0, ['Hello'])
    expect(fixture.guests.heard('anna')).toEqual([])
  })

  test('is asked for those only that are equally near', async () => {
    const routes = [{ platform: 'lobby', match: { building: 'a' } }]
    await start({ hotels: [{ name: 'Inn' }, { ...grand, routes }, { ...mill, routes }] })
    await fixture.guests.say('anna', 'Hello', { routing: { building: 'a' } })
    await expectHeard('anna', question)
  })
})

test('a question that fails on its way waits for it, and the next conversation does not', async () => {
  await start()
  fixture.guests.fail('anna', { outcome: { outcome: 'retry', reason: 'busy', afterMs: hour } })
  await fixture.guests.say('anna', 'Hello')
  await fixture.guests.say('ben', 'Hi')
  await expectHeard('ben', question)
  expect(fixture.guests.heard('anna')).toEqual([])
  await fixture.guests.say('anna', '2')
  await fixture.pass(hour + minute, minute)
  await expectHeard('anna', question)
  await fixture.guests.say('anna', '1')
  await expectThreads(0, ['Hello', '2'])
})

test('an answer counts from the first time the question may have been read, however often it comes', async () => {
  await start({ confirms: false })
  fixture.guests.fail('anna', { outcome: { outcome: 'unknown', reason: 'no answer' }, applied: true })
  await fixture.guests.say('anna', 'Hello')
  await expectHeard('anna', question)
  await fixture.guests.say('anna', '2', { unreadable: 4 })
  await expectHeard('anna', question, question, chosen('Old Mill'))
  await expectThreads(1, ['Hello'])
})

describe('a restart', () => {
  test('between question and answer changes nothing', async () => {
    await ask()
    await fixture.restart([grand, mill])
    await fixture.guests.say('anna', 'Is the pool open?')
    await expectHeard('anna', question, reminder)
    await fixture.restart([grand, mill])
    await fixture.guests.say('anna', 'old mill')
    await expectThreads(1, ['Hello', 'Is the pool open?'])
    await expectHeard('anna', question, reminder, chosen('Old Mill'))
  })

  test('with a route that knows the conversation delivers what waits', async () => {
    await start()
    await fixture.guests.say('anna', 'Hello', { routing: { room: '12' } })
    await expectHeard('anna', question)
    await fixture.restart([grand, { ...mill, routes: [{ platform: 'lobby', match: { room: '12' } }] }])
    await expectThreads(1, ['Hello'])
    expect(fixture.guests.heard('anna')).toEqual([question])
  })
})

const roomOf = (room: string) => [{ platform: 'lobby', match: { room } }]

test('a hotel that cannot be called holds up no other, and what waits for it goes on by itself', async () => {
  const open = { ...grand, routes: roomOf('12') }
  const shut = { ...mill, routes: roomOf('14') }
  await start({ hotels: [open, { ...shut, accessToken: 'wrong' }] })
  await fixture.guests.say('anna', 'Hello', { routing: { room: '14' } })
  await fixture.guests.say('ben', 'Hi', { routing: { room: '12' } })
  await expectThreads(0, ['Hi'])
  fixture.mews.reply(fixture.thread(0), 'Welcome')
  await expectHeard('ben', 'Welcome')
  const paused = fixture.lines.filter(({ message }) => message === 'property paused')
  expect(new Set(paused.map(({ fields }) => fields['property']))).toEqual(new Set(['Old Mill']))
  expect(fixture.gate.state()).toMatchObject({ failingSince: null })
  await fixture.restart([open, shut])
  await expectThreads(1, ['Hello'])
})
