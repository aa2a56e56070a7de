import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { wasNeverSent } from '../src/util/failure.ts'
import { createFetch } from '../src/fetch.ts'
import { listenInTest } from './fakes/listen.ts'

const certificate = fileURLToPath(new URL('./fixtures/postgres/server.crt', import.meta.url))
const key = fileURLToPath(new URL('./fixtures/postgres/server.key', import.meta.url))

test('a certificate that nobody vouches for was never sent anything', async () => {
  const server = createHttpsServer({ cert: readFileSync(certificate), key: readFileSync(key) })
  const url = `https://127.0.0.1:${await listenInTest(server)}/`
  const error: unknown = await createFetch()(url).catch((reason: unknown) => reason)
  expect(wasNeverSent(error)).toBe(true)
})

/** What a Node of its own with this environment gets of `url`. */
const fetchElsewhere = async (url: string, env: Readonly<Record<string, string>>): Promise<string> => {
  const module = new URL('../src/fetch.ts', import.meta.url).href
  const script = `
    import { createFetch } from ${JSON.stringify(module)}
    const answer = createFetch()(${JSON.stringify(url)}).then((response) => response.text(), (error) => error.code)
    process.stdout.write(await answer)
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(child, 'close')
  return said
}

/** An https server behind a proxy that lets tunnels through, or none. */
const setUpTunnel = async (lets: boolean) => {
  const server = createHttpsServer(
    { cert: readFileSync(certificate), key: readFileSync(key) },
    (_, response) => response.end('behind the proxy'),
  )
  const port = await listenInTest(server)
  const tunnels: unknown[] = []
  const proxy = createHttpServer().on('connect', ({ url }: IncomingMessage, socket: Socket) => {
    tunnels.push(url)
    if (!lets) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const through = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      through.pipe(socket).pipe(through)
    })
    through.on('error', () => socket.destroy())
    return socket.on('error', () => through.destroy())
  })
  const settings = {
    NODE_USE_ENV_PROXY: '1',
    HTTPS_PROXY: `http://127.0.0.1:${await listenInTest(proxy)}`,
    NODE_EXTRA_CA_CERTS: certificate,
  }
  return { url: `https://localhost:${port}/`, tunnels, name: `localhost:${port}`, settings }
}

test('goes through the proxy that Node is told of, and trusts the certificates that it is told of', async () => {
  const { url, tunnels, name, settings } = await setUpTunnel(true)
  expect(await fetchElsewhere(url, settings)).toBe('behind the proxy')
  expect(tunnels).toEqual([name])
  const { NODE_USE_ENV_PROXY: _, ...direct } = settings
  expect(await fetchElsewhere(url, direct)).toBe('behind the proxy')
  expect(tunnels).toHaveLength(1)
})

test('what a proxy does not let through was never sent', async () => {
  const { url, settings } = await setUpTunnel(false)
  const code = await fetchElsewhere(url, settings)
  expect(wasNeverSent(Object.assign(new Error('of the proxy'), { code }))).toBe(true)
})
