import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite'
import { Keyv } from 'keyv'
import * as vitest from 'vitest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import type { KeyvStorage, Store } from '../../../src/store/types.ts'
import { useStore } from './harness.ts'
import type { CreateTestDatabase, TestDatabase } from './harness.ts'

export const keyvContract = (create: CreateTestDatabase): void => {
  describe('keyv conformance', () => {
    let database: TestDatabase
    let store: Store
    beforeAll(async () => {
      database = await create()
      store = await database.open(systemClock)
    })
    afterAll(async () => {
      await store.close()
      await database.destroy()
    })
    const storage = (): KeyvStorage => store.keyv('suite')
    keyvTestSuite(vitest, Keyv, storage as never)
    keyvIteratorTests(vitest, Keyv, storage as never)
  })

  describe('keyv', () => {
    const fixture = useStore(create)
    const open = (space: string): Keyv<string> =>
      new Keyv({ store: fixture().store.keyv(space), throwOnErrors: true })

    test('keeps values across closing', async () => {
      await open('bindings').set('slack:T0', 'thread-1')
      await fixture().reopen()
      expect(await open('bindings').get('slack:T0')).toBe('thread-1')
    })

    test('keeps spaces apart even where Keyv calls them all the same', async () => {
      const bindings = open('bindings')
      const installations = open('installations')
      await bindings.set('key', 'binding')
      await installations.set('key', 'installation')
      await installations.clear()
      expect(await bindings.get('key')).toBe('binding')
      expect(await installations.get('key')).toBeUndefined()
    })

    test('clears its namespace only, taking no character of its name for a pattern', async () => {
      const [one, other] = ['a_', 'ab'].map(
        (namespace) => new Keyv({ store: fixture().store.keyv('space'), namespace, throwOnErrors: true }),
      )
      await one?.set('key', 1)
      await other?.set('key', 2)
      await one?.clear()
      expect(await one?.get('key')).toBeUndefined()
      expect(await other?.get('key')).toBe(2)
    })

    test('writes many values together, the last one of a key', async () => {
      const bindings = open('bindings')
      await bindings.setMany([
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
        { key: 'a', value: '3' },
      ])
      expect(await bindings.get(['b', 'a', 'c'])).toEqual(['2', '3', undefined])
      expect(await bindings.has('b')).toBe(true)
    })

    test('finds a key that holds half a surrogate pair', async () => {
      const bindings = open('bindings')
      const key = 'teams:\ud83d'
      await bindings.set(key, 'thread-1')
      expect(await bindings.get(key)).toBe('thread-1')
      expect(await bindings.get([key])).toEqual(['thread-1'])
    })

    test('rejects when the database fails: a failing store is never a missing value', async () => {
      const bindings = open('bindings')
      await bindings.set('key', 'value')
      await fixture().database.dropTable('keyv')
      expect(await callEverything(bindings)).toMatchObject(unavailable)
    })

    test('rejects when the store is closed', async () => {
      const bindings = open('bindings')
      await bindings.set('key', 'value')
      await fixture().store.close()
      expect(await callEverything(bindings)).toMatchObject(unavailable)
    })
  })
}

/** Makes every call there is; resolves with their outcomes. */
const callEverything = (keyv: Keyv<string>): Promise<readonly PromiseSettledResult<unknown>[]> => {
  keyv.on('error', () => {})
  return Promise.allSettled([
    keyv.get('key'),
    keyv.get(['key']),
    keyv.has('key'),
    keyv.set('key', 'other'),
    keyv.setMany([{ key: 'key', value: 'other' }]),
    keyv.delete('key'),
    keyv.delete(['key']),
    keyv.clear(),
  ])
}

const unavailable = Array.from({ length: 8 }, () => ({ status: 'rejected', reason: { code: 'unavailable' } }))
