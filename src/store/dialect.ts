import { type RawBuilder, sql } from 'kysely'
import type { Db, Trx } from './schema.ts'

/** The columns of a table made of parameters. */
export type Columns<Row> = { readonly [Column in keyof Row]-?: 'text' | 'bigint' }

/** Where rows are inserted. */
export interface Into<Row> {
  readonly table: string
  readonly columns: Columns<Row>
  /** Stands after the values: what becomes of rows that are there already. */
  readonly ending?: RawBuilder<unknown>
}

/** The SQL that differs between the databases; the rest of this folder is the same for both. */
export interface StoreDialect {
  /** Keyv's name for the database; it decides whether Keyv offers its iterator. */
  readonly name: 'sqlite' | 'postgres'
  /**
   * Rows as a table expression, to select from: the statement's text is the same for any number of rows. A select that
   * ends in `on conflict` needs a `where`, or SQLite takes that for a join's `on`.
   */
  table<Row>(columns: Columns<Row>, rows: readonly Row[]): RawBuilder<Row>
  /** Inserts rows, many of them as fast as the database can. */
  insert<Row>(trx: Trx, into: Into<Row>, rows: readonly Row[]): Promise<void>
  /** Values in parentheses, for `in`; as `table`, one text for any number. */
  list(values: readonly string[]): RawBuilder<unknown>
  /** Locks the lanes that a transaction is about to change, in one order everywhere, so that two of them never wait for each other. */
  lockLanes(trx: Trx, lanes: readonly string[]): Promise<void>
  /** Makes other migrating processes wait for the end of the transaction. */
  lockMigrations(trx: Trx): Promise<void>
  /** A row whose `stamp` differs once another process has recorded something; cheap enough to be asked every second. */
  readonly stamp: RawBuilder<{ readonly stamp: string | number }>
  /** A row whose `holds` is 1 when a commit is on the server's disk, not only in its memory. */
  readonly writesThrough: RawBuilder<{ readonly holds: number }>
  /** Ends a select: locks what it found and leaves out what others have locked. */
  readonly skipLocked: RawBuilder<unknown>
}

/** An open database. Every error of its driver is a `StoreError`. */
export interface Backend {
  readonly db: Db
  readonly dialect: StoreDialect
  /** Runs work that writes several rows, all or none. Repeats it from the beginning after a conflict with another process. */
  readonly transact: <Result>(work: (trx: Trx) => Promise<Result>) => Promise<Result>
  close(): Promise<void>
}

/**
 * Parameters in queries that run all the time, where SQLite's planner would look at the value: for each `limit ?`, and
 * since 3.54 for `column = ?` beside an `order by`. It then plans the statement anew for every execution, which costs
 * several times as much as the query. It does not look into a cast.
 */
export const asLimit = (count: number): RawBuilder<number> => sql`cast(${count} as bigint)`

export const asText = (value: string): RawBuilder<string> => sql`cast(${value} as text)`

/**
 * Text as every database gives it back: half a surrogate pair and NUL, which some store as something else and others
 * refuse, become the replacement character.
 */
export const toStorable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

/** The same for a value of any kind. */
export const toStorableValue = (value: unknown): unknown =>
  typeof value === 'string' ? toStorable(value) : value
