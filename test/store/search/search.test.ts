import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConversationMark, ConversationQuery } from '../../../src/store/search/types.ts'
import { createAdminStore } from '../../../src/store/admin/admin.ts'
import type { Backend } from '../../../src/store/dialect.ts'
import { createFind } from '../../../src/store/search/search.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { words } from '../../../src/store/migrations/release-0.1.ts'
import { openPostgres } from '../../../src/store/postgres/database.ts'
import { openSqlite } from '../../../src/store/sqlite/database.ts'
import { readWanted, toWords } from '../../../src/store/search/words.ts'
import { createManualClock } from '../../fakes/clock.ts'
import { createPostgresServer } from '../../fakes/postgres.ts'
import { createSqliteDatabase } from '../sqlite/database.ts'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createSpoolOfNothing } from '../plans.ts'

interface Known {
  readonly id: string
  readonly platform: string
  readonly property: string
  readonly guest: string
  readonly at: number
  readonly mark: ConversationMark | undefined
}

const names = [
  'Ánn Müller',
  'Jean-Luc Picard',
  'Anna Morgan',
  'Penelope Morgan',
  '田中太郎',
  '',
  'Omar O’Brien',
]
const marks = [undefined, 'waiting', 'failed', 'twice'] as const

/** Of every kind some, in no order, several at the same time. */
const known: readonly Known[] = Array.from({ length: 84 }, (_, number) => {
  const platform = number % 2 === 0 ? 'slack' : 'channex'
  return {
    id: `${platform}:${number % 2 === 0 ? 'D0' : 'a1b2-'}${number}`,
    platform,
    property: number % 5 === 0 ? 'sea' : 'grand',
    guest: names[number % names.length] ?? '',
    at: 1_000 + ((number * 37) % 29),
    mark: marks[(number % 12) - 3],
  }
})

const fill = async ({ db }: Backend): Promise<void> => {
  for (const { id, platform, property, guest, at, mark } of known) {
    const lane = `turn:${id}`
    await sql`insert into lane (id, grp, head, tail, next_at)
      values (${lane}, ${`turn:${property}`}, 1, ${mark === 'waiting' ? 2 : 1}, ${at})`.execute(db)
    if (mark === 'failed' || mark === 'twice')
      await sql`insert into delivery (lane, pos, part, state, text, target, author, started_at, native_id, possibly_twice, reason, at)
        values (${lane}, 1, 0, ${mark === 'failed' ? 'failed' : 'sent'}, 'x', 't', '', ${at}, null, ${mark === 'twice' ? 1 : 0}, null, ${at})`.execute(
        db,
      )
    // As an older version has left it: the migration makes words of it.
    await sql`insert into conversation (id, platform, property, guest, search, last_at)
      values (${id}, ${platform}, ${property}, ${guest}, ${`${guest} ${id}`.toLowerCase()}, ${at})`.execute(
      db,
    )
  }
}

/** What a question means, without any index. */
const expected = (query: ConversationQuery): readonly string[] => {
  const { search = '', platform, property, mark, after, limit } = query
  const { beginnings, platform: typed } = readWanted(search)
  if (search !== '' && beginnings.length === 0) return []
  return known
    .filter((one) => platform === undefined || one.platform === platform)
    .filter((one) => typed === undefined || one.platform === typed)
    .filter((one) => property === undefined || one.property === property)
    .filter((one) => mark === undefined || one.mark === mark)
    .filter((one) =>
      beginnings.every((word) => toWords(one.guest, one.id).some((whole) => whole.startsWith(word))),
    )
    .toSorted((one, other) => other.at - one.at || (one.id < other.id ? 1 : -1))
    .filter(({ at, id }) => after === undefined || at < after.at || (at === after.at && id < after.id))
    .map(({ id }) => id)
    .slice(0, limit)
}

const searches = [
  undefined,
  'morgan',
  'an',
  'MULL',
  'luc pic',
  'a1b2',
  'slack:d0',
  'anna morg',
  '太郎',
  'nobody',
  '%',
]
const combinations: readonly ConversationQuery[] = searches.flatMap((search) =>
  [undefined, 'slack', 'elsewhere'].flatMap((platform) =>
    [undefined, 'sea'].flatMap((property) =>
      marks.flatMap((mark) =>
        [undefined, { at: 1_015, id: 'slack:D04' }].map((after) => ({
          search,
          platform,
          property,
          mark,
          after,
          limit: 7,
        })),
      ),
    ),
  ),
)

/** Every value of each with many of the others: seven is no divisor of how many there are. */
const questions = combinations.filter((_, index) => index % 7 === 0)

const withDatabase = {
  SQLite: async () => {
    const database = await createSqliteDatabase()
    await mkdir(dirname(database.path), { recursive: true })
    return { backend: openSqlite(database.path), dispose: () => database.destroy() }
  },
  PostgreSQL: async () => {
    const server = await createPostgresServer()
    return { backend: openPostgres(await server.database()), dispose: () => server.dispose() }
  },
}

describe.each(Object.entries(withDatabase))('on %s', (_, open) => {
  let backend: Backend
  let dispose: () => Promise<void>
  beforeAll(async () => {
    ;({ backend, dispose } = await open())
    await migrate(backend, 1)
    await sql`drop table conversation_word`.execute(backend.db)
    await fill(backend)
    await backend.transact(async (trx) => words.run?.(trx, backend.dialect))
  }, 60_000)
  afterAll(async () => {
    await backend.close()
    await dispose()
  })

  test.each([
    ['from the newest', { newest: 1_000, few: 1_000 }],
    ['by what few have', { newest: 5, few: 1_000 }],
    ['by what few have, when some have more', { newest: 5, few: 10 }],
    ['from everything', { newest: 5, few: -1 }],
  ])('every question is answered alike %s', async (_way, amounts) => {
    const find = createFind(backend.db, amounts)
    for (const query of questions)
      expect({ query, found: await find(query) }).toEqual({ query, found: expected(query) })
  })

  test('names and words that were erased are found no more, and are not there any more', async () => {
    const { conversations, erasure } = createAdminStore(
      backend,
      createSpoolOfNothing(),
      createManualClock({ skipSleeps: true }),
    )
    const recordedWords = async (): Promise<readonly string[]> => {
      const { rows } = await sql<{ word: string }>`select word from conversation_word`.execute(backend.db)
      return rows.map(({ word }) => word)
    }
    const search = async (text: string): Promise<number> =>
      (await conversations.list({ search: text, limit: 100 })).length
    const luc = known.find(({ guest }) => guest.startsWith('Jean'))?.id ?? ''
    const before = await search('luc')
    await erasure.erase(luc)
    expect(await search('luc')).toBe(before - 1)
    expect((await recordedWords()).filter((word) => word === 'luc')).toHaveLength(before - 1)
    await erasure.eraseOlder(2_000, 1_000)
    expect(await search('luc')).toBe(0)
    expect(await search('d0')).toBe(42)
    expect((await recordedWords()).filter((word) => !/^(?:d0|a1b2-)\d+$/.test(word))).toEqual([])
  })
})

test.each([
  ['Ánn Müller', 'slack:D0ANN', ['ann', 'muller', 'd0ann']],
  ['Jean-Luc O’Brien', 'channex:a1b2-c3d4', ['jean-luc', 'luc', 'o', 'brien', 'a1b2-c3d4']],
  [
    'penelope.morgan@example.com',
    'slack:C0:179.0002',
    ['penelope.morgan', 'morgan', 'example.com', 'com', 'c0', '179.0002'],
  ],
  ['田中太郎', 'teams:19:ab', ['田中太郎', '中太郎', '太郎', '郎', '19', 'ab']],
  ['', 'slack:D0ANN', ['d0ann']],
  ['Ann ann ANN', 'slack:ann', ['ann']],
])('the words of %s in %s', (guest, id, expectedWords) => {
  expect(toWords(guest, id)).toEqual(expectedWords)
})

test('a platform is one only before a colon', () => {
  expect(readWanted('slack:D0ANN')).toEqual({ beginnings: ['d0ann'], platform: 'slack' })
  expect(readWanted('a:1pYq')).toEqual({ beginnings: ['a', '1pyq'] })
  expect(readWanted(' ,; ')).toEqual({ beginnings: [] })
})
