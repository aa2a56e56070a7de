import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PassingError, type Outcome } from '../../../src/port.ts'
import { hour, minute } from '../../fakes/clock.ts'
import { createCrashAfterWith } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

/** How posts of each text end, in order; then they arrive. */
let posts: Map<string, readonly Exclude<Outcome, { outcome: 'sent' }>[]>
/** What cannot be read. */
let away: readonly string[]
let tried: string[]
let fixture: FakePlatform

const createCrash = () =>
  createCrashAfterWith((adapter) => ({
    ...adapter,
    read: async (payload, signal) => {
      if (away.some((text) => payload.includes(`"${text}"`))) throw new PassingError('The lobby is away.')
      return adapter.read(payload, signal)
    },
    send: async (part, signal) => {
      tried.push(part.text)
      const [outcome, ...rest] = posts.get(part.text) ?? []
      posts.set(part.text, rest)
      return outcome ?? adapter.send(part, signal)
    },
  }))

beforeEach(async () => {
  posts = new Map()
  away = []
  tried = []
  fixture = await createFakePlatform({ createCrash, confirms: false, times: { giveUpMs: 2 * hour } })
})
afterEach(() => fixture.close())

const busy = { outcome: 'retry', reason: 'busy', afterMs: minute } as const
const lost = { outcome: 'unknown', reason: 'no answer' } as const

/** The staff write both before the first is tried. */
const replyTwice = async (): Promise<void> => {
  await fixture.begin()
  const thread = fixture.thread(0)
  for (const text of ['first', 'second']) fixture.mews.reply(thread, text)
}

describe('a reply behind one that failed for long', () => {
  const ends = {
    'was given up': [busy, busy],
    'was refused in the end': [busy, { outcome: 'rejected', reason: 'too odd' }],
    'arrived in the end': [busy],
  } as const

  test.each(Object.entries(ends))(
    'is not given up for a few attempts that fail, when that %s',
    async (_, how) => {
      posts = new Map([
        ['first', how],
        ['second', [busy, busy]],
      ])
      await replyTwice()
      await fixture.until(() => expect(tried).toEqual(['first']))
      fixture.clock.step(3 * hour)
      await fixture.until(() => expect(fixture.guests.heard('anna').at(-1)).toBe('second'))
      expect(fixture.failed()).toHaveLength(how.length - 1)
    },
  )

  test('begins with short pauses', async () => {
    posts = new Map([
      ['first', Array.from({ length: 10 }, () => lost)],
      ['second', [lost]],
    ])
    await replyTwice()
    await fixture.until(() => expect(tried).toContain('second'))
    await fixture.pass(6_000)
    expect(fixture.guests.heard('anna')).toEqual(['first', 'second'])
  })

  test('is given up in its own time', async () => {
    const never = Array.from({ length: 500 }, () => busy)
    posts = new Map([
      ['first', never],
      ['second', never],
    ])
    await replyTwice()
    await fixture.pass(2.2 * hour, minute)
    expect(fixture.failed()).toMatchObject([{ lane: 'reply:lobby:anna', pos: 1 }])
    await fixture.pass(2.2 * hour, minute)
    expect(fixture.failed().map(({ pos }) => pos)).toEqual([1, 2])
  })
})

test('a turn behind one that could not be read for too long is read before it is given up', async () => {
  await fixture.begin()
  away = ['two']
  await Promise.all(['two', 'three'].map((text) => fixture.guests.say('anna', text)))
  await fixture.pass(2.2 * hour, minute)
  await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'three']]))
  expect(fixture.failed()).toMatchObject([{ lane: 'turn:lobby:anna', pos: 2 }])
})
