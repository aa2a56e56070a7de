import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { minute, second } from '../../fakes/clock.ts'
import { createSlackPlatform, type Platform } from '../support/platforms.ts'

let slack: Platform
beforeEach(async () => {
  slack = await createSlackPlatform('direct', 5 * second)
})
afterEach(() => slack.close())

/** The reactions that were added and taken away, in order. */
const receipts = (): readonly string[] =>
  slack.server.requests
    .filter(({ path }) => path.startsWith('/api/reactions.'))
    .map(
      ({ path, body }) => `${path.replace('/api/reactions.', '')} ${new URLSearchParams(body).get('name')}`,
    )

describe('receipts in Slack', () => {
  it('are one reaction where nothing waits', async () => {
    await slack.say('Is the pool open?')
    await slack.until(() => expect(receipts()).toEqual(['add white_check_mark']))
    await slack.pass(minute)
    expect(receipts()).toEqual(['add white_check_mark'])
  })

  it('show a guest without a thread that the message waits, while Mews is away', async () => {
    await slack.mews.pause()
    await slack.say('Is the pool open?')
    await slack.until(() => expect(receipts()).toEqual(['add eyes']))
    await slack.mews.resume()
    await slack.until(() => expect(receipts()).toEqual(['add eyes', 'add white_check_mark', 'remove eyes']))
  })

  it('are for what was on its way when the process ended, too', async () => {
    await slack.say('Is the pool open?')
    await slack.until(() => expect(receipts()).toEqual(['add white_check_mark']))
    slack.mews.fail({ applied: true, kind: 'reset' }, { operation: 'messages/add' })
    slack.mews.fail({ applied: false, kind: 'answer', answer: { status: 503 } }, { times: 1_000 })
    await slack.say('And the sauna?')
    await slack.until(() => expect(receipts().slice(1)).toEqual(['add eyes']))
    await slack.restart([{ name: 'Grand Hotel' }])
    slack.mews.heal()
    await slack.until(() => expect(receipts().slice(2)).toEqual(['add white_check_mark', 'remove eyes']))
  })
})
