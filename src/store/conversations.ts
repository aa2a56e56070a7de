import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Clock } from '../port.ts'
import { fold } from '../util/fold.ts'
import { createTakeIn } from './conversations-taken.ts'
import type { Backend } from './dialect.ts'
import type { ConversationMark, ConversationQuery, ConversationRow, Conversations } from './books-types.ts'

const lanesOf = (id: RawBuilder<unknown>): RawBuilder<unknown> => sql`('turn:' || ${id}, 'reply:' || ${id})`

/** The conversations with a mark, from small indexes. */
const marked: Readonly<Record<ConversationMark, RawBuilder<unknown>>> = {
  waiting: sql`select id as lane from lane where tail > head`,
  failed: sql`select lane from delivery where state = 'failed'`,
  twice: sql`select lane from delivery where possibly_twice = 1`,
}

const source = (mark: ConversationMark | undefined): RawBuilder<unknown> =>
  mark === undefined
    ? sql`conversation`
    : sql`(
        select substr(lane, 6) as wanted from (${marked[mark]}) as turns where lane like 'turn:%'
        union select substr(lane, 7) from (${marked[mark]}) as replies where lane like 'reply:%'
      ) as chosen cross join conversation`

const condition = ({ platform, property, mark, search, after }: ConversationQuery): RawBuilder<unknown> => {
  const pattern = search === undefined ? '' : fold(search.trim()).replaceAll(/[\\%_]/g, '\\$&')
  // A search reads its own index: a filter's index would bring every row in from the table to look at its words.
  const column = (name: string): RawBuilder<unknown> =>
    pattern === '' ? sql.ref(name) : sql`coalesce(${sql.ref(name)}, '')`
  return sql.join(
    [
      sql`1 = 1`,
      ...(mark === undefined ? [] : [sql`conversation.id = wanted`]),
      ...(platform === undefined ? [] : [sql`${column('platform')} = ${platform}`]),
      ...(property === undefined ? [] : [sql`${column('property')} = ${property}`]),
      ...(pattern === '' ? [] : [sql`search like ${`%${pattern}%`} escape '\\'`]),
      ...(after === undefined ? [] : [sql`(last_at, conversation.id) < (${after.at}, ${after.id})`]),
    ],
    sql` and `,
  )
}

const id = sql`conversation.id`

/** The sender of a thread that was opened since the conversation was taken in is looked up. */
const shown = sql`conversation.id, platform, property, last_at,
  coalesce(nullif(guest, ''), (
    select sender from thread where thread.conversation = ${id} order by started_at desc limit 1
  ), '') as guest,
  cast((select coalesce(sum(tail - head), 0) from lane where lane.id in ${lanesOf(id)}) as bigint) as waiting,
  (select max(reason) from lane where lane.id in ${lanesOf(id)}) as reason,
  (select count(*) from delivery where state = 'failed' and lane in ${lanesOf(id)}) as failed,
  (select count(*) from delivery where possibly_twice = 1 and lane in ${lanesOf(id)}) as twice`

/** The conversations of a database; what was recorded is taken in by `refresh`, so that recording costs nothing more. */
export const createConversations = (backend: Backend, clock: Clock): Conversations => {
  const { db } = backend
  const refresh = createTakeIn(backend, clock)

  const list = async (query: ConversationQuery): Promise<readonly ConversationRow[]> => {
    const { rows } = await sql<Omit<ConversationRow, 'lastAt'> & { last_at: number }>`
      select ${shown} from conversation where conversation.id in (
        select conversation.id from ${source(query.mark)} where ${condition(query)}
        order by last_at desc, conversation.id desc limit ${query.limit}
      ) order by last_at desc, conversation.id desc`.execute(db)
    return rows.map(({ last_at, ...row }) => ({ ...row, lastAt: last_at }))
  }

  const findTaken = async (wanted: string): Promise<ConversationRow | undefined> => {
    const { rows } = await sql<Omit<ConversationRow, 'lastAt'> & { last_at: number }>`
      select ${shown} from conversation where conversation.id = ${wanted}`.execute(db)
    return rows.map(({ last_at, ...row }) => ({ ...row, lastAt: last_at }))[0]
  }

  return {
    refresh,
    list,
    find: async (wanted) => {
      const found = await findTaken(wanted)
      if (found !== undefined) return found
      await refresh()
      return findTaken(wanted)
    },
  }
}
