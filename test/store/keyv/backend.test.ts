import { Keyv } from 'keyv'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { createBindings } from '../../../src/relay/threads/bindings.ts'
import { openKeyvBackend } from '../../../src/store/keyv/backend.ts'
import { createManualClock } from '../../fakes/clock.ts'

/** A storage adapter as the official ones are made, in memory; `switches` make its backend fail. */
const createFakePackage = () => {
  const switches: { away: false | 'refuses' | 'hangs' } = { away: false }
  const made: { readonly url: string; readonly options: object | undefined; closed: boolean }[] = []
  class FakeAdapter {
    readonly opts = { url: 'fake:', dialect: 'fake' }
    readonly #records = new Map<string, unknown>()
    readonly #self: (typeof made)[number]
    namespace: string | undefined

    constructor(url: string, options?: object) {
      this.#self = { url, options, closed: false }
      made.push(this.#self)
    }

    async #reach(): Promise<void> {
      if (switches.away === 'refuses') throw new Error('connection refused')
      if (switches.away === 'hangs') await new Promise(() => {})
    }

    async get(key: string): Promise<unknown> {
      await this.#reach()
      return this.#records.get(key)
    }

    async set(key: string, value: unknown): Promise<boolean> {
      await this.#reach()
      this.#records.set(key, value)
      return true
    }

    async setMany(entries: readonly { readonly key: string; readonly value: unknown }[]): Promise<void> {
      for (const { key, value } of entries) await this.set(key, value)
    }

    async delete(key: string): Promise<boolean> {
      await this.#reach()
      return this.#records.delete(key)
    }

    async clear(): Promise<void> {
      await this.#reach()
      this.#records.clear()
    }

    on(): this {
      return this
    }

    get client(): { readonly info: () => Promise<string> } {
      return { info: async () => 'maxmemory:0\r\nmaxmemory_policy:noeviction\r\n' }
    }

    async disconnect(): Promise<void> {
      if (switches.away === 'hangs') await new Promise(() => {})
      if (this.#self.closed) throw new Error('closed already')
      this.#self.closed = true
    }
  }
  return { switches, made, load: async () => ({ default: FakeAdapter }) }
}

const open = async (clock = systemClock) => {
  const fake = createFakePackage()
  const backend = await openKeyvBackend({ url: 'redis://cache.example.com:6379', clock }, fake.load)
  const keyv = new Keyv({ store: backend.keyv('bindings'), namespace: 'bindings', throwOnErrors: true })
  keyv.on('error', () => {})
  return { ...fake, backend, keyv }
}

const binding = {
  v: 1,
  conversation: 'teams:19:x',
  property: 'p',
  threadId: 't1',
  firstAuthor: 'Ada',
  address: {},
  activeAt: 1,
} as const

describe('a Keyv backend', () => {
  test.each([
    ['redis://h', '@keyv/redis'],
    ['rediss://h', '@keyv/redis'],
    ['valkey://h', '@keyv/valkey'],
    ['postgres://h/d', '@keyv/postgres'],
    ['mysql://h/d', '@keyv/mysql'],
    ['mongodb+srv://h/d', '@keyv/mongo'],
    ['memcache://h', '@keyv/memcache'],
  ])('of %s is loaded from %s', async (url, expected) => {
    const { load } = createFakePackage()
    const loaded: string[] = []
    await openKeyvBackend({ url, clock: systemClock }, (name) => {
      loaded.push(name)
      return load()
    })
    expect(loaded).toEqual([expected])
  })

  test('whose package is missing is refused with what to install, and without its password', async () => {
    const refused = openKeyvBackend({ url: 'mysql://user:secret@h/d', clock: systemClock })
    await expect(refused).rejects.toMatchObject({
      code: 'url',
      message: 'KEYV_URL needs the package @keyv/mysql: npm install @keyv/mysql',
    })
  })

  test('of an unknown scheme is refused', async () => {
    await expect(openKeyvBackend({ url: 'ftp://user:secret@h', clock: systemClock })).rejects.toMatchObject({
      code: 'url',
      message: expect.not.stringContaining('secret'),
    })
  })

  test('keeps bindings, each namespace with an adapter of its own', async () => {
    const { backend, keyv, made } = await open()
    const bindings = createBindings(keyv)
    await bindings.write(binding)
    expect(await bindings.find(binding.conversation)).toEqual(binding)
    expect(await bindings.conversationOf('t1')).toBe(binding.conversation)
    const other = new Keyv({ store: backend.keyv('installations'), throwOnErrors: true })
    expect(await other.get('key')).toBeUndefined()
    expect(made.map(({ url }) => url)).toEqual(
      Array.from({ length: 2 }, () => 'redis://cache.example.com:6379'),
    )
    await backend.close()
    await backend.close()
    expect(made.map(({ closed }) => closed)).toEqual([true, true])
  })

  test('that is away is never taken for one without a binding', async () => {
    const { keyv, switches } = await open()
    const bindings = createBindings(keyv)
    await bindings.write(binding)
    switches.away = 'refuses'
    const refused = {
      code: 'unavailable',
      message: expect.stringContaining('KEYV_URL'),
      cause: expect.objectContaining({ message: 'connection refused' }),
    }
    await expect(bindings.find(binding.conversation)).rejects.toMatchObject(refused)
    await expect(bindings.write(binding)).rejects.toMatchObject(refused)
    switches.away = false
    expect(await bindings.find(binding.conversation)).toEqual(binding)
  })

  test('says of itself what Redis says', async () => {
    const { backend, keyv } = await open()
    await keyv.get('key')
    expect(await backend.info()).toContain('maxmemory_policy:noeviction')
  })

  test('that did not answer is asked again after a moment only, and closed without waiting for it', async () => {
    const clock = createManualClock({ skipSleeps: true })
    const { keyv, backend, switches } = await open(clock)
    switches.away = 'hangs'
    await expect(keyv.get('key')).rejects.toMatchObject({ code: 'unavailable' })
    switches.away = false
    await expect(keyv.get('key')).rejects.toMatchObject({ code: 'unavailable' })
    clock.step(1_000)
    expect(await keyv.get('key')).toBeUndefined()
    switches.away = 'hangs'
    await backend.close()
  })

  test('that does not answer is given up after a while', async () => {
    const { keyv, switches } = await open(createManualClock({ skipSleeps: true }))
    switches.away = 'hangs'
    await expect(keyv.get('key')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(keyv.set('key', 1)).rejects.toMatchObject({ code: 'unavailable' })
  })
})
