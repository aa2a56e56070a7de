import { sql } from 'kysely'
import { fold } from '../../util/text.ts'
import type { StoreDialect } from '../dialect.ts'
import type { Trx } from '../schema.ts'

/** How many words of one conversation or question are used. */
const maxWords = 32

const maxAsked = 8

/** Longer words are cut, both when indexing and when searching. */
const maxLength = 64

const apart = /[^\p{L}\p{M}\p{N}_.-]+/u

const within = /[_.-]+/g

/** Scripts that put no space between a name's parts: any character may be where somebody begins. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** What a conversation is found by: the beginnings of its guest's names and of the parts of its id, without case and accents. */
export const toWords = (guest: string, id: string): readonly string[] =>
  distinct([
    ...pieces(guest).flatMap((piece) => [piece, ...endings(piece)]),
    ...pieces(id.slice(id.indexOf(':') + 1)),
  ])

/** Words as one text in which ` mor` stands exactly where a word begins so. */
export const joinWords = (words: readonly string[]): string => words.map((word) => ` ${word}`).join('')

/** What somebody looks for. */
export interface Wanted {
  /** Beginnings of words. All must be there; without any, nothing can be meant. */
  readonly beginnings: readonly string[]
  /** Of a whole id, `slack:D0…`. */
  readonly platform?: string
}

/** Reads what was typed. */
export const readWanted = (typed: string): Wanted => {
  const [, platform, rest] = /^\s*([a-z]{3,}):(.+)$/s.exec(typed) ?? []
  const beginnings = distinct(pieces(rest ?? typed)).slice(0, maxAsked)
  return { beginnings, ...(platform === undefined ? {} : { platform }) }
}

/** A conversation, and what its guest is called; empty: nothing. */
export interface Named {
  readonly id: string
  readonly guest: string
}

const columns = { word: 'text', id: 'text' } as const

/** Makes conversations found only by the given names; the list still shows the earlier ones. */
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

const distinct = (words: readonly string[]): readonly string[] =>
  [...new Set(words.map(cut))].filter((word) => word !== '').slice(0, maxWords)

const cut = (word: string): string => fold(word).slice(0, maxLength).toWellFormed()

const pieces = (text: string): readonly string[] => text.split(apart).filter((piece) => piece !== '')

/** `luc` of `jean-luc`, and 太郎 of 田中太郎. */
const endings = (piece: string): readonly string[] => {
  const tails = Array.from(piece.matchAll(within), (found) => piece.slice(found.index + found[0].length))
  return unspaced.test(piece) ? [...tails, ...Array.from(piece, (_, index) => piece.slice(index))] : tails
}

/** The words of such a text. */
const splitWords = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '')
