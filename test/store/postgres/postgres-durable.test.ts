import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { openStore } from '../../../src/store/open.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { runCommand } from '../../cli/run-command.ts'
import { entry } from '../../contracts/store/harness.ts'
import { createManualClock, patience } from '../../fakes/clock.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'

const clock = createManualClock({ skipSleeps: true })
let server: PostgresServer
let url = ''

const open = (address = url): Promise<OpenStore> => openStore({ url: address, clock, exclusive: true })

beforeAll(async () => {
  server = await createPostgresServer()
})
afterAll(() => server.dispose())
beforeEach(async () => {
  url = await server.database()
})

const refused = {
  name: 'StoreError',
  code: 'unavailable',
  message: expect.stringContaining('alter role postgres set synchronous_commit = on'),
}

test.each(['role', 'database'])(
  'a %s whose commits do not wait for the disk is refused, with what to do',
  async (which) => {
    await server.run(url, `alter ${which} postgres set synchronous_commit = off`)
    try {
      await expect(open()).rejects.toMatchObject(refused)
    } finally {
      await server.run(url, `alter ${which} postgres reset synchronous_commit`)
    }
    await (await open()).close()
  },
)

test.each(['on', 'local', 'remote_write', 'remote_apply'])(
  'synchronous_commit = %s is taken',
  async (mode) => {
    const store = await open(`${url}%20-csynchronous_commit%3D${mode}`)
    await expect(store.log.record([entry('x', 'a')])).resolves.toBeUndefined()
    await store.close()
  },
)

test('nothing is recorded over a later connection whose commits do not wait for the disk', async () => {
  const store = await open()
  await server.run(url, 'alter role postgres set synchronous_commit = off')
  try {
    await server.run(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mews-chat-connector'`,
    )
    // The first ones may still be given connections that have just ended.
    const record = () => expect(store.log.record([entry('x', 'a')])).rejects.toMatchObject(refused)
    await vi.waitFor(record, patience)
  } finally {
    await server.run(url, 'alter role postgres reset synchronous_commit')
  }
  await store.log.record([entry('x', 'c')])
  await store.close()
})

/** Settings of which only the database matters: nobody answers at the addresses. */
const check = (address: string) =>
  runCommand(['check'], {
    DATABASE_URL: address,
    MEWS_PLATFORM_ADDRESS: 'http://127.0.0.1:9',
    MEWS_CLIENT_TOKEN: 'client',
    MEWS_ACCESS_TOKEN: 'access',
    MEWS_WEBHOOK_TOKEN: 'a-token-of-some-length-0123456789',
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
    SLACK_API_URL: 'http://127.0.0.1:9/',
  })

test('check says what is wrong with synchronous_commit', async () => {
  const { code, out } = await check(`${url}%20-csynchronous_commit%3Doff`)
  expect(out).toMatch(/FAILED +Database +.*synchronous_commit/)
  expect(code).toBe(1)
})

test('check says when the server does not write through to its disk', async () => {
  expect((await check(url)).out).toMatch(/ok +Database +postgres/)
  await server.run(url, 'alter system set fsync = off')
  await server.run(url, 'select pg_reload_conf()')
  const { code, out } = await check(url)
  expect(out).toMatch(/FAILED +Database durability +.*fsync = on/)
  expect(code).toBe(1)
})
