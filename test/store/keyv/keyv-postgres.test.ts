import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite'
import { Keyv } from 'keyv'
import * as vitest from 'vitest'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { createBindings } from '../../../src/relay/threads/bindings.ts'
import { createVault } from '../../../src/relay/adapter-services/vault.ts'
import { openKeyvBackend, type KeyvBackend } from '../../../src/store/keyv/backend.ts'
import { openStore } from '../../../src/store/open.ts'
import { patience } from '../../fakes/clock.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'

const table = 'public.mews_chat_keyv'
let server: PostgresServer
let url = ''
let backend: KeyvBackend

beforeAll(async () => {
  server = await createPostgresServer()
  url = (await server.database()).replace(/\?.*$/, '')
})
afterAll(() => server.dispose())

const openKeyv = (namespace: string): Keyv => {
  const keyv = new Keyv({ store: backend.keyv(namespace), namespace, throwOnErrors: true })
  keyv.on('error', () => {})
  return keyv
}

const storage = () => backend.keyv('suite')

const binding = {
  v: 1,
  conversation: `teams:19:${'x'.repeat(400)}`,
  property: 'p',
  threadId: 't1',
  firstAuthor: 'Ada',
  address: {},
  activeAt: 1,
} as const

describe('the official suite through @keyv/postgres', () => {
  beforeAll(async () => {
    backend = await openKeyvBackend({ url, clock: systemClock })
  })
  afterAll(() => backend.close())
  keyvTestSuite(vitest, Keyv, storage as never)
  keyvIteratorTests(vitest, Keyv, storage as never)
})

describe('records in @keyv/postgres', () => {
  beforeEach(async () => {
    backend = await openKeyvBackend({ url, clock: systemClock })
  })
  afterEach(async () => {
    await backend.close()
    await server.run(url, `drop table if exists ${table}`)
  })

  test('are kept, bindings of the longest conversation ids and installations apart', async () => {
    const bindings = createBindings(openKeyv('bindings'))
    const installations = openKeyv('installations')
    const vault = createVault(installations, 'slack', undefined)
    await bindings.write(binding)
    await vault.set('team:T0', { token: 'x' })
    await backend.close()
    backend = await openKeyvBackend({ url, clock: systemClock })
    const again = createBindings(openKeyv('bindings'))
    expect(await again.find(binding.conversation)).toEqual(binding)
    expect(await again.conversationOf('t1')).toBe(binding.conversation)
    const other = openKeyv('installations')
    expect(await createVault(other, 'slack', undefined).get('team:T0')).toEqual({ token: 'x' })
    await other.clear()
    expect(await again.find(binding.conversation)).toEqual(binding)
  })

  test('may be in the very database that the connector has its own tables in', async () => {
    const store = await openStore({ url, keyvUrl: url, clock: systemClock, exclusive: false })
    const own = new Keyv({ store: store.keyv('bindings'), namespace: 'bindings', throwOnErrors: true })
    const bindings = createBindings(own)
    await bindings.write(binding)
    expect(await bindings.find(binding.conversation)).toEqual(binding)
    await store.close()
  })
})

describe('@keyv/postgres whose server is away', () => {
  beforeEach(async () => {
    backend = await openKeyvBackend({ url, clock: systemClock })
  })
  afterEach(() => backend.close())

  test('rejects every call, ends no process, and works again by itself', async () => {
    const bindings = createBindings(openKeyv('bindings'))
    await bindings.write(binding)
    await server.crash()
    await expect(bindings.find(binding.conversation)).rejects.toBeInstanceOf(Error)
    await expect(bindings.find('slack:unknown')).rejects.toBeInstanceOf(Error)
    await expect(bindings.conversationOf('t1')).rejects.toBeInstanceOf(Error)
    await expect(bindings.write(binding)).rejects.toBeInstanceOf(Error)
    await server.start()
    // A backend that did not answer is not asked again for a second.
    await vi.waitFor(async () => expect(await bindings.find(binding.conversation)).toEqual(binding), patience)
    expect(await bindings.find('slack:unknown')).toBeUndefined()
  })

  test('makes its table once the server is there, where it was away at the start', async () => {
    await server.run(url, `drop table if exists ${table}`)
    await server.crash()
    const bindings = createBindings(openKeyv('bindings'))
    await expect(bindings.write(binding)).rejects.toBeInstanceOf(Error)
    await server.start()
    await vi.waitFor(() => bindings.write(binding), patience)
    expect(await bindings.find(binding.conversation)).toEqual(binding)
  })
})
