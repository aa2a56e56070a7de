import { type RawBuilder, sql } from 'kysely'
import type { StoreDialect } from '../dialect.ts'
import type { Trx } from '../schema.ts'
import { joinWords, toWords } from '../search/words.ts'

/** One step of the schema, never changed once released; written so that every database understands it. */
export interface Migration {
  readonly name: string
  readonly statements: readonly RawBuilder<unknown>[]
  /** What cannot be said in SQL that every database understands; after the statements, in the same transaction. */
  readonly run?: (trx: Trx, dialect: StoreDialect) => Promise<void>
}

/** Lanes with their entries and deliveries, threads, marks, and Keyv's rows. */
export const initial: Migration = {
  name: 'initial',
  statements: [
    sql`create table lane (
      id text not null primary key,
      grp text not null,
      head bigint not null default 0,
      tail bigint not null default 0,
      token bigint not null default 0,
      lease_until bigint not null default 0,
      next_at bigint not null default 0,
      attempts bigint not null default 0,
      failing_since bigint,
      reason text,
      check (head <= tail)
    )`,
    sql`create index lane_waiting on lane (grp, next_at) where tail > head`,
    sql`create table entry (
      lane text not null,
      pos bigint not null,
      kind text not null,
      payload text not null,
      at bigint not null,
      primary key (lane, pos)
    )`,
    sql`create table seen (
      key text not null primary key,
      lane text not null,
      pos bigint not null
    )`,
    sql`create table delivery (
      lane text not null,
      pos bigint not null,
      part bigint not null,
      state text not null,
      text text not null,
      target text not null,
      author text not null,
      started_at bigint not null,
      native_id text,
      possibly_twice bigint not null,
      reason text,
      at bigint not null,
      primary key (lane, pos, part)
    )`,
    sql`create index delivery_target on delivery (target, at) where native_id is not null`,
    sql`create index delivery_native_id on delivery (native_id) where native_id is not null`,
    sql`create table thread (
      reference text not null primary key,
      conversation text not null,
      property text not null,
      subject text not null,
      sender text not null,
      started_at bigint not null,
      thread_id text,
      bound bigint not null default 0,
      active_at bigint not null
    )`,
    sql`create index thread_id on thread (thread_id)`,
    sql`create index thread_unbound on thread (started_at) where bound = 0 and thread_id is not null`,
    sql`create index thread_latest on thread (conversation, started_at)`,
    sql`create index thread_active on thread (property, active_at) where thread_id is not null`,
    sql`create table mark (
      name text not null primary key,
      value text not null
    )`,
    sql`create table keyv (
      space text not null,
      key text not null,
      value text not null,
      expires_at bigint,
      primary key (space, key)
    )`,
  ],
}

/** Leases by name, for work that one process does at a time, with the last holder's note. */
export const leases: Migration = {
  name: 'leases',
  statements: [
    sql`create table lease (
      name text not null primary key,
      token bigint not null,
      until bigint not null,
      note text not null
    )`,
  ],
}

/** What people look for: conversations by their last activity, what failed, and what is old enough to be erased. */
export const admin: Migration = {
  name: 'books',
  statements: [
    sql`create index entry_kept on entry (at) where payload <> ''`,
    sql`create index delivery_failed on delivery (at, lane, pos) where state = 'failed'`,
    sql`create index delivery_failed_lane on delivery (lane) where state = 'failed'`,
    sql`create index delivery_twice on delivery (lane) where possibly_twice = 1`,
    sql`create index thread_named on thread (started_at) where sender <> ''`,
    sql`create table conversation (
      id text not null primary key,
      platform text not null,
      property text not null,
      guest text not null,
      search text not null,
      last_at bigint not null
    )`,
    sql`create index conversation_latest on conversation (last_at, id)`,
    sql`create index conversation_platform on conversation (platform, last_at, id)`,
    sql`create index conversation_property on conversation (property, last_at, id)`,
    sql`create index conversation_named on conversation (last_at) where guest <> ''`,
  ],
}

/** A lane's routing, and whether it waits for another entry rather than for a time. */
export const unrouted: Migration = {
  name: 'unrouted',
  statements: [
    sql`alter table lane add column routing text not null default ''`,
    sql`alter table lane add column awaiting bigint not null default 0`,
  ],
}

/** Who wrote something, by the platform's own id: names change, and two people may have the same. */
export const authors: Migration = {
  name: 'authors',
  statements: [sql`alter table delivery add column author_id text not null default ''`],
}

/** How often a thread was seen to be resolved and opened again. */
export const resolved: Migration = {
  name: 'resolved',
  statements: [sql`alter table thread add column changes bigint not null default 0`],
}

/** Searching reads the words and what filters them out of one index, newest first, and no row that does not fit. */
export const search: Migration = {
  name: 'search',
  statements: [
    sql`create index conversation_search on conversation (last_at, id, search, platform, property)`,
    sql`drop index conversation_latest`,
  ],
}

/** A property's threads are read page by page, from one index, also where many were active at the same moment. */
export const pagedThreads: Migration = {
  name: 'paged threads',
  statements: [
    sql`create index thread_paged on thread (property, active_at, thread_id) where thread_id is not null`,
    sql`drop index thread_active`,
  ],
}

const atOnce = 2_000

/** Searching goes by words, from an index of their beginnings: what is rare is found without reading the rest. */
export const words: Migration = {
  name: 'words',
  statements: [],
  run: async (trx, dialect) => {
    // Beginnings are a range of the index only where it is in the order of the characters.
    const word = dialect.name === 'postgres' ? sql`word text collate "C" not null` : sql`word text not null`
    await sql`create table conversation_word (${word}, id text not null)`.execute(trx)
    // Indexes are made when everything is there: row by row that takes several times as long.
    await sql`drop index conversation_search`.execute(trx)
    await fill(trx, dialect)
    await sql`create unique index conversation_word_begun on conversation_word (word, id)`.execute(trx)
    await sql`create index conversation_search on conversation (last_at, id, search, platform, property)`.execute(
      trx,
    )
  },
}

/** The spool: entries that are durable but not in their lanes yet. SQLite keeps it in a file of its own. */
export const spool: Migration = {
  name: 'spool',
  statements: [],
  run: async (trx, dialect) => {
    if (dialect.name !== 'postgres') return
    await sql`create table spool (
      id bigint generated always as identity primary key,
      entries text not null,
      size bigint not null,
      refused bigint not null default 0
    )`.execute(trx)
  },
}

/** What rows are found by, in every table. */
const ids: Readonly<Record<string, readonly string[]>> = {
  lane: ['id', 'grp'],
  entry: ['lane'],
  seen: ['key', 'lane'],
  delivery: ['lane', 'target', 'native_id'],
  thread: ['reference', 'conversation', 'property', 'thread_id'],
  conversation: ['id', 'platform', 'property', 'search'],
  conversation_word: ['id'],
  mark: ['name'],
  lease: ['name'],
  keyv: ['space', 'key'],
}

/**
 * Ids are no words: PostgreSQL compares them byte by byte from now on, several times faster than by the rules of a
 * language, and indexes on them stay right when those rules change with the system's libraries. SQLite does so anyway.
 */
export const byteOrder: Migration = {
  name: 'byte-order',
  statements: [],
  run: async (trx, dialect) => {
    if (dialect.name !== 'postgres') return
    for (const [table, columns] of Object.entries(ids)) {
      const changes = columns.map((name) => sql`alter column ${sql.ref(name)} type text collate "C"`)
      await sql`alter table ${sql.table(table)} ${sql.join(changes)}`.execute(trx)
    }
  },
}

/** A lane holder's note to the next holder. */
export const laneNotes: Migration = {
  name: 'lane-notes',
  statements: [sql`alter table lane add column note text not null default ''`],
}

/** Which failed entry of its lane an entry tries again. */
export const retries: Migration = {
  name: 'retries',
  statements: [sql`alter table entry add column retry_of bigint`],
}

/** In which threads guests wait for the staff, and what of the deliveries begins that. */
export const waits: Migration = {
  name: 'waits',
  statements: [sql`alter table delivery add column awaits_reply bigint not null default 0`],
  run: async (trx, dialect) => {
    const id = dialect.name === 'postgres' ? sql`text collate "C" not null` : sql`text not null`
    await sql`create table wait (
      thread ${id} primary key,
      conversation ${id},
      property ${id},
      since bigint,
      later text not null default '',
      answered bigint not null default 0,
      replied bigint not null default 0,
      at bigint not null default 0,
      step bigint not null default 0,
      alarm text not null default ''
    )`.execute(trx)
    await sql`create index wait_running on wait (property, since) where since is not null`.execute(trx)
    await sql`create index wait_conversation on wait (conversation)`.execute(trx)
    await sql`create index wait_at on wait (at)`.execute(trx)
  },
}

/** In which threads the staff are to be told whose stay it is. */
export const stays: Migration = {
  name: 'stays',
  statements: [
    sql`alter table wait add column stay bigint not null default 0`,
    sql`create index wait_stay on wait (property, at) where stay = 1`,
  ],
}

const fill = async (trx: Trx, dialect: StoreDialect): Promise<void> => {
  for (let after = ''; ;) {
    const { rows } = await sql<{ id: string; guest: string }>`
      select id, guest from conversation where id > ${after} order by id limit ${atOnce}`.execute(trx)
    const last = rows.at(-1)
    if (last === undefined) return
    const named = rows.map(({ id, guest }) => ({ id, words: toWords(guest, id) }))
    const all = named.flatMap(({ id, words: its }) => its.map((each) => ({ word: each, id })))
    await sql`insert into conversation_word (word, id)
      select word, id from ${dialect.table({ word: 'text', id: 'text' }, all)} as found`.execute(trx)
    const texts = named.map(({ id, words: its }) => ({ id, search: joinWords(its) }))
    await sql`update conversation set search = found.search
      from ${dialect.table({ id: 'text', search: 'text' }, texts)} as found
      where conversation.id = found.id`.execute(trx)
    after = last.id
  }
}
