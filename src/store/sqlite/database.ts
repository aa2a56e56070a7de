import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { CompiledQuery, Kysely, SqliteDialect, SqliteDriver, sql } from 'kysely'
import type { Dialect, SqliteDatabase, SqliteStatement } from 'kysely'
import { type Backend, type Columns, type StoreDialect, toStorableValue } from '../dialect.ts'
import type { Schema } from '../schema.ts'
import { attempt, attemptOpening, closeSqlite, openSqliteFile } from './file.ts'

/** Of 4 KiB each; as large the log beside the database grows. */
const checkpointPages = 4_000

/** Opens the database file, making it and its folder; throws `unavailable`. */
export const openSqlite = (path: string): Backend => {
  const database = attemptOpening(path, () => openFile(path))
  const statements = withStatementCache(database)
  const db = new Kysely<Schema>({ dialect: createDialect(database, statements) })
  return {
    db,
    dialect: createStoreDialect(statements),
    transact: (work) => db.transaction().execute(work),
    close: async () => {
      attempt(() => closeSqlite(database))
    },
  }
}

const openFile = (path: string): DatabaseSync => {
  const database = openSqliteFile(path)
  // The system caches the file as well; more than 4 MB here made nothing faster.
  database.exec('pragma cache_size = -4000')
  // New keys land all over their indexes: with fewer checkpoints a page is copied once for many changes.
  database.exec(`pragma wal_autocheckpoint = ${checkpointPages}`)
  return database
}

/** Keeps every statement prepared: their texts do not depend on the data, so there are few. */
const withStatementCache = (database: DatabaseSync): SqliteDatabase => {
  const statements = new Map<string, SqliteStatement>()
  const prepare = (text: string): SqliteStatement => {
    const statement = attempt(() => database.prepare(text))
    return {
      reader: attempt(() => statement.columns().length > 0),
      all: (parameters) => attempt(() => statement.all(...toInput(parameters))),
      run: (parameters) => attempt(() => statement.run(...toInput(parameters))),
      iterate: (parameters) => attempt(() => statement.iterate(...toInput(parameters))),
    }
  }
  return {
    close: () => closeSqlite(database),
    prepare: (text) => {
      const statement = statements.get(text) ?? prepare(text)
      statements.set(text, statement)
      return statement
    },
  }
}

/** SQLite itself refuses other values. */
const toInput = (parameters: readonly unknown[]): readonly SQLInputValue[] =>
  parameters as readonly SQLInputValue[]

const createDialect = (database: DatabaseSync, statements: SqliteDatabase): Dialect => {
  const config = { database: statements }
  const dialect = new SqliteDialect(config)
  return {
    createDriver: () => {
      const driver = new SqliteDriver(config)
      driver.beginTransaction = async (connection) => {
        await connection.executeQuery(CompiledQuery.raw('begin immediate'))
      }
      // After some failures SQLite has rolled back by itself; a second rollback would hide what went wrong.
      driver.rollbackTransaction = async (connection) => {
        if (database.isTransaction) await connection.executeQuery(CompiledQuery.raw('rollback'))
      }
      return driver
    },
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  }
}

const createStoreDialect = (statements: SqliteDatabase): StoreDialect => ({
  name: 'sqlite',
  // One statement for each row: taking rows out of JSON costs more than writing them.
  insert: async (trx, { table, columns, ending = sql`` }, rows) => {
    const names = Object.keys(columns) as (keyof (typeof rows)[number] & string)[]
    const places = sql.raw(names.map(() => '?').join(', '))
    const insert = sql`insert into ${sql.table(table)} (${sql.join(names.map((name) => sql.ref(name)))})
      values (${places}) ${ending}`.compile(trx)
    const statement = statements.prepare(insert.sql)
    for (const row of rows) statement.run(names.map((name) => toStorableValue(row[name])))
  },
  table: <Row>(columns: Columns<Row>, rows: readonly Row[]) => {
    const names = Object.keys(columns) as (keyof Row & string)[]
    const picked = names.map((name, index) => sql`value ->> ${sql.lit(index)} as ${sql.ref(name)}`)
    const json = JSON.stringify(rows.map((row) => names.map((name) => toStorableValue(row[name]))))
    return sql<Row>`(select ${sql.join(picked)} from json_each(${json}))`
  },
  list: (values) => sql`(select value from json_each(${JSON.stringify(values.map(toStorableValue))}))`,
  // A writing transaction has the whole database to itself.
  lockLanes: async () => {},
  lockMigrations: async () => {},
  stamp: sql`select data_version as stamp from pragma_data_version`,
  // Checked when it is opened.
  writesThrough: sql`select 1 as holds`,
  skipLocked: sql``,
})
