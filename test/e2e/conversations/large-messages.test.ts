import { afterEach, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { createConnectorProcess } from '../support/connector-process.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

let system: SystemFixture
afterEach(() => system.close())

const guests = 10
const count = 250
/** Some of what comes with a message is never read, and may be large. */
const blockId = '.'.repeat(300_000)

const toEvent = (number: number): string => {
  const guest = `0GUEST${number % guests}`
  const ts = `1793640000.${String(number).padStart(6, '0')}`
  const text = `text ${number}`
  return JSON.stringify({
    type: 'event_callback',
    event_id: `Ev${number}`,
    event_time: 1_793_640_000,
    team_id: 'T0GUESTS',
    event: {
      type: 'message',
      channel_type: 'im',
      channel: `D${guest}`,
      user: `U${guest}`,
      ts,
      text,
      blocks: [{ type: 'section', block_id: blockId, text: { type: 'mrkdwn', text } }],
    },
  })
}

const say = async (number: number): Promise<number> => {
  const { connector, slack } = system
  const body = toEvent(number)
  const { headers } = slack.sign(body)
  const request = { method: 'POST', headers: headers as Record<string, string>, body }
  return (await fetch(`${connector.url}/slack/events`, request)).status
}

const createSmall: typeof createConnectorProcess = (settings) =>
  createConnectorProcess(settings, { flags: ['--max-old-space-size=110'] })

test('many large messages that wait are delivered with a small heap', async () => {
  system = await createSystemFixture({}, {}, createSmall)
  const { connector, mews, slack } = system
  for (let guest = 0; guest < guests; guest += 1) slack.addUser(`U0GUEST${guest}`, `Guest ${guest}`)
  await connector.start({ MEWS_PLATFORM_ADDRESS: 'http://127.0.0.1:9' })
  for (let said = 0; said < count; said += guests) {
    const each = Array.from({ length: guests }, (_, guest) => say(said + guest))
    expect(new Set(await Promise.all(each))).toEqual(new Set([200]))
  }
  await connector.kill()
  await connector.start()
  const written = () => mews.threads().map(({ id }) => mews.messages(id).map(({ text }) => text))
  await vi.waitFor(() => expect(written().flat()).toHaveLength(count), patience)
  expect(connector.output).not.toContain('heap')
})
