import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { openStore } from '../../../src/store/open.ts'
import { freePort } from '../../fakes/port.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'

let server: PostgresServer
let silent: ReturnType<typeof createServer>
beforeAll(async () => {
  server = await createPostgresServer()
  silent = createServer((socket) => void socket.on('error', () => {}).resume())
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  silent.close()
  await server.dispose()
})

const changed = async (change: (url: URL) => void): Promise<string> => {
  const url = new URL(await server.database())
  change(url)
  return url.href
}

test.each<[why: string, change: (url: URL, port: number) => void, remedy: string]>([
  ['nothing listens there', (url, port) => (url.port = String(port)), 'see that PostgreSQL runs'],
  [
    'what listens there says nothing',
    (url) => (url.port = String((silent.address() as AddressInfo).port)),
    'see that PostgreSQL runs',
  ],
  [
    'there is no such database',
    (url) => (url.pathname = '/nowhere'),
    'make the database, or correct its name',
  ],
  ['there is no such user', (url) => (url.username = 'nobody'), 'correct user and password in DATABASE_URL'],
])('says what to do where %s, and no password', async (_, change, remedy) => {
  const port = await freePort()
  const url = await changed((address) => {
    address.password = 'a-password-of-ours'
    change(address, port)
  })
  const opened = openStore({ url, clock: systemClock, exclusive: false })
  await expect(opened).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining(remedy),
  })
  await expect(opened).rejects.not.toThrow('a-password-of-ours')
})
