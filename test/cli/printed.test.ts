import { createWriteStream } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createOutput } from '../../src/cli/output.ts'
import { createManualClock } from '../fakes/clock.ts'
import { createSqliteDatabase, type SqliteDatabase } from '../store/sqlite/database.ts'
import { runCommand } from './run-command.ts'

/** What would clear a terminal, rename its window or turn its text around, from a platform's id, a name, a text and a reason. */
const attack = '\u001b[2J\u009b31m\u001b]0;owned\u0007\r\u202e'
const conversation = `botframework:19:${attack}`

let database: SqliteDatabase
beforeEach(async () => {
  database = await createSqliteDatabase()
  const store = await database.open(createManualClock({ skipSleeps: true }))
  const lane = `turn:${conversation}`
  const group = 'turn:hotel'
  await store.log.append([{ lane, group, kind: 'event', keys: ['a'], payload: '{}', at: 1 }])
  const [run] = await store.log.claim({ group, limit: 1, leaseMs: 1_000 })
  const part = {
    pos: 1,
    part: 0,
    state: 'failed',
    text: attack,
    author: `Ann${attack}`,
    target: 't',
  } as const
  const rest = { startedAt: 1, nativeId: attack, possiblyTwice: false, reason: attack, at: 1 }
  const deliveries = [{ ...part, ...rest }]
  await store.log.settle({
    lane,
    token: run?.token ?? 0,
    deliveries,
    doneThrough: 1,
    nextStep: { next: 'release' },
  })
  await store.close()
})
afterEach(() => database.destroy())

const run = (...args: readonly string[]) =>
  runCommand(args, {
    DATABASE_URL: `sqlite:${database.path}`,
    MEWS_ACCESS_TOKEN: 'access',
    MEWS_CLIENT_TOKEN: 'client',
    MEWS_WEBHOOK_TOKEN: 'webhook-token-of-the-tests',
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
  })

test.each([
  ['conversations'],
  ['conversations', '--json'],
  ['deliveries'],
  ['deliveries', '--json'],
  ['deliveries', 'retry', `turn:${conversation}#7`],
  ['erase', conversation, '--dry-run'],
  ['transcript', conversation],
  ['transcript', conversation, '--json'],
  ['transcript', conversation, '--format', 'html'],
  ['transcript', conversation, '--format', 'transcript'],
  ['transcript', attack],
  [attack],
])('no terminal obeys what mews-chat %s %s prints', async (...args) => {
  const { out, err } = await run(...args)
  expect(out + err).not.toBe('')
  expect(out + err).not.toMatch(/[^\P{Cc}\n\t]|\u202e/u)
})

test('an id can be given as it was printed, and JSON says exactly what was recorded', async () => {
  const { out } = await run('deliveries', '--json')
  expect((JSON.parse(out) as { lane: string }[])[0]?.lane).toBe(`turn:${conversation}`)
  const [, printed = ''] = /(turn:\S+#1)/.exec((await run('deliveries')).out) ?? []
  expect(await run('deliveries', 'retry', printed)).toMatchObject({ code: 0 })
})

test.runIf(process.platform === 'linux')('what could not be written is known', async () => {
  const full = createWriteStream('/dev/full')
  const { print, failure } = createOutput(full, createWriteStream('/dev/null'))
  print('a conversation')
  await new Promise((resolve) => full.once('close', () => resolve(undefined)))
  expect(failure()).toBe('ENOSPC')
})
