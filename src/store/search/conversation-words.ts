import { sql } from 'kysely'
import type { StoreDialect } from '../dialect.ts'
import type { Trx } from '../schema.ts'
import { joinWords, splitWords, toWords } from './words.ts'

/** A conversation, and what its guest is called; empty: nothing. */
export interface Named {
  readonly id: string
  readonly guest: string
}

const columns = { word: 'text', id: 'text' } as const

/** Has conversations found by what they are called from now on, and by nothing else; the list still says what they were called. */
export const writeWords = async (
  trx: Trx,
  dialect: StoreDialect,
  conversations: readonly Named[],
): Promise<void> => {
  const ids = dialect.list(conversations.map(({ id }) => id))
  const { rows } = await sql<{ id: string; search: string }>`
    select id, search from conversation where id in ${ids}`.execute(trx)
  const known = new Map(rows.map(({ id, search }) => [id, new Set(splitWords(search))]))
  const gone: { word: string; id: string }[] = []
  const come: { word: string; id: string }[] = []
  for (const { id, guest } of conversations) {
    const before = known.get(id) ?? new Set()
    const now = new Set(toWords(guest, id))
    for (const word of before) if (!now.has(word)) gone.push({ word, id })
    for (const word of now) if (!before.has(word)) come.push({ word, id })
  }
  if (gone.length > 0)
    await sql`delete from conversation_word
      where (word, id) in (select word, id from ${dialect.table(columns, gone)} as gone)`.execute(trx)
  if (come.length > 0)
    await sql`insert into conversation_word (word, id)
      select word, id from ${dialect.table(columns, come)} as come where true on conflict do nothing`.execute(
      trx,
    )
}

/** Takes the names out of the list of conversations. */
export const forgetNames = async (trx: Trx, dialect: StoreDialect, ids: readonly string[]): Promise<void> => {
  if (ids.length === 0) return
  await writeWords(
    trx,
    dialect,
    ids.map((id) => ({ id, guest: '' })),
  )
  const rows = ids.map((id) => ({ id, search: joinWords(toWords('', id)) }))
  await sql`update conversation set guest = '', search = nameless.search
    from ${dialect.table({ id: 'text', search: 'text' }, rows)} as nameless
    where conversation.id = nameless.id`.execute(trx)
}
