import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Keyv } from 'keyv'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { copyStore } from '../../src/store/copy.ts'
import { openStore } from '../../src/store/open.ts'
import { claimOne, delivery, entry, toWords, claim } from '../contracts/store/harness.ts'
import { createManualClock } from '../fakes/clock.ts'
import { createPostgresServer, type PostgresServer } from '../fakes/postgres.ts'
import { createSqliteDatabase, type SqliteDatabase } from './sqlite/database.ts'

const clock = createManualClock({ skipSleeps: true })
let server: PostgresServer
let source: SqliteDatabase
let from = ''
let to = ''

beforeAll(async () => {
  server = await createPostgresServer()
})
afterAll(async () => {
  await server.dispose()
})
beforeEach(async () => {
  source = await createSqliteDatabase()
  from = `sqlite:${source.path}`
  to = await server.database()
})
afterEach(async () => {
  await source.destroy()
})

const intent = {
  conversation: 'c',
  property: 'p',
  reference: 'r1',
  subject: 'Hello 🛎️',
  sender: 'Ada',
  startedAt: 1,
}

/** Something of everything, and more entries than are copied at once. */
const fill = async (): Promise<void> => {
  const store = await source.open(clock)
  const many = Array.from({ length: 2_500 }, (_, index) => entry(`lane ${index % 7}`, `${index}`))
  await store.log.record([entry('lane 0', 'recorded last')])
  await store.log.append([...many, entry('done', 'what is done', { group: 'other' })])
  const { lane, token, entries } = await claimOne({
    ...store,
    log: { ...store.log, claim: (query) => store.log.claim({ ...query, group: 'other' }) },
  })
  const nextStep = { next: 'release' } as const
  await store.log.settle({
    lane,
    token,
    deliveries: [delivery(1)],
    doneThrough: entries[0]?.pos ?? 0,
    nextStep,
  })
  await claim(store)
  await store.threads.intend(intent)
  await store.threads.opened(intent, 't1', 5)
  await store.marks.set('synced', '12')
  await new Keyv({ store: store.keyv('bindings'), throwOnErrors: true }).set('key', { v: 1, threadId: 't1' })
  await store.close()
}

const copy = (progress: string[] = []) =>
  copyStore({ from, to, clock, onProgress: (table, rows, of) => progress.push(`${table} ${rows}/${of}`) })

/** Every row of a table, in a fixed order; the driver that looks from outside gives numbers of 64 bits as text. */
const sorted = (rows: readonly unknown[]): readonly string[] =>
  rows
    .map((row) =>
      JSON.stringify(row, (_, value: unknown) => (typeof value === 'number' ? `${value}` : value)),
    )
    .toSorted()

describe('copying a store from SQLite to PostgreSQL', () => {
  test('leaves nothing out: every row of every table is there', async () => {
    await fill()
    const progress: string[] = []
    const copied = await copy(progress)
    expect(progress).toContain('entry 2000/2502')
    expect(copied.get('entry')).toBe(2_502)
    const database = new DatabaseSync(source.path, { readOnly: true })
    for (const [table, count] of copied) {
      const expected = database.prepare(`select * from ${table}`).all()
      const actual = await server.run(to, `select * from ${table}`)
      expect(expected).toHaveLength(count)
      expect(sorted(actual)).toEqual(sorted(expected))
    }
    database.close()
  })

  test('takes along what the database refused', async () => {
    const store = await source.open(clock)
    const impossible = { kind: null as unknown as string }
    await store.log.record([entry('x', 'a', impossible), entry('x', 'b')])
    await store.log.drain(10)
    await store.log.record([entry('y', 'c', impossible)])
    await store.close()
    expect((await copy()).get('entry')).toBe(1)
    const target = await openStore({ url: to, clock, exclusive: false })
    expect(await target.admin.figures.spooled()).toEqual({ waiting: 0, refused: 2 })
    await target.close()
  })

  test('goes on where SQLite has ended: cursors, keys, threads and bindings', async () => {
    await fill()
    await copy()
    const store = await openStore({ url: to, clock, exclusive: true })
    expect(await store.log.append([entry('lane 0', '0'), entry('lane 0', 'new')])).toEqual([false, true])
    const runs = await claim(store, { limit: 5_000 })
    expect(runs.flatMap(({ entries }) => entries)).toHaveLength(2_502)
    expect(toWords(runs).find((words) => words.startsWith('lane 0: 0 7 14 '))).toMatch(/ new$/)
    expect(await store.threads.latest('c')).toMatchObject({ ...intent, threadId: 't1' })
    expect(await store.marks.get('synced')).toBe('12')
    const keyv = new Keyv({ store: store.keyv('bindings'), throwOnErrors: true })
    expect(await keyv.get('key')).toEqual({ v: 1, threadId: 't1' })
    await store.close()
  })

  test('refuses a database that has records, and changes nothing there', async () => {
    await fill()
    const other = await openStore({ url: to, clock, exclusive: false })
    await other.marks.set('mine', '1')
    await other.close()
    await expect(copy()).rejects.toMatchObject({ code: 'occupied' })
    expect(await server.run(to, 'select count(*)::int as rows from entry')).toEqual([{ rows: 0 }])
  })

  test('copies all or nothing', async () => {
    await fill()
    await (await openStore({ url: to, clock, exclusive: false })).close()
    await server.run(to, "alter table thread add check (sender <> 'Ada')")
    await expect(copy()).rejects.toMatchObject({ code: 'invalid' })
    expect(await server.run(to, 'select count(*)::int as rows from entry')).toEqual([{ rows: 0 }])
  })

  test('refuses while a serve is running on the file, and addresses the wrong way round', async () => {
    const store = await source.open(clock)
    await expect(copy()).rejects.toMatchObject({ code: 'locked' })
    await store.close()
    await expect(copyStore({ from: to, to: from, clock, onProgress: () => {} })).rejects.toMatchObject({
      code: 'url',
    })
  })

  test('refuses a file that is not there, and makes none', async () => {
    await expect(copyStore({ from: `${from}.typo`, to, clock, onProgress: () => {} })).rejects.toMatchObject({
      code: 'url',
    })
    expect(existsSync(`${source.path}.typo`)).toBe(false)
  })
})
