import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { openStore } from '../../src/store/store.ts'
import { entry } from '../contracts/store-harness.ts'
import { runCommand } from './run-command.ts'

let folder: string
let settings: Readonly<Record<string, string>> = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deliveries-'))
  settings = {
    DATABASE_URL: `sqlite:${join(folder, 'connector.db')}`,
    MEWS_CLIENT_TOKEN: 'client',
    MEWS_ACCESS_TOKEN: 'access',
    MEWS_WEBHOOK_TOKEN: 'a-token-of-some-length-0123456789',
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
  }
  const store = await openStore({ url: settings['DATABASE_URL'] ?? '', clock: systemClock, exclusive: true })
  await store.log.record([entry('turn:slack:D0', 'a', { kind: null as unknown as string })])
  await store.log.place(10)
  await store.close()
})
afterAll(() => rm(folder, { recursive: true }))

test.each([[[]], [['--json']], [['--waiting']]])(
  'deliveries %j says how many events were put aside, and what to do',
  async (options) => {
    const { code, err } = await runCommand(['deliveries', ...options], settings)
    expect(code).toBe(0)
    expect(err).toContain('1 event is put aside, because the database refuses it')
    expect(err).toContain('“event put aside”')
    expect(err).toContain('serve')
  },
)
