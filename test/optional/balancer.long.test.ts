/**
 * The balancer of compose.yaml, with the configuration that is shipped, before two connectors on one PostgreSQL. What Docker's DNS does for
 * it a server in this test does: each connector has an address of its own, as each container has.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patience } from '../fakes/clock.ts'
import { createBalancer, type Balancer } from '../e2e/support/balancer.ts'
import {
  compileCache,
  type ConnectorProcess,
  createConnectorProcess,
} from '../e2e/support/connector-process.ts'
import { type Load, startLoad } from '../e2e/crash/load.ts'
import { chooseSeed, createChance } from '../e2e/crash/random.ts'
import { createSystemFixture, type SystemFixture } from '../e2e/support/system-fixture.ts'
import { createFakeDns, type FakeDns } from '../fakes/dns.ts'
import { freePort } from '../fakes/port.ts'
import { createPostgresServer, type PostgresServer } from '../fakes/postgres.ts'
import { findProgram } from './programs.ts'
import { type RunningProxy, startProxy } from './shipped.ts'

const program = findProgram('haproxy')
const seed = chooseSeed(process.env['BALANCER_SEED'])
const rounds = Number(process.env['BALANCER_ROUNDS'] ?? 1)
/** How many events are taken before the next thing happens. */
const calm = 20
/** So few that nobody gives up waiting, on a busy machine either. */
const guestsPerKind = 1
/** Of the staff: what one core carries, too. */
const slowestReplyMs = 700
/** How long everything may take to arrive in the end. */
const settleMs = 90_000

const chance = createChance(seed)
/** Only Linux has all of 127.0.0.0/8; others in the same moment have another network. */
const network = `127.${chance.between(1, 250)}.${chance.between(1, 250)}`

/** Until so many events were taken. */
const untilTaken = async (load: Load, count: number): Promise<void> => {
  for (let taken = 0; taken < count; taken += 1) await load.next('taken')
}

describe.skipIf(program === undefined || process.platform !== 'linux')('the balancer of compose.yaml', () => {
  const instances: ConnectorProcess[] = []
  let postgres: PostgresServer
  let dns: FakeDns
  let haproxy: RunningProxy
  let haproxyUrl: string
  let front: Balancer
  let system: SystemFixture

  /** Two connectors with one set of settings; the platforms reach them through the balancer. */
  const createPair: typeof createConnectorProcess = async (settings) => {
    const given = settings(front.url)
    for (const last of [2, 3])
      instances.push(
        await createConnectorProcess(() => ({ ...given, HOST: `${network}.${last}`, PORT: '3978' })),
      )
    const [first] = instances
    if (first === undefined) throw new Error('there are no connectors')
    return {
      ...first,
      url: front.url,
      dispose: async () => void (await Promise.all(instances.map((each) => each.dispose()))),
    }
  }

  beforeAll(async () => {
    postgres = await createPostgresServer()
    dns = await createFakeDns('connector', () => instances.map(({ settings }) => settings['HOST'] ?? ''))
    const port = await freePort()
    haproxyUrl = `http://127.0.0.1:${port}`
    haproxy = await startProxy({
      program: program ?? '',
      args: (configuration) => ['-db', '-f', configuration],
      shipped: 'balancer/haproxy.cfg',
      replace: () => ({
        'bind :8080': `bind 127.0.0.1:${port}`,
        'parse-resolv-conf': `nameserver docker ${dns.address}`,
      }),
      port,
    })
    front = await createBalancer(() => [haproxyUrl])
    const settings = {
      DATABASE_URL: await postgres.database(),
      STOP_DELAY_SECONDS: '3',
      MEWS_SYNC_SECONDS: '2',
      ADMIN_TOKEN: 'token-of-the-balancer-test',
      NODE_COMPILE_CACHE: compileCache,
    }
    system = await createSystemFixture(settings, {}, createPair)
  })
  afterAll(async () => {
    await system?.close()
    await front?.close()
    await haproxy?.close()
    await dns?.close()
    await postgres?.dispose()
  })

  const status = async (path: string): Promise<number> => {
    const answer = await fetch(`${haproxyUrl}${path}`, { redirect: 'manual' })
    await answer.arrayBuffer()
    return answer.status
  }
  /** Until so many connectors answer, by turns. */
  const untilReady = async (count: number): Promise<void> => {
    const from = haproxy.output.length
    const answered = async (): Promise<number> => {
      await status('/readyz')
      return new Set(haproxy.output.slice(from).match(/ready\/connector\d+(?= ----)/g)).size
    }
    await expect.poll(answered, patience).toBe(count)
  }
  const statuses = (from = 0): Readonly<Record<number, number>> =>
    Object.fromEntries(
      [...Map.groupBy(front.passed.slice(from), ({ status: each }) => each)].map(([each, { length }]) => [
        each,
        length,
      ]),
    )

  /** What the balancer logged of requests that did not go as they should. */
  const troubles = (): string =>
    haproxy.output
      .split('\n')
      .filter((line) => !/ 2\d\d \d+ bytes .* ----$| \/readyz /.test(line))
      .slice(-60)
      .join('\n')

  test('says 503 while there is no connector, and 404 to who asks for figures', async () => {
    expect(await status('/slack/events')).toBe(503)
    for (const path of ['/metrics', '/%6detrics', '/METRICS', '/metrics?a'])
      expect(await status(path)).toBe(404)
  })

  test(
    `a roll-out refuses nothing, a kill loses and doubles nothing (BALANCER_SEED=${seed})`,
    { timeout: 600_000 },
    async ({ onTestFailed }) => {
      onTestFailed(() => void process.stdout.write(troubles()))
      const [first, second] = instances
      if (first === undefined || second === undefined) throw new Error('there are no connectors')
      await Promise.all([first.start(), second.start()])
      await untilReady(2)
      const load = startLoad(system, createChance(~seed), slowestReplyMs, guestsPerKind)
      for (let round = 1; round <= rounds; round += 1) {
        await untilTaken(load, calm)
        const before = front.passed.length
        for (const each of [first, second]) {
          load.restarting()
          expect(await each.stop()).toBe(0)
          await untilTaken(load, calm)
          await each.start()
          await untilReady(2)
        }
        await untilTaken(load, calm)
        expect(Object.keys(statuses(before)).filter((each) => !each.startsWith('2'))).toEqual([])
        await pause(chance.between(0, 300))
        load.restarting()
        await second.kill()
        await untilTaken(load, calm)
        load.restarting()
        await second.start()
        await untilReady(2)
        await untilTaken(load, calm)
      }
      await load.stop()
      const until = Date.now() + settleMs
      while (load.balance().details.length > 0 && Date.now() < until) await pause(100)
      const { lost, doubled, outOfOrder, orphans, details } = load.balance()
      process.stdout.write(
        `${JSON.stringify({ rounds, turns: load.turns, taken: load.taken, replies: load.replies, statuses: statuses() })}\n`,
      )
      expect(details).toEqual([])
      expect({ lost, doubled, outOfOrder, orphans }).toEqual({
        lost: 0,
        doubled: 0,
        outOfOrder: 0,
        orphans: 0,
      })
      expect(Object.keys(statuses()).filter((each) => !each.startsWith('2') && each !== '503')).toEqual([])
    },
  )

  test('logs neither the secret of Mews’s webhook nor any other query', () => {
    expect(haproxy.output).toMatch(/POST \/mews\/webhooks 204 .* ready\/connector\d/)
    expect(haproxy.output).not.toContain('?')
    expect(haproxy.output).not.toContain('Token')
  })

  test('while the database is away platforms are told to send again, and the console says why', async () => {
    await postgres.crash()
    await expect.poll(() => status('/readyz'), patience).toBe(503)
    await expect.poll(async () => (await fetch(`${haproxyUrl}/healthz`)).status, patience).toBe(200)
    await expect
      .poll(async () => await (await fetch(`${haproxyUrl}/admin/sign-in`)).text(), patience)
      .toContain('</html>')
    await postgres.start()
    await untilReady(2)
  })
})
