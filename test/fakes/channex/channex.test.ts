import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeChannex, fakeAccount, type FakeChannex } from './channex.ts'
import { createFakeServer, type FakeServer } from '../server.ts'

let channex: FakeChannex
let listener: FakeServer
beforeEach(async () => {
  channex = await createFakeChannex()
  listener = await createFakeServer(() => ({ status: 204 }))
})
afterEach(() => Promise.all([channex.close(), listener.close()]))

const call = async (path: string, body?: unknown, key: string = fakeAccount.apiKey): Promise<unknown> => {
  const response = await fetch(`${channex.url}/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'user-api-key': key },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, ...((await response.json()) as object) }
}

const refused = (status: number, code: string): object => ({ status, errors: { code } })

describe('the fake Channex', () => {
  it('gives ten rows unless it is asked in its own words', async () => {
    const thread = channex.open()
    for (let count = 0; count < 25; count += 1) channex.say(thread, `${count}`)
    const path = `message_threads/${thread}/messages`
    for (const query of ['', '?limit=50', '?page[limit]=50', '?pagination[size]=50'])
      expect(await call(path + query)).toMatchObject({ meta: { page: 1, limit: 10, total: 25 } })
    expect(await call(`${path}?pagination[page]=2&pagination[limit]=20`)).toMatchObject({
      data: { length: 5 },
      meta: { limit: 20 },
    })
    expect(await call(`${path}?pagination[limit]=500`)).toMatchObject({ meta: { limit: 100 } })
  })

  it('lists the newest message first, with a time that has no zone', async () => {
    const thread = channex.open()
    channex.say(thread, 'one')
    channex.say(thread, 'two')
    const inserted_at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
    expect(await call(`message_threads/${thread}/messages`)).toMatchObject({
      data: [{ attributes: { message: 'two', inserted_at } }, { attributes: { message: 'one' } }],
    })
  })

  it('refuses in its own form', async () => {
    const thread = channex.open()
    const path = `message_threads/${thread}/messages`
    expect(await call(path, undefined, 'another key')).toMatchObject(refused(401, 'unauthorized'))
    expect(await call('message_threads/none')).toMatchObject(refused(404, 'resource_not_found'))
    expect(await call('bookings/none')).toMatchObject(refused(404, 'not_found'))
    expect(await call(path, { message: { message: ' ' } })).toMatchObject(refused(422, 'validation_error'))
    const { id } = channex.book.book({ affiliate: true })
    expect(await call(`bookings/${id}/messages`)).toMatchObject(refused(422, 'not_supported'))
    channex.installed.clear()
    expect(await call('message_threads')).toMatchObject(refused(403, 'forbidden'))
    expect(await call(path)).toMatchObject(refused(403, 'forbidden'))
  })

  it('ignores a file beside a text', async () => {
    const thread = channex.open()
    const uploaded = (await call('attachments', { attachment: { file_name: 'room.jpeg' } })) as {
      data: { id: string }
    }
    const message = { message: 'Here it is', attachment_id: uploaded.data.id }
    expect(await call(`message_threads/${thread}/messages`, { message })).toMatchObject({
      data: { attributes: { message: 'Here it is', attachments: [] } },
    })
  })

  it('opens a closed thread again when something is sent', async () => {
    const thread = channex.open()
    await call(`message_threads/${thread}/close`, {})
    expect(channex.book.threads.get(thread)?.closed).toBe(true)
    await call(`message_threads/${thread}/messages`, { message: { message: 'Still there?' } })
    expect(channex.book.threads.get(thread)?.closed).toBe(false)
  })

  it('delivers events with its secret, again after a 5xx, and never again after a 4xx', async () => {
    channex.announceTo(`${listener.url}/channex/webhooks`)
    listener.fail({ applied: false, kind: 'answer', answer: { status: 503 } })
    listener.fail({ applied: false, kind: 'answer', answer: { status: 401 } })
    const thread = channex.open()
    channex.say(thread, 'one')
    await channex.settled()
    channex.say(thread, 'two')
    await channex.settled()
    await channex.flush()
    await channex.flush()
    expect(channex.answers).toEqual([503, 401, 204])
    const texts = listener.requests.map(({ body }) => JSON.parse(body).payload.message as unknown)
    expect(texts).toEqual(['one', 'two', 'one'])
    expect(listener.requests[0]?.headers['x-channex-webhook-secret']).toBe(fakeAccount.secret)
  })

  it('delivers held events twice and newest first, when told to', async () => {
    Object.assign(channex.switches, { webhooks: 'held', doubled: true, reversed: true })
    channex.announceTo(`${listener.url}/channex/webhooks`)
    const thread = channex.open()
    channex.say(thread, 'one')
    channex.say(thread, 'two')
    await channex.flush()
    const texts = listener.requests.map(({ body }) => JSON.parse(body).payload.message as unknown)
    expect(texts).toEqual(['two', 'two', 'one', 'one'])
  })

  it('leaves out what it is told to leave out', async () => {
    const thread = channex.open()
    channex.switches.tellsSender = false
    channex.say(thread, 'one')
    expect(channex.waiting.pop()).not.toHaveProperty('payload.sender')
    channex.switches.sendData = false
    channex.say(thread, 'two')
    expect(channex.waiting.pop()).not.toHaveProperty('payload')
    expect(await call(`message_threads/${channex.open({ bare: true })}`)).not.toHaveProperty(
      'data.relationships',
    )
  })
})
