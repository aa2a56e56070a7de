import { afterEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../fakes/server.ts'
import { callsMethod } from '../../fakes/slack/slack.ts'
import { createManualClock, minute } from '../../fakes/clock.ts'
import { faults, type FaultPlan } from '../support/faults.ts'
import { createSlackPlatform, createTeamsPlatform, type Platform } from '../support/platforms.ts'

let platform: Platform
afterEach(() => platform.close())

const replies = ['ok', 'ok', 'See you at eleven']

/** The guest writes, and the hotel answers three times while the platform misbehaves; the first post meets `first`. */
const answerDuring = async (
  fault: FaultPlan,
  times: number,
  match = platform.isPost,
  first?: Fault,
): Promise<void> => {
  const { mews, server } = platform
  await platform.say('Hello')
  await platform.until(() => expect(mews.threads().flatMap(({ id }) => mews.messages(id))).toHaveLength(1))
  // Until the greeting is through.
  await platform.pass(20_000)
  const [thread] = mews.threads()
  if (first !== undefined) server.fail(first, { match: platform.isPost })
  if (fault === 'refused') {
    await server.pause()
    void platform.pass(20_000).then(() => server.resume())
  } else server.fail(fault, { times, match })
  for (const reply of replies) mews.reply(thread?.id ?? '', reply)
}

/** How often a reply was looked up; a guest's message is looked for up to a time. */
const lookUps = (method: string): number =>
  platform.server.requests.filter(callsMethod(method)).filter(({ body }) => !body.includes('latest=')).length

/** Short only where nothing ever comes, so that a slow machine changes nothing; other answers come within. */
const patienceFor = (fault: FaultPlan): number =>
  fault !== 'refused' && fault.kind === 'hang' ? 1_000 : 10_000

const table = Object.entries(faults(createManualClock().now()))

/** What the guest heard, once all was posted, and a while later. */
const heardInTheEnd = async (): Promise<readonly string[]> => {
  await platform.until(() => expect(platform.heard()).toHaveLength(3))
  await platform.pass(3 * minute)
  expect(platform.deliveries().filter(({ state }) => state !== 'sent')).toEqual([])
  return platform.heard()
}

/** The bot's own events never come, so that the platform has to be asked. */
describe.each(['direct', 'thread'] as const)('to a Slack %s', (where) => {
  test.each(table)('every reply arrives once after %s', async (_, fault) => {
    platform = await createSlackPlatform(where, patienceFor(fault))
    await answerDuring(fault, 2)
    expect(await heardInTheEnd()).toEqual(replies)
  })
})

describe.each([
  ['direct', 'conversations.history'],
  ['thread', 'conversations.replies'],
] as const)('when the answer to a post to a Slack %s was lost', (where, method) => {
  const answered = table.filter(([, fault]) => fault !== 'refused')
  test.each(answered)('nothing is posted twice, even after %s at the look-up', async (_, fault) => {
    platform = await createSlackPlatform(where, patienceFor(fault))
    await answerDuring(fault, 1, callsMethod(method), { kind: 'reset', applied: true })
    expect(await heardInTheEnd()).toEqual(replies)
    expect(lookUps(method)).toBeGreaterThan(1)
  })
})

test('the bot’s own event is receipt enough: Slack is asked nothing', async () => {
  const slack = await createSlackPlatform('direct', 5_000)
  platform = slack
  await answerDuring({ kind: 'reset', applied: true }, 1)
  await platform.until(() => expect(platform.heard()).toHaveLength(1))
  await slack.echo()
  await platform.until(() => expect(platform.heard()).toEqual(replies))
  expect(lookUps('conversations.history')).toBe(0)
})

/** After these it is certain that nothing was posted, or that it was. */
const certain = /refused|429|503|half/

describe('to Teams, which cannot be asked', () => {
  test.each(table)(
    'every reply arrives in order after %s, and what may be there twice is marked',
    async (name, fault) => {
      platform = await createTeamsPlatform(patienceFor(fault))
      await answerDuring(fault, 2)
      await platform.until(() => expect(platform.heard()).toContain(replies[2]))
      await platform.pass(3 * minute)
      const doubles =
        fault !== 'refused' && fault.applied && !certain.test(name) ? [replies[0], replies[0]] : []
      expect(platform.heard()).toEqual([...doubles, ...replies])
      const marks = platform
        .deliveries()
        .flatMap(({ lane, possibly_twice }) => (lane.startsWith('reply') ? possibly_twice : []))
      expect(marks).toEqual([certain.test(name) ? 0 : 1, 0, 0])
    },
  )
})
