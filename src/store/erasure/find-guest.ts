import { sql } from 'kysely'
import type { GuestTrace } from '../admin/types.ts'
import { fold } from '../../util/text.ts'
import type { Backend, StoreDialect } from '../dialect.ts'
import type { Db } from '../schema.ts'

const lanesAtOnce = 1_000

/** Whether a name, compared without case and accents, or a platform's id means an author. */
export const isGuest =
  (nameOrId: string) =>
  (author: { readonly name: string; readonly id?: string }): boolean =>
    author.id === nameOrId || fold(author.name).trim() === fold(nameOrId).trim()

/** The conversations in which somebody of this name or platform id has written, a thousand at a time. */
export const findGuest = async (
  { db, dialect }: Backend,
  nameOrId: string,
  onProgress: (done: number, of: number) => void,
): Promise<readonly GuestTrace[]> => {
  const matches = isGuest(nameOrId)
  const { rows: counted } = await sql<{ lanes: number }>`select count(*) as lanes from lane`.execute(db)
  const found: GuestTrace[] = []
  for (let after = '', done = 0; ;) {
    const { rows } = await sql<{ id: string }>`
      select id from lane where id > ${after} order by id limit ${lanesAtOnce}`.execute(db)
    const last = rows.at(-1)
    if (last === undefined) return found
    const lanes = rows.map(({ id }) => id).filter((id) => id.startsWith('turn:'))
    const signs = await readSigns(db, dialect, lanes, nameOrId)
    const byConversation = Map.groupBy(signs, ({ conversation }) => conversation)
    for (const [conversation, ofIt] of byConversation) {
      if (!ofIt.some((sign) => sign.meant === 1 || matches(sign))) continue
      found.push({ conversation, shared: ofIt.some((sign) => sign.name !== '' && !matches(sign)) })
    }
    after = last.id
    done += rows.length
    onProgress(done, counted[0]?.lanes ?? done)
  }
}

/** Every author of some conversations, and where an event names the guest. */
const readSigns = async (
  db: Db,
  dialect: StoreDialect,
  lanes: readonly string[],
  nameOrId: string,
): Promise<readonly Sign[]> => {
  const quoted = JSON.stringify(nameOrId).replaceAll(/[\\%_]/g, '\\$&')
  const conversations = dialect.list(lanes.map((lane) => lane.slice('turn:'.length)))
  const { rows } = await sql<Sign>`
    select distinct substr(lane, 6) as conversation, author as name, author_id as id, 0 as meant from delivery
      where lane in ${dialect.list(lanes)} and author <> ''
    union select substr(lane, 6), '', '', 1 from entry
      where lane in ${dialect.list(lanes)} and payload like ${`%${quoted}%`} escape '\\'
    union select conversation, sender, '', 0 from thread where conversation in ${conversations} and sender <> ''
    union select id, guest, '', 0 from conversation where id in ${conversations} and guest <> ''`.execute(db)
  return rows
}

interface Sign {
  readonly conversation: string
  readonly name: string
  readonly id: string
  /** 1: the platform's event has exactly this among its texts. */
  readonly meant: number
}
