import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { toRefusal } from '../../fakes/channex/api.ts'
import { closes, marks as isMark } from '../../fakes/channex/channex.ts'
import { runCommand } from '../../cli/run-command.ts'
import { createChannexBridge, type ChannexBridge } from '../support/channex-bridge.ts'

const looks = { MEWS_SYNC_SECONDS: '0.2' }

let bridge: ChannexBridge
let guest: string
let thread: string

const start = async (settings: Readonly<Record<string, string>>): Promise<void> => {
  bridge = await createChannexBridge('sent', { ...looks, ...settings })
  await bridge.connector.start()
}

/** Another guest writes. */
const begin = async (): Promise<void> => {
  const { channex, mews } = bridge
  const before = mews.threads().length
  guest = channex.open()
  channex.say(guest, 'Is parking included?')
  await vi.waitFor(() => expect(mews.threads()).toHaveLength(before + 1), patience)
  thread = mews.threads().at(-1)?.id ?? ''
  await vi.waitFor(() => expect(mews.messages(thread)).toHaveLength(1), patience)
}

const isClosed = (): boolean | undefined => bridge.channex.book.threads.get(guest)?.closed
const closings = (): number =>
  bridge.channex.server.requests.filter((request) => closes(request) && request.path.includes(guest)).length
const looked = (): number =>
  bridge.mews.requests.filter(({ path }) => path.endsWith('/messages/getAll')).length
/** Long enough for a few more looks. */
const someLooks = async (): Promise<void> => {
  const before = looked()
  await vi.waitFor(() => expect(looked()).toBeGreaterThan(before + 3), patience)
}

describe('what the staff resolve', () => {
  beforeAll(() => start({ CHANNEX_CLOSE_RESOLVED: 'on' }))
  beforeEach(begin)
  afterAll(() => bridge.close())

  test('is closed in Channex once, behind their replies, and stays open once the guest has written again', async () => {
    const { mews, channex } = bridge
    mews.reply(thread, 'Yes, it is.')
    mews.resolve(thread)
    await vi.waitFor(() => expect(isClosed()).toBe(true), patience)
    expect(channex.posted(guest)).toEqual(['Yes, it is.'])
    expect(channex.server.requests.filter(isMark)).toEqual([])
    channex.say(guest, 'And breakfast?')
    await vi.waitFor(() => expect(mews.messages(thread)).toHaveLength(3), patience)
    await someLooks()
    expect(isClosed()).toBe(false)
    expect(closings()).toBe(1)
  })

  test('without an answer is marked as needing no reply, then closed', async () => {
    const { mews, channex } = bridge
    expect(channex.book.threads.get(guest)?.awaitsReply).toBe(true)
    mews.resolve(thread)
    await vi.waitFor(() => expect(isClosed()).toBe(true), patience)
    expect(channex.book.threads.get(guest)?.awaitsReply).toBe(false)
    const posts = channex.server.requests.filter(({ path }) => path.includes(guest))
    expect(posts.filter((request) => closes(request) || isMark(request)).map(isMark)).toEqual([true, false])
  })

  test('stays open while the guest has no answer because it failed', async () => {
    const { mews, channex } = bridge
    channex.refuse(guest, toRefusal(422, 'validation_error', 'The property may not write any more'))
    mews.reply(thread, 'Yes, it is.')
    await vi.waitFor(() => expect(mews.messages(thread)).toHaveLength(3), patience)
    mews.resolve(thread)
    await someLooks()
    await someLooks()
    expect(channex.book.threads.get(guest)).toMatchObject({ closed: false, awaitsReply: true })
    expect(closings()).toBe(0)
    expect(
      channex.server.requests.filter((request) => isMark(request) && request.path.includes(guest)),
    ).toEqual([])
  })

  test('is closed again when it was opened and resolved again', async () => {
    const { mews, channex } = bridge
    mews.resolve(thread)
    await vi.waitFor(() => expect(isClosed()).toBe(true), patience)
    channex.say(guest, 'And breakfast?')
    mews.resolve(thread, false)
    await someLooks()
    mews.resolve(thread)
    await vi.waitFor(() => expect(isClosed()).toBe(true), patience)
    expect(closings()).toBe(2)
  })

  test('is closed after a kill while Channex was asked', async () => {
    const { mews, channex, connector } = bridge
    const asked = new Promise<void>((resolve) => {
      channex.server.fail({ applied: false, kind: 'hang', meanwhile: resolve }, { match: closes })
    })
    mews.resolve(thread)
    await asked
    await connector.kill()
    expect(isClosed()).toBe(false)
    await connector.start()
    await vi.waitFor(() => expect(isClosed()).toBe(true), patience)
    await someLooks()
    expect(closings()).toBe(2)
  })

  test('stays open when the guest writes while it cannot be closed', async () => {
    const { mews, channex, connector } = bridge
    const unreachable = { applied: false, kind: 'answer', answer: { status: 503 } } as const
    channex.server.fail(unreachable, { match: closes, times: 1_000 })
    mews.resolve(thread)
    await vi.waitFor(() => expect(closings()).toBeGreaterThan(0), patience)
    channex.say(guest, 'One more thing')
    await vi.waitFor(() => expect(mews.messages(thread)).toHaveLength(2), patience)
    channex.server.heal()
    const waiting = async (): Promise<string> =>
      (await runCommand(['deliveries', '--waiting'], connector.settings)).out
    await vi.waitFor(async () => expect(await waiting()).not.toContain('to be closed on Channex'), patience)
    expect(channex.book.threads.get(guest)).toMatchObject({ closed: false, awaitsReply: true })
  })

  test('is told to whoever runs it when Channex refuses, and to nobody else', async () => {
    const { mews, channex, connector } = bridge
    const answer = toRefusal(403, 'forbidden', 'Forbidden')
    channex.server.fail({ applied: false, kind: 'answer', answer }, { match: closes })
    mews.resolve(thread)
    const failed = async (): Promise<string> =>
      (await runCommand(['deliveries', '--failed'], connector.settings)).out
    await vi.waitFor(async () => expect(await failed()).toContain('to be closed on Channex'), patience)
    expect(await failed()).toContain('Channex does not allow it')
    expect(mews.messages(thread)).toHaveLength(1)
    expect(channex.posted(guest)).toEqual([])
    const [id = ''] = /reply:channex:\S+#\d+/.exec(await failed()) ?? []
    await runCommand(['deliveries', 'retry', id], connector.settings)
    await vi.waitFor(() => expect(isClosed()).toBe(true), patience)
  })
})

test('nothing is asked and nothing closed where that is not wanted', async () => {
  await start({})
  onTestFinished(() => bridge.close())
  await begin()
  bridge.mews.resolve(thread)
  await someLooks()
  expect(bridge.mews.requests.filter(({ path }) => path.endsWith('/messageThreads/getAll'))).toEqual([])
  expect(closings()).toBe(0)
})
