import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WebhookRequest } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { conversations, tenantId } from '../../../fakes/botframework/activities.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(async () => {
  await setup.close()
})

type Fields = Readonly<Record<string, unknown>>

const deliver = async (activity: Fields): Promise<number> => setup.status(await setup.fake.request(activity))
const keysOf = (): readonly string[] => setup.inbox.recorded.flatMap(({ keys }) => keys)

describe('what is recorded', () => {
  it.each(['personal', 'group', 'channel'] as const)(
    'is a message in a %s conversation, as it came',
    async (where) => {
      const activity = setup.fake.activities.message('Late arrival?', where)
      expect(await deliver(activity)).toBe(200)
      const { id } = conversations[where]
      expect(setup.inbox.recorded).toEqual([
        {
          conversation: id,
          keys: [`msteams|${tenantId}|${id}|message|${String(activity['id'])}`],
          routing: {
            tenant: tenantId,
            conversation: id.split(';')[0],
            ...(where === 'channel' ? { team: '19:team@thread.tacv2' } : {}),
          },
          payload: JSON.stringify(activity),
        },
      ])
    },
  )

  it('is each edit and the deletion of a message, known apart from it', async () => {
    const { message, event } = setup.fake.activities
    const original = message('Late arrival?')
    const edit = (timestamp: string): Fields => ({
      ...event('messageUpdate', { text: 'Later', channelData: { eventType: 'editMessage' } }),
      id: original['id'],
      timestamp,
    })
    const deletion = {
      ...event('messageDelete', { channelData: { eventType: 'softDeleteMessage' } }),
      id: original['id'],
    }
    const first = edit('2026-11-02T17:21:00Z')
    for (const activity of [original, first, edit('2026-11-02T17:22:00Z'), first, deletion, deletion])
      expect(await deliver(activity)).toBe(200)
    expect(setup.inbox.recorded).toHaveLength(4)
  })

  it('is each time that a message is deleted and brought back', async () => {
    const { message, event } = setup.fake.activities
    const { id } = message('Please cancel my booking')
    const change = (type: string, eventType: string, timestamp: string): Fields => ({
      ...event(type, { channelData: { eventType }, text: 'Please cancel my booking' }),
      id,
      timestamp,
    })
    const deletion = change('messageDelete', 'softDeleteMessage', '2026-11-02T17:21:00Z')
    const back = change('messageUpdate', 'undeleteMessage', '2026-11-02T17:22:00Z')
    const again = change('messageDelete', 'softDeleteMessage', '2026-11-02T17:23:00Z')
    for (const activity of [deletion, back, back, deletion, again, again])
      expect(await deliver(activity)).toBe(200)
    const readings = setup.inbox.recorded.map(({ payload }) => setup.adapter.read(payload, neverAborted))
    expect((await Promise.all(readings)).flatMap(({ turns }) => turns)).toMatchObject([
      { kind: 'deletion', text: '', at: Date.UTC(2026, 10, 2, 17, 21) },
      { kind: 'edit', text: 'Please cancel my booking', at: Date.UTC(2026, 10, 2, 17, 22) },
      { kind: 'deletion', text: '', at: Date.UTC(2026, 10, 2, 17, 23) },
    ])
  })

  it('is where the bot was added', async () => {
    expect(await deliver(setup.fake.activities.event('installationUpdate', { action: 'add' }))).toBe(200)
    expect(await deliver(setup.fake.activities.event('conversationUpdate', { membersAdded: [] }))).toBe(200)
    expect(setup.inbox.recorded).toHaveLength(2)
  })

  it('is every message without an id, since none can be told from another', async () => {
    const activity = { ...setup.fake.activities.message('Late arrival?'), id: undefined }
    await deliver(activity)
    await deliver(activity)
    expect(setup.inbox.recorded).toHaveLength(2)
    expect(new Set(keysOf()).size).toBe(2)
  })

  it('is the conversation’s hash when its id is longer than 512 characters', async () => {
    const id = `19:${'x'.repeat(600)}@thread.v2`
    await deliver({ ...setup.fake.activities.message('Late arrival?'), conversation: { id, tenantId } })
    expect(setup.inbox.recorded[0]?.conversation).toMatch(/^sha256:[\da-f]{64}$/)
  })

  it.each(['typing', 'endOfConversation', 'messageReaction', 'event', 'invoke', 'trace', 'tomorrow’s'])(
    'is never an activity of type %s, which is acknowledged',
    async (type) => {
      expect(await deliver(setup.fake.activities.event(type, { name: 'adaptiveCard/action' }))).toBe(200)
      expect(setup.inbox.accepted).toHaveLength(0)
    },
  )
})

describe('malformed bodies', () => {
  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"message"'],
    ['a cut object', '{"type":"message"'],
    ['nested lists without an end', '['.repeat(500_000)],
  ])('%s is answered with 400', async (_row, body) => {
    expect(await setup.status(await setup.fake.requestWith(body))).toBe(400)
    expect(setup.inbox.accepted).toHaveLength(0)
  })

  it.each([
    ['without a type', { type: undefined }],
    ['with a type that is no text', { type: 7 }],
    ['without a conversation', { conversation: undefined }],
    ['with a conversation that is null', { conversation: null }],
  ])('an activity %s is answered with 400', async (_row, fields) => {
    expect(await deliver({ ...setup.fake.activities.message('Hello'), ...fields })).toBe(400)
  })

  it.each(['text', 'entities', 'recipient', 'attachments', 'from', 'channelData', 'timestamp'])(
    'an activity whose %s is missing, null or nonsense is still recorded and read',
    async (field) => {
      for (const value of [undefined, null, 7, [null, 7], { id: [] }]) {
        const activity = { ...setup.fake.activities.message('Hello'), [field]: value }
        expect(await deliver(activity)).toBe(200)
        const payload = setup.inbox.recorded.at(-1)?.payload ?? ''
        await expect(setup.adapter.read(payload, neverAborted)).resolves.toBeDefined()
      }
      expect(setup.inbox.recorded).toHaveLength(5)
    },
  )

  it('an authenticated activity is taken whatever its content type says', async () => {
    const request = await setup.fake.request(setup.fake.activities.message('Hello'))
    const headers = { ...request.headers, 'content-type': 'text/plain' }
    expect(await setup.status({ ...request, headers })).toBe(200)
    expect(setup.inbox.recorded).toHaveLength(1)
  })

  it('deeply nested values do no harm', async () => {
    const json = JSON.stringify(setup.fake.activities.message('Hello'))
    const body = `${json.slice(0, -1)},"value":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect(await setup.status(await setup.fake.requestWith(body))).toBe(200)
    expect(setup.inbox.recorded).toHaveLength(1)
  })
})

describe('without an app, on this machine', () => {
  let open: Setup
  beforeEach(async () => {
    open = await createSetup({ anonymous: true })
  })
  afterEach(async () => {
    await open.close()
  })

  it('anybody is let in, and answered without a token', async () => {
    const activity = open.fake.activities.message('Late arrival?')
    expect(await open.status(await open.fake.request(activity))).toBe(200)
    const { address } = await open.adapter.read(open.inbox.recorded[0]?.payload ?? '', neverAborted)
    if (address === undefined) throw new Error('The message has no address.')
    const part = { deliveryId: 'd-1', address, text: 'Yes' }
    expect(await open.adapter.send(part, neverAborted)).toMatchObject({ outcome: 'sent' })
    expect(open.fake.server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })

  it.each(['https://smba.trafficmanager.net/emea/', 'http://169.254.169.254/', 'https://evil.example/'])(
    'nothing is taken whose answers would go to %s',
    async (serviceUrl) => {
      const activity = { ...open.fake.activities.message('Hello'), serviceUrl }
      expect(await open.status(await open.fake.request(activity))).toBe(401)
      expect(open.inbox.accepted).toHaveLength(0)
    },
  )

  it.each(['text/plain', 'application/x-www-form-urlencoded', undefined])(
    'nothing is taken that a page in a browser could post: %s',
    async (contentType) => {
      const request = await open.fake.request(open.fake.activities.message('Hello'))
      const headers = contentType === undefined ? {} : { 'content-type': contentType }
      expect(await open.status({ ...request, headers })).toBe(400)
      expect(open.inbox.accepted).toHaveLength(0)
    },
  )
})

it('is called again by Teams after no answer, and records once', async () => {
  const statuses: number[] = []
  const server = createServer((message, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of message) chunks.push(chunk as Buffer)
      const { headers } = message
      const request: WebhookRequest = {
        method: 'POST',
        path: '/api/messages',
        query: '',
        headers,
        body: Buffer.concat(chunks),
      }
      const status = await setup.status(request)
      statuses.push(status)
      // Once restify is loaded, `writeHead` gives nothing back.
      response.statusCode = status
      if (statuses.length > 1) response.end()
      else response.destroy()
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const activity = setup.fake.activities.message('Late arrival?')
  expect(await setup.fake.post(`http://127.0.0.1:${port}`, activity, { patienceMs: 60_000 })).toEqual([
    0, 200,
  ])
  expect(statuses).toEqual([200, 200])
  expect(setup.inbox.recorded).toHaveLength(1)
  server.closeAllConnections()
  server.close()
})
