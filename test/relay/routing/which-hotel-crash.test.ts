import { expect, test } from 'vitest'
import { defaultTexts } from '../support/default-texts.ts'
import { createCrashAfter } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

const hotels = [{ name: 'Grand Hotel' }, { name: 'Old Mill' }]
const list = '1. Grand Hotel\n2. Old Mill'
const dialogue = [
  defaultTexts.whichHotel.replace('{hotels}', list),
  defaultTexts.whichHotelAgain.replace('{hotels}', list),
  defaultTexts.chosen.replace('{property}', 'Old Mill'),
]
const words = ['Hello', 'Is the pool open?', 'Thanks']

/** Longer than it takes until something is certainly absent. */
const quietMs = 15_000

const texts = ({ mews }: FakePlatform, index: number) =>
  mews
    .threads(mews.properties[index]?.enterpriseId)
    .map(({ id }) => mews.messages(id).map(({ text }) => text))

/** Without what comes again right behind itself. */
const once = (heard: readonly string[]) => heard.filter((text, index) => text !== heard[index - 1])

interface Guest {
  readonly confirms: boolean
  readonly answer: readonly [string, { readonly choice: string }?]
}

/** Anna is asked and chooses, while the connector dies after so many acts; whether it did. */
const converse = async ({ confirms, answer }: Guest, acts: number): Promise<boolean> => {
  let left = acts
  let crash = createCrashAfter(left)
  const createCrash = () => {
    crash = createCrashAfter(left)
    left = Infinity
    return crash
  }
  const fixture = await createFakePlatform({ hotels, confirms, createCrash })
  const { guests } = fixture
  let died = false

  /** Starts it again where it has died; whether it had. */
  const revive = async (): Promise<boolean> => {
    if (!crash.hasCrashed()) return false
    died = true
    await fixture.revive()
    await guests.again()
    return true
  }
  const until = async (check: () => void): Promise<void> => {
    await fixture.until(() => void (crash.hasCrashed() || check()))
    if (await revive()) await fixture.until(check)
  }
  const say = async (...said: Guest['answer']): Promise<void> => {
    // Whoever answers has read first.
    fixture.clock.step(1_000)
    await Promise.race([guests.say('anna', ...said), crash.crashed])
  }
  const heard = () => once(guests.heard('anna'))

  try {
    await say('Hello')
    await until(() => expect(heard()).toEqual(dialogue.slice(0, 1)))
    await say('Is the pool open?')
    await until(() => expect(heard()).toEqual(dialogue.slice(0, 2)))
    await say(...answer)
    await say('Thanks')
    await until(() => expect(texts(fixture, 1)).toEqual([words]))
    await until(() => expect(heard()).toEqual(dialogue))
    await fixture.pass(quietMs)
    if (await revive()) await fixture.pass(quietMs)
    const twice = guests.heard('anna').length - heard().length
    const marked = fixture.deliveries().filter((row) => row.possibly_twice === 1)
    expect({ heard: heard(), grand: texts(fixture, 0), mill: texts(fixture, 1) }).toEqual({
      heard: dialogue,
      grand: [],
      mill: [words],
    })
    expect(twice).toBeLessThanOrEqual(confirms ? 0 : marked.length)
    expect(fixture.deliveries().filter(({ state }) => state !== 'sent')).toEqual([])
  } finally {
    await fixture.close()
  }
  return died
}

const typed = ['2'] as const
const pressed = ['', { choice: 'Old Mill' }] as const

test.each([
  ['pressed', 'can be asked', { confirms: true, answer: pressed }],
  ['typed', 'cannot be asked', { confirms: false, answer: typed }],
] as const)(
  'whatever the connector dies after, a guest is asked once and nothing of it is lost: %s, on a platform that %s',
  async (_answer, _asked, guest) => {
    let acts = 1
    while (await converse(guest, acts)) acts += 1
    expect(acts).toBeGreaterThan(20)
  },
)
