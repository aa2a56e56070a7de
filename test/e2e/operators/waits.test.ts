import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type AlertReceiver, createAlertReceiver } from '../../fakes/alert-receiver.ts'
import { minute, patience } from '../../fakes/clock.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'
import { type Cluster, createCluster } from '../support/cluster.ts'
import { bareEnvironment, executable } from '../support/connector-process.ts'
import { inDirectMessage } from '../support/guests.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

let receiver: AlertReceiver
let server: PostgresServer
let system: SystemFixture
let cluster: Cluster
beforeEach(async () => {
  receiver = await createAlertReceiver()
  server = await createPostgresServer()
  const settings = {
    DATABASE_URL: await server.database(),
    MEWS_SYNC_SECONDS: '0.5',
    REPLY_ALARM_MINUTES: '10,30',
    REPLY_ALARM_TASK: 'on',
    ALERT_URL: receiver.url,
    ALERT_SECRET: receiver.secret,
  }
  system = await createSystemFixture(settings, {}, async (given) => {
    cluster = await createCluster(2, given)
    return cluster
  })
  await system.connector.start()
})
afterEach(async () => {
  await system.close()
  await server.dispose()
  await receiver.close()
})

const guestsWrite = async (count: number) => {
  const guests = Array.from({ length: count }, (_, index) => inDirectMessage(system, index + 1))
  for (const [index, guest] of guests.entries()) {
    await guest.say(`turn ${index + 1}. Is the desk open?`)
    await vi.waitFor(() => expect(system.mews.threads()).toHaveLength(index + 1), patience)
    // Mews tells whole seconds.
    system.mews.switches.skewMs += 1_000
  }
  return guests
}

const unreplied = async (): Promise<readonly { readonly id: string; readonly waitsSince: string }[]> => {
  const args = [executable, 'conversations', '--state', 'unreplied', '--json']
  const env = { ...bareEnvironment(), ...cluster.instances[0]?.environment }
  const out = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { cwd: tmpdir(), env }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    )
  })
  return JSON.parse(out)
}

const waiting = async (count: number): Promise<readonly string[]> => {
  const rows = await vi.waitFor(async () => {
    const found = await unreplied()
    expect(found).toHaveLength(count)
    return found
  }, patience)
  return rows.map(({ id }) => id)
}

const idsTaken = (): readonly string[] => [...new Set(receiver.taken.map(({ id }) => id))]

test('of two processes one tells of each guest who waits, once for each step, and of none who was answered', async () => {
  const guests = await guestsWrite(3)
  expect(await waiting(3)).toEqual([1, 2, 3].map((number) => expect.stringMatching(`D0GUEST${number}`)))
  const answered = system.mews.threads()[1]?.id ?? ''
  system.mews.reply(answered, 'Yes')
  await vi.waitFor(() => expect(guests[1]?.heard()).toEqual(['Yes']), patience)
  await waiting(2)
  for (const minutes of [11, 20]) {
    const before = receiver.taken.length
    system.mews.switches.skewMs += minutes * minute
    await vi.waitFor(() => expect(receiver.taken.length).toBeGreaterThanOrEqual(before + 2), patience)
  }
  await vi.waitFor(() => expect(system.mews.tasks()).toHaveLength(4), patience)
  expect(receiver.taken).toHaveLength(4)
  expect(idsTaken()).toHaveLength(4)
  expect(receiver.taken.some(({ body }) => body.conversation.includes('D0GUEST2'))).toBe(false)
  const metrics = await Promise.all(
    cluster.instances.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
  )
  expect(metrics[0]).toContain('mews_chat_unreplied_conversations{property="property"} 2\n')
  const counted = metrics.map((text) =>
    Number(/mews_chat_reply_seconds_count\{.*kind="first".*\} (\d+)/.exec(text)?.[1] ?? 0),
  )
  expect(counted.reduce((sum, each) => sum + each, 0)).toBe(1)
  expect(cluster.output).not.toContain(receiver.secret)
})

test('processes that are killed while they tell of a guest tell the same again, and add no second task', async () => {
  await guestsWrite(1)
  await waiting(1)
  let killed: Promise<unknown> | undefined
  receiver.fail({
    kind: 'hang',
    applied: true,
    meanwhile: () => {
      killed ??= cluster.kill()
    },
  })
  system.mews.switches.skewMs += 11 * minute
  await vi.waitFor(() => expect(killed).toBeDefined(), patience)
  await killed
  let killedAgain: Promise<unknown> | undefined
  const started = Promise.withResolvers<void>()
  system.mews.fail(
    {
      kind: 'hang',
      applied: true,
      meanwhile: () => {
        // The first process may come so far before the second one is ready.
        killedAgain ??= started.promise.then(() => cluster.kill())
      },
    },
    { operation: 'tasks/add' },
  )
  await cluster.start()
  started.resolve()
  await vi.waitFor(() => expect(killedAgain).toBeDefined(), patience)
  await killedAgain
  await cluster.start()
  const lookUps = () => system.mews.requests.filter(({ path }) => path.endsWith('/tasks/getAll'))
  await vi.waitFor(() => expect(lookUps()).not.toEqual([]), patience)
  system.mews.switches.skewMs += 25 * minute
  await vi.waitFor(() => expect(idsTaken()).toHaveLength(2), patience)
  await vi.waitFor(() => expect(system.mews.tasks()).toHaveLength(2), patience)
  expect(receiver.taken.map(({ id }) => id)).toEqual([idsTaken()[0], idsTaken()[0], idsTaken()[1]])
})
