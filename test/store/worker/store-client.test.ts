import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { storeApartContract } from '../../contracts/store/worker.ts'
import { entry, useStore } from '../../contracts/store/harness.ts'
import { createSqliteDatabase, type SqliteDatabase } from '../sqlite/database.ts'

const create = () => createSqliteDatabase({ apart: true })

storeApartContract('SQLite', create, { notNull: 'SQLITE_CONSTRAINT_NOTNULL', shared: false })

describe('a SQLite store on threads of its own', () => {
  const fixture = useStore(create)

  test('a spool that cannot be written rejects every record, and works again once it can', async () => {
    const { store, database } = fixture()
    const { path } = database as SqliteDatabase
    const spool = new DatabaseSync(`${path}.spool`)
    spool.exec('alter table spool rename to away')
    const records = [entry('lane', 'a'), entry('lane', 'b')].map((each) => store.log.record([each]))
    const outcomes = await Promise.allSettled(records)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(records[0]).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' })
    spool.exec('alter table away rename to spool')
    spool.close()
    await store.log.record([entry('lane', 'c')])
    expect(await store.log.drain(10)).toBe(1)
  })

  test('fails as the store does: by code, for a second serve, a spoiled table, and once it is closed', async () => {
    const { store, database } = fixture()
    await expect(database.open(systemClock)).rejects.toMatchObject({ name: 'StoreError', code: 'locked' })
    await database.dropTable('mark')
    await expect(store.marks.get('any')).rejects.toMatchObject({ name: 'StoreError' })
    const last = store.log.append([entry('lane', 'in time')])
    await store.close()
    expect(await last).toEqual([true])
    await expect(store.log.append([entry('lane', 'late')])).rejects.toMatchObject({ code: 'unavailable' })
  })
})
