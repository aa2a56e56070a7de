import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Clock } from '../../port.ts'
import { createTakeIn } from './index-conversations.ts'
import type { Backend } from '../dialect.ts'
import { createFind } from './search.ts'
import type { ConversationQuery, ConversationRow, Conversations } from '../admin/types.ts'

const lanesOf = (id: RawBuilder<unknown>): RawBuilder<unknown> => sql`('turn:' || ${id}, 'reply:' || ${id})`

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
  const { db, dialect } = backend
  const find = createFind(db)
  const refresh = createTakeIn(backend, clock)

  const list = async (query: ConversationQuery): Promise<readonly ConversationRow[]> => {
    const { rows } = await sql<Omit<ConversationRow, 'lastAt'> & { last_at: number }>`
      select ${shown} from conversation where conversation.id in ${dialect.list(await find(query))}
      order by last_at desc, conversation.id desc`.execute(db)
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
