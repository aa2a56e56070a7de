import { Keyv } from 'keyv'
import { afterEach, expect, test, vi } from 'vitest'
import { createBindings } from '../../../src/relay/threads/bindings.ts'
import { replyEntry } from '../../../src/relay/entries/reply.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { patience } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
afterEach(() => fixture.close())

/** Takes away what Keyv has, as a backend without persistence does; `which`: part of the keys. */
const lose = async (which = ''): Promise<void> => {
  const storage = fixture.store.keyv('bindings')
  const keys: string[] = []
  for await (const [key] of storage.iterator()) if (key.includes(which)) keys.push(key)
  expect(keys).not.toEqual([])
  await storage.deleteMany(keys)
}

test('a reply in a thread whose binding is not written yet waits for it', async () => {
  fixture = await createFakePlatform()
  const { store, clock, guests } = fixture
  const message = { id: 'm-1', threadId: 't-1', text: 'first', sender: 'Enterprise', createdAt: 1 } as const
  await store.log.append([replyEntry('lobby:bert', message, 'Grand Hotel', clock.now())])
  await fixture.until(() =>
    expect(fixture.lines).toContainEqual(expect.objectContaining({ message: 'reply waits' })),
  )
  // However long that takes, the reply comes soon after.
  await fixture.pass(150_000)
  expect(guests.heard('bert')).toEqual([])
  const bindings = createBindings(new Keyv({ store: store.keyv('bindings'), throwOnErrors: true }))
  await bindings.write({
    v: 1,
    conversation: 'lobby:bert',
    property: 'Grand Hotel',
    threadId: 't-1',
    firstAuthor: '',
    address: { v: 1, conversation: 'bert' },
    activeAt: clock.now(),
  })
  await fixture.pass(5_000)
  await vi.waitFor(() => expect(guests.heard('bert')).toEqual(['first']), patience)
})

test.each([
  ['everything', ''],
  ['where the guest is', 'conversation:'],
  ['whose thread it is', 'thread:'],
])(
  'a backend that has lost %s stops neither replies nor turns, and opens no second thread',
  async (_, which) => {
    fixture = await createFakePlatform()
    const { guests, mews } = fixture
    await guests.say('anna', 'one')
    await fixture.until(() => expect(fixture.threads()).toEqual([['one']]))
    await lose(which)
    mews.reply(fixture.thread(0), 'first')
    await fixture.until(() => expect(guests.heard('anna')).toEqual(['first']))
    await guests.say('anna', 'two')
    await fixture.until(() =>
      expect(fixture.threads()).toEqual([['one', 'first', expect.stringMatching(/two$/)]]),
    )
    mews.reply(fixture.thread(0), 'second')
    await fixture.until(() => expect(guests.heard('anna')).toEqual(['first', 'second']))
  },
)

test('a guest who asked for a new conversation gets one, whatever the backend has lost since', async () => {
  fixture = await createFakePlatform()
  const { guests } = fixture
  await guests.say('anna', 'one')
  await fixture.until(() => expect(fixture.threads()).toEqual([['one']]))
  await guests.say('anna', '', { command: 'new' })
  await fixture.until(() => expect(guests.heard('anna')).toHaveLength(1))
  await lose()
  await guests.say('anna', 'two')
  await fixture.until(() => expect(fixture.threads()).toEqual([['one'], ['two']]))
})

test('a binding that a crash left half written is completed at the next start', async () => {
  fixture = await createFakePlatform()
  const { store, guests } = fixture
  await guests.say('anna', 'one')
  await fixture.until(() => expect(fixture.threads()).toEqual([['one']]))
  const storage = store.keyv('bindings')
  const written = new Map<string, string>()
  for await (const [key, value] of storage.iterator()) if (key.includes('thread:')) written.set(key, value)
  expect(written.size).toBe(1)
  const keys = [...written.keys()]
  await storage.deleteMany(keys)
  const opening = { conversation: 'lobby:anna', property: 'Grand Hotel', reference: 'AAAAAA' }
  await store.threads.intend({ ...opening, subject: 'one', sender: 'Anna', startedAt: fixture.clock.now() })
  await store.threads.opened(opening, fixture.thread(0), fixture.clock.now())
  await fixture.restart([{ name: 'Grand Hotel' }])
  await vi.waitFor(async () => expect(await storage.getMany(keys)).toEqual([...written.values()]), patience)
  await expect(store.threads.unbound()).resolves.toEqual([])
})

test('a binding that comes back from an old snapshot gives way to the newest one, which is written back', async () => {
  fixture = await createFakePlatform()
  const { store, guests, mews } = fixture
  const storage = store.keyv('bindings')
  const snapshot: { key: string; value: string }[] = []
  await guests.say('anna', 'one')
  await fixture.until(() => expect(fixture.threads()).toEqual([['one']]))
  for await (const [key, value] of storage.iterator()) snapshot.push({ key, value })
  await fixture.pass(5_000)
  await guests.say('anna', '', { command: 'new' })
  await fixture.until(() => expect(guests.heard('anna')).toHaveLength(1))
  await guests.say('anna', 'two')
  await fixture.until(() => expect(fixture.threads()).toEqual([['one'], ['two']]))
  await lose()
  await storage.setMany(snapshot)
  mews.reply(fixture.thread(1), 'second')
  await fixture.until(() => expect(guests.heard('anna').at(-1)).toBe('second'))
  await guests.say('anna', 'three')
  await fixture.until(() =>
    expect(fixture.threads()).toEqual([['one'], ['two', 'second', expect.stringMatching(/three$/)]]),
  )
  const records: string[] = []
  for await (const [key, value] of storage.iterator()) if (key.includes('conversation:')) records.push(value)
  expect(records).toEqual([expect.stringContaining(fixture.thread(1))])
})

test('a reply to a guest of whom everything was erased and lost is told to the staff, and arrives once they write', async () => {
  fixture = await createFakePlatform()
  const { store, guests, mews } = fixture
  await guests.say('anna', 'one')
  await fixture.until(() => expect(fixture.threads()).toEqual([['one']]))
  await (store as OpenStore).admin.erasure.erase('lobby:anna')
  await lose()
  mews.reply(fixture.thread(0), 'first')
  const told = expect.stringMatching(/not delivered to the guest .*“first”.*erased.*once they write again/)
  await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'first', told]]))
  expect(guests.heard('anna')).toEqual([])
  await guests.say('anna', 'two')
  await fixture.until(() => expect(fixture.threads().flat().join(' ')).toMatch(/two/))
  const [index] = [fixture.threads().length - 1]
  mews.reply(fixture.thread(index), 'second')
  await fixture.until(() => expect(guests.heard('anna')).toEqual(['second']))
})
