import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

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
