import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import type { Backend } from '../../src/store/dialect.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { openPostgres } from '../../src/store/postgres/database.ts'
import { openSqlite } from '../../src/store/sqlite/database.ts'
import type { AdminStore } from '../../src/store/admin/types.ts'
import { createPostgresServer, type PostgresServer } from '../fakes/postgres.ts'
import { fillStatements } from './large.ts'
import { watchBooks, type WatchedBooks } from './plans.ts'
import { createSqliteDatabase, type SqliteDatabase } from './sqlite/database.ts'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

const many = 3_000
const conversation = 'slack:C1500:1790000000.000100'
const middle = { at: many / 2, id: conversation }

/** What the console, the metrics and the commands ask for, over and over. */
const questions: Readonly<Record<string, (admin: AdminStore) => Promise<unknown>>> = {
  'the newest conversations': ({ conversations }) => conversations.list({ limit: 51 }),
  'a page further back': ({ conversations }) => conversations.list({ limit: 51, after: middle }),
  'a platform': ({ conversations }) => conversations.list({ limit: 51, platform: 'slack' }),
  'a property': ({ conversations }) => conversations.list({ limit: 51, property: 'hotel1', after: middle }),
  'a name': ({ conversations }) => conversations.list({ limit: 51, search: 'guest11 family4321' }),
  'what failed': ({ conversations }) => conversations.list({ limit: 51, mark: 'failed' }),
  'what waits': ({ conversations }) => conversations.list({ limit: 51, mark: 'waiting' }),
  'what may be there twice': ({ conversations }) => conversations.list({ limit: 51, mark: 'twice' }),
  'one conversation': ({ conversations }) => conversations.find(conversation),
  'a transcript': (admin) => admin.transcript(conversation, 100),
  'a transcript from its beginning': (admin) => admin.transcriptOn(conversation, 100),
  'failed deliveries': ({ repairs }) => repairs.failed(51),
  'failed deliveries further back': ({ repairs }) => repairs.failed(51, { at: 2_000, id: 'turn:a#1' }),
  'waiting deliveries': ({ repairs }) => repairs.waiting(50),
  'one delivery': ({ repairs }) => repairs.find(`turn:${conversation}`, 1),
  queues: ({ figures }) => figures.groups(),
  failureCounts: ({ figures }) => figures.failureCounts(),
  'what was recorded since': ({ conversations }) => conversations.refresh(),
}

const fill = async (backend: Backend): Promise<void> => {
  await migrate(backend, 1)
  for (const statement of [...fillStatements(many), 'analyze']) await sql.raw(statement).execute(backend.db)
}

describe('on SQLite', () => {
  let database: SqliteDatabase
  let backend: Backend
  let watched: WatchedBooks
  beforeAll(async () => {
    database = await createSqliteDatabase()
    await mkdir(dirname(database.path), { recursive: true })
    backend = openSqlite(database.path)
    await fill(backend)
    watched = watchBooks(backend, 'explain query plan')
  })
  afterAll(async () => {
    await backend.close()
    await database.destroy()
  })

  test.each(Object.entries(questions))('%s: no table is read from end to end', async (_, ask) => {
    await ask(watched.admin)
    const plans = await watched.plans()
    expect(plans.length).toBeGreaterThan(0)
    // Tables of parameters and of what an index gave are small.
    const scans = plans.filter((line) =>
      /^SCAN (?:conversation|lane|entry|delivery|thread|failure)\b/.test(line),
    )
    expect(scans.filter((line) => !line.includes('USING'))).toEqual([])
  })

  test('a search reads an index alone, and rows only of what it shows', async () => {
    await watched.admin.conversations.list({ limit: 51, search: 'nobody', platform: 'slack' })
    const plans = await watched.plans()
    expect(plans).toContain('SCAN conversation USING COVERING INDEX conversation_search')
  })
})

describe('on PostgreSQL', () => {
  let server: PostgresServer
  let backend: Backend
  let watched: WatchedBooks
  beforeAll(async () => {
    server = await createPostgresServer()
    const url = new URL(await server.database())
    // A small table is read whole by choice; here only what has no other way does so.
    url.searchParams.set('options', '-c enable_seqscan=off')
    backend = openPostgres(url.href)
    await fill(backend)
    watched = watchBooks(backend, 'explain')
  })
  afterAll(async () => {
    await backend.close()
    await server.dispose()
  })

  test.each(Object.entries(questions))('%s: no table is read from end to end', async (_, ask) => {
    await ask(watched.admin)
    const plans = await watched.plans()
    expect(plans.length).toBeGreaterThan(0)
    expect(plans.filter((line) => line.includes('Seq Scan'))).toEqual([])
  })
})
