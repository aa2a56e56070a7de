import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { openStore } from '../../../src/store/open.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'

const certificate = fileURLToPath(new URL('../../fixtures/postgres/server.crt', import.meta.url))
const known = `&sslrootcert=${encodeURIComponent(certificate)}`
const unavailable = { code: 'unavailable' }

let server: PostgresServer
let url = ''
beforeAll(async () => {
  server = await createPostgresServer({ tls: true })
  url = await server.database()
})
afterAll(() => server.dispose())

/** Opens a store, and resolves with whether its connections are encrypted; those of its wake-ups are, too. */
const open = async (parameters: string, host = '127.0.0.1'): Promise<unknown> => {
  const address = `${url.replace('127.0.0.1', host)}${parameters}`
  const store = await openStore({ url: address, clock: systemClock, exclusive: false })
  const rows = await server.run(
    url,
    `select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid)
      where application_name = 'mews-chat-connector'`,
  )
  await store.close()
  return rows.map(({ ssl }) => ssl)
}

test('sslmode=disable connects as it is, and so does none at all', async () => {
  expect(await open('&sslmode=disable')).toEqual([false])
  expect(await open('')).toEqual([false])
})

test('sslmode=require encrypts, whoever signed the certificate', async () => {
  expect(await open('&sslmode=require')).toEqual([true])
})

test('sslmode=verify-full refuses a certificate that nobody vouches for, and another name than is in it', async () => {
  await expect(open('&sslmode=verify-full', 'localhost')).rejects.toMatchObject(unavailable)
  await expect(open('&sslmode=verify-full', 'localhost')).rejects.toThrow('&sslrootcert=<file>')
  await expect(open(`&sslmode=verify-full${known}`)).rejects.toMatchObject(unavailable)
  expect(await open(`&sslmode=verify-full${known}`, 'localhost')).toEqual([true])
})

test('sslmode=verify-ca asks who signed the certificate, not for its name', async () => {
  expect(await open(`&sslmode=verify-ca${known}`)).toEqual([true])
})

test('sslmode=prefer encrypts, and never falls back to less', async () => {
  expect(await open('&sslmode=prefer')).toEqual([true])
})

test.each(['verify-ca', 'allow', 'nonsense', ''])('sslmode=%s alone is refused at once', async (mode) => {
  const problem = { code: 'url', message: expect.stringMatching(/^DATABASE_URL must .*ssl/) }
  await expect(open(`&sslmode=${mode}`)).rejects.toMatchObject(problem)
})
