import { type RawBuilder, sql } from 'kysely'
import type { Clock } from '../../port.ts'
import type { ConversationQuery, ConversationRow, Conversations, DeliveryMark } from './types.ts'
import type { Backend } from '../dialect.ts'
import type { Db } from '../schema.ts'
import { createIndexConversations } from './index-conversations.ts'
import { readWanted } from './words.ts'

const usual: Amounts = { newest: 10_000, few: 20_000 }

/** The lanes with a mark, from small indexes. */
const marked: Readonly<Record<DeliveryMark, RawBuilder<unknown>>> = {
  waiting: sql`select id as lane from lane where tail > head`,
  failed: sql`select lane from delivery where state = 'failed'`,
  twice: sql`select lane from delivery where possibly_twice = 1`,
}

/** Whether a conversation of a list has a mark. */
const isMarked: Readonly<Record<DeliveryMark, (list: string) => RawBuilder<unknown>>> = {
  waiting: (list) => sql`exists (select 1 from lane where lane.id in ${lanesOf(list)} and tail > head)`,
  failed: (list) => sql`exists (select 1 from delivery where lane in ${lanesOf(list)} and state = 'failed')`,
  twice: (list) => sql`exists (select 1 from delivery where lane in ${lanesOf(list)} and possibly_twice = 1)`,
}

const newestFirst = sql`order by last_at desc, id desc`

/** Finds the ids of a list, newest first: among the newest conversations where that is enough, or else by the most selective filter. */
export const createFind = (
  db: Db,
  { newest: newestMost, few }: Amounts = usual,
): ((query: ConversationQuery) => Promise<readonly string[]>) => {
  const ids = async (statement: RawBuilder<unknown>): Promise<readonly string[]> => {
    const { rows } = await (statement as RawBuilder<{ id: string }>).execute(db)
    return rows.map(({ id }) => id)
  }

  /** How many there are, at most one more than few. */
  const count = async ({ counted }: Chosen): Promise<number> => {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from (${counted} limit ${few + 1}) as counted`.execute(db)
    return rows[0]?.count ?? 0
  }

  /** The most selective filter; undefined where each one leaves many. */
  const fewest = async (choices: readonly Chosen[]): Promise<Chosen | undefined> => {
    let found: Chosen | undefined
    let least = few + 1
    for (const choice of choices) {
      const many = await count(choice)
      if (many >= least) continue
      found = choice
      least = many
    }
    return found
  }

  return async (query) => {
    const asked = readQuery(query)
    if (asked === undefined) return []
    if (query.mark === 'unreplied') return ids(fromWaits(asked))
    const { mark, beginnings, limit } = asked
    // With a platform or property alone, every row of its index belongs to the list.
    if (mark === undefined && beginnings.length === 0) return ids(fromAll(asked))
    const newest = await ids(fromNewest(asked, newestMost))
    if (newest.length >= limit) return newest
    const chosen = await fewest(choicesOf(asked))
    if (chosen !== undefined) return ids(among(chosen.wanted, asked))
    return ids(mark === undefined ? fromAll(asked) : among(byMark(mark), asked))
  }
}

const conversationId = sql`conversation.id`

const laneIdsOf = (id: RawBuilder<unknown>): RawBuilder<unknown> => sql`('turn:' || ${id}, 'reply:' || ${id})`

/** Looks up the sender of a thread that was opened since the conversation was indexed. */
const shown = sql`conversation.id, platform, property, last_at,
  coalesce(nullif(guest, ''), (
    select sender from thread where thread.conversation = ${conversationId} order by started_at desc limit 1
  ), '') as guest,
  cast((select coalesce(sum(tail - head), 0) from lane where lane.id in ${laneIdsOf(conversationId)}) as bigint) as waiting,
  (select max(reason) from lane where lane.id in ${laneIdsOf(conversationId)}) as reason,
  (select count(*) from delivery where state = 'failed' and lane in ${laneIdsOf(conversationId)}) as failed,
  (select count(*) from delivery where possibly_twice = 1 and lane in ${laneIdsOf(conversationId)}) as twice,
  (select min(since) from wait where wait.conversation = ${conversationId} and since is not null) as waits_since`

/** The searchable conversations of a database. `refresh` indexes what was recorded, so that recording stays fast. */
export const createConversations = (backend: Backend, clock: Clock): Conversations => {
  const { db, dialect } = backend
  const find = createFind(db)
  const refresh = createIndexConversations(backend, clock)

  const list = async (query: ConversationQuery): Promise<readonly ConversationRow[]> => {
    const found = await find(query)
    const { rows } = await sql<Shown>`
      select ${shown} from conversation where conversation.id in ${dialect.list(found)}`.execute(db)
    const byId = new Map(rows.map((row) => [row.id, toRow(row)]))
    return found.flatMap((id) => byId.get(id) ?? [])
  }

  const findTaken = async (wanted: string): Promise<ConversationRow | undefined> => {
    const { rows } = await sql<Shown>`
      select ${shown} from conversation where conversation.id = ${wanted}`.execute(db)
    return rows.map(toRow)[0]
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

type Shown = Omit<ConversationRow, 'lastAt' | 'waitsSince'> & {
  readonly last_at: number
  readonly waits_since: number | null
}

const toRow = ({ last_at, waits_since, ...row }: Shown): ConversationRow => ({
  ...row,
  lastAt: last_at,
  waitsSince: waits_since,
})

/** How much is looked at. */
interface Amounts {
  /** How many of the newest are checked one by one: a common filter finds enough there. */
  readonly newest: number
  /** Up to this many matches, a filter's own index is used. */
  readonly few: number
}

const lanesOf = (list: string): RawBuilder<unknown> => {
  const id = sql.ref(`${list}.id`)
  return sql`('turn:' || ${id}, 'reply:' || ${id})`
}

/** What an index can choose: everything that has one of the things that are asked for. */
interface Chosen {
  readonly wanted: RawBuilder<unknown>
  /** The same, not yet without what comes twice. */
  readonly counted: RawBuilder<unknown>
}

/** Reads a question; undefined when nothing can be meant by it. */
const readQuery = (query: ConversationQuery): Asked | undefined => {
  const mark = query.mark === 'unreplied' ? undefined : query.mark
  if ((query.search ?? '').trim() === '') return { ...query, mark, beginnings: [] }
  const { beginnings, platform = query.platform } = readWanted(query.search ?? '')
  const contradicts = query.platform !== undefined && platform !== query.platform
  return beginnings.length === 0 || contradicts ? undefined : { ...query, mark, platform, beginnings }
}

/** A parsed question. */
interface Asked extends Omit<ConversationQuery, 'mark'> {
  readonly mark?: DeliveryMark | undefined
  readonly beginnings: readonly string[]
}

/** The list of those whose guests wait for the staff, the longest first. A property is here the one whose staff they wait for. */
const fromWaits = (asked: Asked): RawBuilder<unknown> => {
  const { property, after, limit } = asked
  const whose =
    property === undefined ? sql`` : sql`having max(case when property = ${property} then 1 else 0 end) = 1`
  const behindIt = after === undefined ? [] : [sql`(since, conversation.id) > (${after.at}, ${after.id})`]
  return sql`select conversation.id from (
      select conversation as wanted, min(since) as since from wait where since is not null
      group by conversation ${whose}
    ) as waits join conversation on conversation.id = wanted
    where ${both([...filters({ ...asked, property: undefined }), ...behindIt])} order by since, conversation.id limit ${limit}`
}

/** The list from everything, newest first. A search reads its own index alone, no row that does not fit. */
const fromAll = (asked: Asked): RawBuilder<unknown> => {
  const fits = asked.beginnings.length === 0 ? filters(asked) : filters(asked, covered)
  return sql`select id from conversation where ${both([...fits, ...markOf(asked), ...behind(asked)])}
    ${newestFirst} limit ${asked.limit}`
}

/** `column`: how a filter's column is named where its own index must not be chosen. */
const filters = (
  { platform, property, beginnings }: Asked,
  column = (name: string): RawBuilder<unknown> => sql.ref(name),
): readonly RawBuilder<unknown>[] => [
  ...(platform === undefined ? [] : [sql`${column('platform')} = ${platform}`]),
  ...(property === undefined ? [] : [sql`${column('property')} = ${property}`]),
  ...beginnings.map(
    (word) => sql`search like ${`% ${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`} escape '\\'`,
  ),
]

/** A column as no index of its own knows it. */
const covered = (name: string): RawBuilder<unknown> => sql`coalesce(${sql.ref(name)}, '')`

const both = (conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> =>
  sql.join([sql`1 = 1`, ...conditions], sql` and `)

const markOf = ({ mark }: Asked, list = 'conversation'): readonly RawBuilder<unknown>[] =>
  mark === undefined ? [] : [isMarked[mark](list)]

const behind = ({ after }: Asked): readonly RawBuilder<unknown>[] =>
  after === undefined ? [] : [sql`(last_at, conversation.id) < (${after.at}, ${after.id})`]

/** The list from the newest alone. */
const fromNewest = (asked: Asked, most: number): RawBuilder<unknown> => sql`
  select id from (
    select id, last_at, search, platform, property from conversation where ${both(behind(asked))}
    ${newestFirst} limit ${most}
  ) as newest where ${both([...filters(asked), ...markOf(asked, 'newest')])} ${newestFirst} limit ${asked.limit}`

const choicesOf = ({ beginnings, platform, property, mark }: Asked): readonly Chosen[] => {
  const having = Object.entries({ platform, property }).flatMap(([name, value]) =>
    value === undefined ? [] : [sql`select id as wanted from conversation where ${sql.ref(name)} = ${value}`],
  )
  return [
    ...beginnings.map((word) => ({
      wanted: sql`select distinct id as wanted from conversation_word where ${inRange(word)}`,
      counted: sql`select id from conversation_word where ${inRange(word)}`,
    })),
    ...having.map((wanted) => ({ wanted, counted: wanted })),
    ...(mark === undefined ? [] : [{ wanted: byMark(mark), counted: marked[mark] }]),
  ]
}

const inRange = (beginning: string): RawBuilder<unknown> =>
  sql`word >= ${beginning} and word < ${`${beginning}\u{10ffff}`}`

const byMark = (mark: DeliveryMark): RawBuilder<unknown> => sql`
  select substr(lane, 6) as wanted from (${marked[mark]}) as turns where lane like 'turn:%'
  union select substr(lane, 7) from (${marked[mark]}) as replies where lane like 'reply:%'`

/** The list from a few that were chosen before. */
const among = (chosen: RawBuilder<unknown>, asked: Asked): RawBuilder<unknown> => sql`
  select conversation.id from (${chosen}) as chosen cross join conversation
  where ${both([sql`conversation.id = wanted`, ...filters(asked), ...markOf(asked), ...behind(asked)])}
  order by last_at desc, conversation.id desc limit ${asked.limit}`
