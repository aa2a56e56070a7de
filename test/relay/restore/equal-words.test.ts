import { afterEach, beforeEach, expect, test } from 'vitest'
import { minute } from '../../fakes/clock.ts'
import { createChannexPlatform, type Platform } from '../support/platforms.ts'

let platform: Platform
/** The guest and the hotel have written, and a backup was made. */
const begin = async (): Promise<void> => {
  platform = await createChannexPlatform()
  await platform.say('Is the pool open?')
  await platform.until(() => expect(platform.mews.threads()).toHaveLength(1))
  await platform.pass(minute)
  await answer('ok')
  await platform.backUp()
}
beforeEach(() => begin())
afterEach(() => platform.close())

const reply = (text: string): void => void platform.mews.reply(platform.mews.threads()[0]?.id ?? '', text)

const answer = async (text: string): Promise<void> => {
  const heard = platform.heard().length
  reply(text)
  await platform.until(() => expect(platform.heard()).toHaveLength(heard + 1))
}

/** From now on nothing arrives. */
const refuse = (): void =>
  platform.server.fail({ kind: 'reset', applied: false }, { times: 1_000, match: platform.isPost })

const restore = async (): Promise<void> => {
  await platform.putBack()
  platform.server.heal()
  await platform.pass(5 * minute)
}

test.each([0, 1, 3])(
  'of four replies with the same words since a backup of which %i arrived, each arrives once',
  async (arrived) => {
    for (let count = 0; count < arrived; count += 1) await answer('ok')
    refuse()
    for (let count = arrived; count < 4; count += 1) reply('ok')
    await platform.pass(5_000)
    await restore()
    expect(platform.heard()).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
  },
)

test('of a reply in two parts with the same words of which one arrived, the other arrives, too', async () => {
  const part = 'ok '.repeat(333).trim()
  platform.server.fail(
    { kind: 'reset', applied: false },
    { times: 1_000, match: (request) => platform.isPost(request) && platform.heard().includes(part) },
  )
  await answer(`${part}\n\n${part}`)
  await platform.pass(5_000)
  expect(platform.heard()).toEqual(['ok', part])
  await restore()
  expect(platform.heard()).toEqual(['ok', part, part])
})

test('what was sent before the backup is never taken for what was written since', async () => {
  refuse()
  reply('ok')
  await platform.pass(5_000)
  await restore()
  expect(platform.heard()).toEqual(['ok', 'ok'])
})

test('what waited in a backup that was made by a clock that was ahead is not sent again', async () => {
  const tooMany = { status: 429, headers: { 'retry-after': '60' } }
  platform.server.fail({ kind: 'answer', applied: false, answer: tooMany }, { match: platform.isPost })
  reply('at noon')
  await platform.until(() => expect(platform.deliveries().map(({ state }) => state)).toContain('waiting'))
  platform.clock.set(10 * minute)
  await platform.backUp()
  platform.clock.set(-10 * minute)
  await platform.until(() => expect(platform.heard()).toEqual(['ok', 'at noon']))
  await platform.pass(15 * minute)
  await platform.putBack()
  await platform.pass(10 * minute)
  expect(platform.heard()).toEqual(['ok', 'at noon'])
})

test('nor where Keyv has lost everything', async () => {
  await Object.assign(platform.store.keyv('bindings'), { namespace: undefined }).clear()
  await platform.revive()
  platform.server.fail({ kind: 'reset', applied: false }, { match: platform.isPost })
  await answer('ok')
  await platform.pass(minute)
  expect(platform.heard()).toEqual(['ok', 'ok'])
})
