import { sql } from 'kysely'
import type { Migration } from './migrate.ts'
import type { StoreDialect } from '../dialect.ts'
import type { Trx } from '../schema.ts'
import { joinWords, toWords } from '../search/words.ts'

const atOnce = 2_000

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
