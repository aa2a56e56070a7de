import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { failingMark, reasonMark, triedMark } from '../../src/relay/ids.ts'
import { openStore } from '../../src/store/open.ts'
import { entry } from '../contracts/store/harness.ts'
import { hour, minute } from '../fakes/clock.ts'
import { runCommand } from './run-command.ts'

let folder: string
let settings: Readonly<Record<string, string>> = {}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outages-'))
  settings = {
    DATABASE_URL: `sqlite:${join(folder, 'connector.db')}`,
    MEWS_CLIENT_TOKEN: 'client',
    MEWS_ACCESS_TOKEN: 'access',
    MEWS_WEBHOOK_TOKEN: 'a-token-of-some-length-0123456789',
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
  }
})
afterEach(() => rm(folder, { recursive: true }))

/** A connector has noted that its property cannot be reached, and noted it last so long ago. */
const note = async (triedMsAgo: number): Promise<void> => {
  const store = await openStore({
    url: settings['DATABASE_URL'] ?? '',
    clock: systemClock,
    exclusive: true,
  })
  await store.marks.set(failingMark('property'), JSON.stringify({ 'messages/add': Date.now() - hour }))
  await store.marks.set(reasonMark('property'), 'Mews messages/add\u001b[2J was not authorised (401)')
  await store.marks.set(triedMark('property'), String(Date.now() - triedMsAgo))
  await store.log.append([entry('turn:slack:D0', 'a', { group: 'turn:property' })])
  await store.close()
}

test.each([
  ['deliveries', /Mews cannot be reached for .+\.$/m],
  ['conversations', /slack:D0/],
])(
  '%s says first that Mews cannot be reached, since when, why, and how much waits',
  async (command, listed) => {
    await note(5 * minute)
    const { code, err, out } = await runCommand([command], settings)
    expect(code).toBe(0)
    expect(err).toMatch(
      /^Mews cannot be reached for .+ since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d; 1 message waits\. Mews messages\/add/,
    )
    expect(err).not.toContain('\u001b')
    expect(out).toMatch(listed)
  },
)

test('what was noted long ago, before the connector was stopped, tells nothing of now', async () => {
  await note(30 * minute)
  const { err } = await runCommand(['deliveries'], settings)
  expect(err).not.toContain('Mews cannot be reached')
})
