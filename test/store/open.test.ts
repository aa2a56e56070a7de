import { rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { openSqlite } from '../../src/store/sqlite/database.ts'
import { claim, entry, toWords } from '../contracts/store/harness.ts'
import { createManualClock } from '../fakes/clock.ts'
import { createSqliteDatabase } from './sqlite/database.ts'
import type { SqliteDatabase } from './sqlite/database.ts'

describe('opening a SQLite database', () => {
  const clock = createManualClock({ skipSleeps: true })
  let database: SqliteDatabase
  beforeEach(async () => {
    database = await createSqliteDatabase()
  })
  afterEach(async () => {
    await database.destroy()
  })

  test('makes the file and its folder, written through to the disk at every commit', async () => {
    const backend = openSqlite(database.path)
    const { db } = backend
    expect((await sql`pragma journal_mode`.execute(db)).rows).toEqual([{ journal_mode: 'wal' }])
    expect((await sql`pragma synchronous`.execute(db)).rows).toEqual([{ synchronous: 2 }])
    await backend.close()
  })

  test('rejects when the file cannot be opened', async () => {
    await (await database.open(clock)).close()
    const folder = dirname(database.path)
    await rm(folder, { recursive: true })
    await writeFile(folder, 'a file where the folder should be')
    await expect(database.open(clock, { exclusive: false })).rejects.toMatchObject({ code: 'unavailable' })
    await expect(database.open(clock)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('begins transactions as writers, so that they never fail half-way for another process', async () => {
    const backend = openSqlite(database.path)
    const { db } = backend
    await db.transaction().execute(async () => {
      const other = new DatabaseSync(database.path, { timeout: 0 })
      expect(() => other.exec('begin immediate')).toThrow(/locked/)
      other.close()
    })
    await backend.close()
  })

  test('says why a transaction failed when the disk is full', async () => {
    const backend = openSqlite(database.path)
    const { db } = backend
    await migrate(backend, 0)
    await sql`pragma max_page_count = 1`.execute(db)
    const value = 'x'.repeat(1_000_000)
    const written = db
      .transaction()
      .execute((trx) => trx.insertInto('mark').values({ name: 'large', value }).execute())
    await expect(written).rejects.toMatchObject({ code: 'unavailable', cause: { code: 'SQLITE_FULL' } })
    await backend.close()
  })

  test('applies every migration once and keeps what is there', async () => {
    const backend = openSqlite(database.path)
    const { db } = backend
    await migrate(backend, 1)
    await db.insertInto('mark').values({ name: 'a', value: '1' }).execute()
    await migrate(backend, 2)
    const rows = await db.selectFrom('migration').selectAll().orderBy('number').execute()
    expect(rows[0]).toEqual({ number: 1, name: 'initial', at: 1 })
    expect(rows.map(({ number, at }) => [number, at])).toEqual(rows.map((_, index) => [index + 1, 1]))
    expect(await db.selectFrom('mark').selectAll().execute()).toHaveLength(1)
    await backend.close()
  })

  test('refuses a database that a newer version has written', async () => {
    await (await database.open(clock)).close()
    await database.run("insert into migration (number, name, at) values (1000, 'from the future', 0)")
    await expect(database.open(clock, { exclusive: false })).rejects.toMatchObject({ code: 'newer' })
  })

  test('ends every lease for serve, and none for a command', async () => {
    const first = await database.open(clock)
    await first.log.append([entry('x', 'a')])
    const [run] = await claim(first)
    await first.close()
    const command = await database.open(clock, { exclusive: false })
    expect(await claim(command)).toEqual([])
    await command.close()
    const serve = await database.open(clock)
    const old = { lane: 'x', token: run?.token ?? 0, nextStep: { next: 'hold' } } as const
    expect(await serve.log.settle(old)).toBe(false)
    expect(toWords(await claim(serve))).toEqual(['x: a'])
    await serve.close()
  })
})
