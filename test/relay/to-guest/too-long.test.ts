import { afterEach, expect, test } from 'vitest'
import { minute } from '../../fakes/clock.ts'
import type { FakeAnswer, FakeRequest } from '../../fakes/server.ts'
import { createTeamsPlatform, type Platform } from '../support/platforms.ts'

let platform: Platform
/** The conversation has begun, and the greeting is through. */
const begin = async (): Promise<void> => {
  platform = await createTeamsPlatform(5_000)
  await platform.say('Hello')
  await platform.until(() => expect(staffSaw()).toHaveLength(1))
  await platform.pass(20_000)
}
afterEach(() => platform.close())

const staffSaw = (): readonly string[] =>
  platform.mews.threads().flatMap(({ id }) => platform.mews.messages(id).map(({ text }) => text))
const answer = (text: string): void => void platform.mews.reply(platform.mews.threads()[0]?.id ?? '', text)

const tooBig: FakeAnswer = {
  status: 413,
  body: { error: { code: 'MessageSizeTooBig', message: 'Too big.' } },
}
const textOf = ({ body }: FakeRequest): string => (JSON.parse(body) as { text?: string }).text ?? ''

/** Teams takes no longer messages any more. */
const takeAtMost = (length: number): void =>
  platform.server.fail(
    { kind: 'answer', applied: false, answer: tooBig },
    { times: 1_000, match: (request) => platform.isPost(request) && textOf(request).length > length },
  )

/** Words of which no two are the same. */
const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(' ')
const solid = (texts: readonly string[]): string => texts.join('').replaceAll(/\s/g, '')

test('what Teams finds too long arrives in shorter parts: all of it, once, in order', async () => {
  await begin()
  takeAtMost(6_000)
  const long = words(6_000)
  answer(long)
  answer('See you!')
  await platform.until(() => expect(platform.heard()).toContain('See you!'))
  await platform.pass(3 * minute)
  const heard = platform.heard()
  expect(heard.at(-1)).toBe('See you!')
  expect(solid(heard.slice(0, -1))).toBe(solid([long]))
  expect(
    platform.deliveries().every(({ state, possibly_twice }) => state === 'sent' && possibly_twice === 0),
  ).toBe(true)
  expect(staffSaw()).toEqual(['Hello', long, 'See you!'])
})

test('where it is not known whether the whole arrived, its parts say so', async () => {
  await begin()
  platform.server.fail({ kind: 'reset', applied: false }, { match: platform.isPost })
  takeAtMost(6_000)
  const long = words(1_500)
  answer(long)
  await platform.until(() => expect(solid(platform.heard())).toBe(solid([long])))
  const parts = platform
    .deliveries()
    .filter(({ lane, state }) => lane.startsWith('reply') && state === 'sent')
  expect(parts.slice(-2).map(({ possibly_twice }) => possibly_twice)).toEqual([1, 1])
})

test('what is refused at any length is told to the staff, after a few attempts', async () => {
  await begin()
  takeAtMost(0)
  answer(words(1_500))
  await platform.until(() => expect(staffSaw().at(-1)).toContain('It is too long for Microsoft Teams. '))
  expect(platform.heard()).toEqual([])
  expect(
    platform.server.requests.filter((request) => platform.isPost(request) && textOf(request) !== '').length,
  ).toBeLessThan(10)
})
