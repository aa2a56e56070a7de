import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { prepare } from '../../../src/store/create-store.ts'
import type { Backend } from '../../../src/store/dialect.ts'
import { createKeyvStorage } from '../../../src/store/keyv/storage.ts'
import { openSqlite } from '../../../src/store/sqlite/database.ts'
import { createSqliteDatabase } from '../sqlite/database.ts'

let database: Awaited<ReturnType<typeof createSqliteDatabase>>
let backend: Backend
const counts = { reads: 0, writes: 0 }
const keyvOf = () => createKeyvStorage(backend, systemClock, 'space')

beforeEach(async () => {
  database = await createSqliteDatabase()
  await mkdir(dirname(database.path), { recursive: true })
  const opened = openSqlite(database.path)
  await prepare(opened, { clock: systemClock, exclusive: false })
  Object.assign(counts, { reads: 0, writes: 0 })
  backend = {
    ...opened,
    db: opened.db.withPlugin({
      transformQuery: ({ node }) => {
        counts.reads += 1
        return node
      },
      transformResult: ({ result }) => Promise.resolve(result),
    }),
    transact: (work) => {
      counts.writes += 1
      return opened.transact(work)
    },
  }
})
afterEach(async () => {
  await backend.close().catch(() => {})
  await database.destroy()
})

const keys = Array.from({ length: 2_500 }, (_, number) => `key-${number}`)

test('what is asked or written in the same moment goes to the database together', async () => {
  const keyv = keyvOf()
  await Promise.all(keys.map((key) => keyv.set(key, `value of ${key}`)))
  const found = await Promise.all([...keys, 'unknown'].map((key) => keyv.get(key)))
  expect(found).toEqual([...keys.map((key) => `value of ${key}`), undefined])
  expect(counts).toEqual({ reads: 3, writes: 3 })
})

test('of several values for one key the last one stays', async () => {
  const keyv = keyvOf()
  const written = ['one', 'two', 'three'].map((value) => keyv.set('key', value))
  await Promise.all([...written, keyv.set('other', 'four')])
  expect(await keyv.getMany(['key', 'other'])).toEqual(['three', 'four'])
})

test('a lone call does not wait for others, and a failure meets everybody who asked', async () => {
  const keyv = keyvOf()
  await keyv.set('key', 'value')
  expect(await keyv.get('key')).toBe('value')
  expect(counts).toEqual({ reads: 1, writes: 1 })
  await backend.close()
  const ended = await Promise.allSettled([keyv.get('key'), keyv.get('other'), keyv.set('key', 'new')])
  expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
})
