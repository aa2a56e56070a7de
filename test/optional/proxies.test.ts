/** The configurations for https proxies that are shipped, each before the connector as it is, with a certificate made for tests. */
import { request as requestPlain, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patience } from '../fakes/clock.ts'
import { createSystemFixture, type SystemFixture } from '../e2e/support/system-fixture.ts'
import { freePort } from '../fakes/port.ts'
import { findProgram } from './programs.ts'
import { type ProxyOptions, type RunningProxy, startProxy } from './shipped.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/postgres/${name}`, import.meta.url))
const certificate = fixture('server.crt')
const key = fixture('server.key')
const adminToken = 'token-of-the-proxies-test'
const secret = 'secret-in-the-address'
/** What the connector takes, in bytes. */
const bodyLimit = 1024 * 1024

interface Ports {
  readonly http: number
  readonly https: number
  readonly connector: number
}

type Describe = (ports: Ports) => Omit<ProxyOptions, 'program' | 'port'>

const caddy: Describe = ({ http, https, connector }) => ({
  args: (configuration) => ['run', '--adapter', 'caddyfile', '--config', configuration],
  shipped: 'proxies/Caddyfile',
  replace: () => ({
    '\tlog default {': `admin off\nhttp_port ${http}\nhttps_port ${https}\nlog default {`,
    '{$DOMAIN} {': `localhost {\ntls ${certificate} ${key}`,
  }),
  env: { CONNECTOR: `127.0.0.1:${connector}` },
})

const nginx: Describe = ({ http, https, connector }) => ({
  args: (configuration, folder) => ['-p', folder, '-c', configuration],
  shipped: 'proxies/nginx.conf',
  replace: (folder) => ({
    'listen 80;': `listen 127.0.0.1:${http};`,
    'listen 443 ssl http2;': `listen 127.0.0.1:${https} ssl http2;`,
    '127.0.0.1:3978': `127.0.0.1:${connector}`,
    '/etc/letsencrypt/live/chat.example.com/fullchain.pem': certificate,
    '/etc/letsencrypt/live/chat.example.com/privkey.pem': key,
    'server_name chat.example.com;': 'server_name localhost;',
    '/var/log/nginx/mews-chat.error.log': join(folder, 'error.log'),
    '/var/log/nginx/mews-chat.log': join(folder, 'access.log'),
  }),
  wrap: (text, folder) => {
    const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${join(folder, name)};`,
    )
    const user = process.getuid?.() === 0 ? 'user root;' : ''
    return `${user} daemon off; pid ${join(folder, 'pid')}; error_log stderr crit; events {} http { ${kept.join(' ')}\n${text} }`
  },
})

const haproxy: Describe = ({ http, https, connector }) => ({
  args: (configuration) => ['-db', '-f', configuration],
  shipped: 'proxies/haproxy.cfg',
  replace: (folder) => {
    const both = join(folder, 'localhost.pem')
    writeFileSync(both, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'))
    return {
      'bind :80': `bind 127.0.0.1:${http}`,
      'bind :443 ssl crt /etc/haproxy/certificates/': `bind 127.0.0.1:${https} ssl crt ${both}`,
      '127.0.0.1:3978': `127.0.0.1:${connector}`,
    }
  },
})

interface Asked {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Buffer
}

describe.each([
  ['caddy', caddy],
  ['nginx', nginx],
  ['haproxy', haproxy],
])('%s', (name, describeProxy) => {
  const program = findProgram(name)
  const missing = program === undefined
  let system: SystemFixture
  let proxy: RunningProxy
  let ports: Ports

  beforeAll(async () => {
    if (missing) return
    system = await createSystemFixture({ ADMIN_TOKEN: adminToken })
    await system.connector.start()
    const connector = Number(new URL(system.connector.url).port)
    ports = { http: await freePort(), https: await freePort(), connector }
    proxy = await startProxy({ ...describeProxy(ports), program, port: ports.https })
  })
  afterAll(async () => {
    await proxy?.close()
    await system?.close()
  })

  /** Resolves once the head of the answer is there. */
  const open = (path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: ports.https,
        servername: 'localhost',
        rejectUnauthorized: false,
        agent: false,
      }
      const asked = request({ ...options, method, path, headers: { host: 'localhost', ...headers } }, resolve)
      asked.once('error', reject)
      asked.end(body)
    })
  const ask = async (path: string, asked?: Asked): Promise<IncomingMessage> => {
    const answer = await open(path, asked)
    answer.resume()
    return answer
  }
  const send = (bytes: number): Promise<IncomingMessage> =>
    ask('/slack/events', { method: 'POST', body: Buffer.alloc(bytes, 'x') })
  const signIn = (): Promise<IncomingMessage> => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return ask('/admin/sign-in', { method: 'POST', headers, body: `token=${adminToken}` })
  }

  test.skipIf(missing)('passes on a request, and its answer', async () => {
    const { statusCode } = await ask('/readyz')
    expect(statusCode).toBe(200)
    const forged = await ask('/slack/events', { method: 'POST', body: '{}' })
    expect(forged.statusCode).toBe(401)
  })

  test.skipIf(missing)('leads from http to https', async () => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: ports.http,
        path: '/admin',
        headers: { host: 'localhost' },
        agent: false,
      }
      requestPlain(options, resolve).once('error', reject).end()
    })
    answer.resume()
    expect([301, 308]).toContain(answer.statusCode)
    expect(answer.headers.location).toMatch(/^https:\/\/localhost(?::\d+)?\/admin$/)
  })

  test.skipIf(missing)('tells the console that the browser came by https', async () => {
    const { statusCode, headers } = await signIn()
    expect(statusCode).toBe(303)
    expect(headers['set-cookie']?.join()).toContain('; Secure')
  })

  test.skipIf(missing)(
    'passes on bodies as large as the connector takes, and its no to larger ones',
    async () => {
      expect((await send(bodyLimit)).statusCode).toBe(401)
      expect((await send(bodyLimit + 1)).statusCode).toBe(413)
      expect((await send(bodyLimit * 3)).statusCode).toBe(413)
    },
  )

  test.skipIf(missing)('keeps the figures for Prometheus inside', async () => {
    for (const path of ['/metrics', '/metrics?a', '/%6detrics'])
      expect((await ask(path)).statusCode).toBe(404)
  })

  test.skipIf(missing)('passes on at once what an open console page is told', async () => {
    const cookie = (await signIn()).headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    const events = await open('/admin/events', { headers: { cookie, 'accept-encoding': 'gzip' } })
    let heard = ''
    events.setEncoding('utf8').on('data', (text: string) => {
      heard += text
    })
    await expect.poll(() => heard, patience).toContain('data: look')
    const before = heard.length
    system.slack.say({ channel: 'D0PROXY', user: 'U0PENELOPE', text: 'Hello' })
    await expect.poll(() => heard.length, patience).toBeGreaterThan(before)
    events.destroy()
  })

  test.skipIf(missing)('logs who asked for what, without secrets and names', async () => {
    const told = ['/mews/webhooks', '/files/']
    const asked = async (): Promise<void> => {
      const headers = {
        referer: `https://localhost/admin/conversations?search=penelope`,
        cookie: 'kept=penelope',
      }
      await ask(`/mews/webhooks?Token=${secret}`, { method: 'POST', headers, body: '{}' })
      await ask(`/files/0b5a/penelope.pdf?Token=${secret}`, { headers })
    }
    const files = name === 'nginx' ? ['access.log', 'error.log'] : []
    const log = (): string =>
      [proxy.output, ...files.map((file) => readFileSync(join(proxy.folder, file), 'utf8'))].join('\n')
    await asked()
    await expect.poll(log, patience).toMatch(/127\.0\.0\.1.*\/files\//)
    await system.connector.stop()
    const before = log().length
    await asked()
    await expect.poll(() => log().slice(before), patience).toMatch(/127\.0\.0\.1.*\/files\//)
    for (const path of told) expect(log()).toContain(path)
    expect(log()).not.toMatch(new RegExp(`${secret}|penelope|0b5a`, 'i'))
  })
})
