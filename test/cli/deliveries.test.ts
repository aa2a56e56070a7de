import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { openKeyv } from '../../src/connector.ts'
import { createBindings } from '../../src/relay/threads/bindings.ts'
import { replyEntry } from '../../src/relay/entries/reply.ts'
import { openStore } from '../../src/store/open.ts'
import { createLogBook } from '../fakes/log.ts'
import { entry } from '../contracts/store/harness.ts'
import { createActivities } from '../fakes/botframework/activities.ts'
import { runCommand } from './run-command.ts'

let folder: string
let settings: Readonly<Record<string, string>> = {}

const open = () => openStore({ url: settings['DATABASE_URL'] ?? '', clock: systemClock, exclusive: true })

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
  const store = await open()
  await store.log.record([entry('turn:slack:D0', 'a', { kind: null as unknown as string })])
  await store.log.drain(10)
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

test('the notice about a reply that was given up calls the platform as people do', async () => {
  const conversation = 'botframework:a:1'
  const at = systemClock.now()
  const store = await open()
  const { log: quiet } = createLogBook()
  await createBindings(openKeyv('bindings', store, quiet)).write({
    v: 1,
    conversation,
    property: 'property',
    threadId: 'thread-1',
    firstAuthor: 'Penelope Morgan',
    address: { v: 1 },
    activeAt: at,
  })
  const message = {
    id: 'm-1',
    threadId: 'thread-1',
    text: 'Yes',
    sender: 'Enterprise',
    createdAt: at,
  } as const
  await store.log.append([replyEntry(conversation, message, 'property', at)])
  await store.close()
  const teams = { HOST: '127.0.0.1', BOT_ALLOW_ANONYMOUS: 'true' }
  const { code } = await runCommand(['deliveries', 'give-up', '--yes', `reply:${conversation}#1`], {
    ...settings,
    ...teams,
  })
  expect(code).toBe(0)
  const after = await open()
  const [run] = await after.log.claim({ group: 'turn:property', limit: 10, leaseMs: 1_000 })
  await after.close()
  expect(run?.entries[0]?.payload).toContain('Microsoft Teams')
  expect(run?.entries[0]?.payload).not.toContain('botframework')
})

test('the staff are told of a reply that was given up also where the backend has lost who the guest is', async () => {
  const at = systemClock.now()
  const store = await open()
  const [conversation, reference] = ['botframework:19:lost@thread.v2', 'R2']
  const activity = createActivities('https://smba.trafficmanager.net/emea/', 'bot').message('Hello?')
  const lane = `turn:${conversation}`
  await store.log.append([
    { lane, group: 'turn:lost', kind: 'event', keys: ['lost-1'], payload: JSON.stringify(activity), at },
  ])
  await store.threads.intend({
    conversation,
    property: 'lost',
    reference,
    subject: '',
    sender: '',
    startedAt: at,
  })
  await store.threads.opened({ conversation, reference }, 'thread-2', at)
  await store.threads.bound(conversation, 'thread-2')
  const message = {
    id: 'm-2',
    threadId: 'thread-2',
    text: 'Yes',
    sender: 'Enterprise',
    createdAt: at,
  } as const
  // As earlier versions recorded it, without its property.
  const { property: _, ...payload } = JSON.parse(replyEntry(conversation, message, 'lost', at).payload)
  await store.log.append([
    { ...replyEntry(conversation, message, 'lost', at), payload: JSON.stringify(payload) },
  ])
  await store.close()
  const teams = { HOST: '127.0.0.1', BOT_ALLOW_ANONYMOUS: 'true' }
  const { out } = await runCommand(['deliveries', 'give-up', '--dry-run', `reply:${conversation}#1`], {
    ...settings,
    ...teams,
  })
  expect(out).toContain('tells the staff of lost')
})

describe('give-up', () => {
  const lane = 'turn:botframework:19:lobby@thread.v2'
  const teams = { HOST: '127.0.0.1', BOT_ALLOW_ANONYMOUS: 'true' }
  const giveUp = (options: readonly string[], ask?: (question: string) => Promise<boolean>) =>
    runCommand(['deliveries', 'give-up', `${lane}#1`, ...options], { ...settings, ...teams }, ask)
  const waits = async (): Promise<boolean> => {
    const store = await open()
    const found = await store.admin.repairs.waiting(10)
    await store.close()
    return found.some((one) => one.lane === lane)
  }

  beforeAll(async () => {
    const activities = createActivities('https://smba.trafficmanager.net/emea/', 'bot')
    const store = await open()
    const payload = JSON.stringify({ ...activities.message('Is the pool open?'), locale: 'pt-PT' })
    const at = systemClock.now()
    await store.log.append([{ lane, group: 'turn:property', kind: 'event', keys: ['e-1'], payload, at }])
    await store.close()
  })

  test('wants --yes where there is no terminal, and says so', async () => {
    const { code, err } = await giveUp([])
    expect(code).toBe(2)
    expect(err).toContain('add --yes, or --dry-run')
    expect(await waits()).toBe(true)
  })

  test('--dry-run says who would be told, in their language, and changes nothing', async () => {
    const { code, out } = await giveUp(['--dry-run'])
    expect(code).toBe(0)
    expect(out).toMatch(/tells the guest .+ \(Microsoft Teams\): ⚠️ A sua mensagem .*«Is the pool open\?»/u)
    expect(out).toContain('In all: 1 notice to a guest, 0 notices to staff.')
    const asJson = await giveUp(['--dry-run', '--json'])
    expect(JSON.parse(asJson.out)).toMatchObject([{ id: `${lane}#1`, told: 'guest', withoutWords: false }])
    expect(await waits()).toBe(true)
  })

  test('is no option of what would act all the same', async () => {
    const { code, err } = await runCommand(['deliveries', 'retry', '--dry-run', `${lane}#1`], settings)
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('--dry-run is for give-up') })
  })

  test('asks at a terminal, and a no changes nothing', async () => {
    const { code, err } = await giveUp([], async () => false)
    expect(code).toBe(1)
    expect(err).toMatch(/«Is the pool open\?».*Nothing was given up\./su)
    expect(await waits()).toBe(true)
    const done = await giveUp([], async () => true)
    expect(done).toMatchObject({ code: 0, out: `${lane}#1 is given up; the guest is told.\n` })
    expect(await waits()).toBe(false)
  })

  test('says so where nobody is told', async () => {
    const store = await open()
    const payload = JSON.stringify({ text: 'Ours', property: 'property' })
    const at = systemClock.now()
    await store.log.append([{ lane, group: 'turn:property', kind: 'notice', keys: ['n-1'], payload, at }])
    await store.close()
    const { out } = await runCommand(['deliveries', 'give-up', '--yes', `${lane}#2`], {
      ...settings,
      ...teams,
    })
    expect(out).toBe(`${lane}#2 is given up; nobody is told.\n`)
  })
})
