import { readNotice } from '../relay/entries/notice.ts'
import { readReply } from '../relay/entries/reply.ts'
import type {
  AdminStore,
  Direction,
  ListedTrouble,
  Repairs,
  TranscriptEntry,
  TranscriptPart,
  TranscriptPlace,
} from '../store/admin/types.ts'
import type { ConversationRow } from '../store/search/types.ts'
import { cutExcerpt } from '../util/text.ts'

/** One message of a conversation, as people read it. */
export interface Line {
  /** `<lane>#<position>`, by which it is repaired. */
  readonly id: string
  readonly part: number
  readonly direction: Direction
  readonly from: 'guest' | 'hotel' | 'connector'
  /** The guest's name; empty for the others, and when it was erased. */
  readonly author: string
  readonly text: string
  readonly erased: boolean
  /** When it was recorded, milliseconds since 1970. */
  readonly at: number
  readonly state: LineState
  /** When it came to its state. */
  readonly stateAt: number
  /** The other side's own id of it. */
  readonly nativeId: string | null
  readonly possiblyTwice: boolean
  readonly reason: string | null
}

/** A whole conversation, which may be larger than the memory: it is read while it is written. */
export interface Transcript {
  readonly conversation: ConversationRow
  /** Oldest first, some at a time; read once. */
  readonly pages: AsyncIterable<readonly Line[]>
}

/** Text that is made while it is sent. */
export type Texts = AsyncIterable<string>

/** A conversation from its beginning; undefined when there is none. */
export const readWholeTranscript = async (admin: AdminStore, id: string): Promise<Transcript | undefined> => {
  const conversation = await admin.conversations.find(id)
  return conversation === undefined ? undefined : { conversation, pages: readPages(admin, id) }
}

const writers: Readonly<Record<string, Line['from']>> = { event: 'guest', reply: 'hotel' }

/** What a reply or notice says before it is prepared; a platform's event is only read by its adapter. */
export const unpreparedText = ({ kind, payload }: Pick<TranscriptEntry, 'kind' | 'payload'>): string => {
  if (payload === '' || kind === 'event' || kind === 'announcement') return ''
  return kind === 'reply' ? readReply(payload).text : readNotice(payload).text
}

const states = { waiting: 'waiting', sending: 'sending', sent: 'delivered', failed: 'failed' } as const

/** The messages of recorded entries; what is done and carried nothing (a greeting, a command) is none. */
export const toLines = (entries: readonly TranscriptEntry[]): readonly Line[] =>
  entries.flatMap((entry) => {
    if (entry.parts.length > 0) return entry.parts.map((part) => toLine(entry, part))
    return entry.done ? [] : [{ ...toLine(entry, unprepared(entry)), state: 'recorded' as const }]
  })

const names = { guest: 'Guest', hotel: 'Hotel', connector: 'Connector' } as const

/** Who wrote a line, for people. */
export const writerOf = ({ author, from }: Line): string => (author === '' ? names[from] : author)

/** What a line says, or why it says nothing. */
export const textOf = ({ text, from, erased, state }: Line): string => {
  if (text !== '') return text
  if (erased) return '[erased]'
  if (state === 'recorded') return '[recorded, not read yet]'
  return from === 'guest' ? '[never read]' : '[without text]'
}

const readers = { turn: 'the hotel', reply: 'the guest' } as const

/** What became of a line, for people. */
export const stateOf = ({ state, direction, reason, possiblyTwice, nativeId }: Line): string => {
  const to = readers[direction]
  const why = reason === null ? '' : `: ${reason}`
  const twice = possiblyTwice ? ', possibly twice' : ''
  switch (state) {
    case 'recorded':
      return 'recorded'
    case 'waiting':
      return `waiting for ${to}${why}`
    case 'sending':
      return `on its way to ${to}${twice}${why}`
    case 'delivered':
      if (reason !== null) return `done${why}`
      return `delivered to ${to}${twice}${nativeId === null ? '' : ` as ${nativeId}`}`
    case 'failed':
      return `failed${twice}${why}`
    default:
      return state satisfies never
  }
}

/** Gives each entry of a list the beginning of what it says, also before it is prepared; long ones are read one after the other. */
export const withExcerpts = async (
  listed: readonly ListedTrouble[],
  repairs: Pick<Repairs, 'payloadOf'>,
): Promise<readonly ListedTrouble[]> => {
  const rows: ListedTrouble[] = []
  for (const row of listed)
    rows.push(row.text === '' ? { ...row, text: await readExcerpt(row, repairs) } : row)
  return rows
}

/** How far one message has come; `recorded` ones are not prepared yet. */
type LineState = 'recorded' | 'waiting' | 'sending' | 'delivered' | 'failed'

const toLine = (entry: TranscriptEntry, part: TranscriptPart): Line => ({
  id: `${entry.lane}#${entry.pos}`,
  part: part.part,
  direction: entry.direction,
  from: writers[entry.kind] ?? 'connector',
  author: entry.kind === 'event' ? part.author : '',
  text: part.text,
  erased: part.text === '' && entry.payload === '',
  at: entry.at,
  state: states[part.state],
  stateAt: part.at,
  nativeId: part.nativeId,
  possiblyTwice: part.possiblyTwice,
  reason: part.reason,
})

const unprepared = (entry: TranscriptEntry): TranscriptPart => ({
  part: 0,
  state: 'waiting',
  text: unpreparedText(entry),
  author: '',
  target: '',
  nativeId: null,
  possiblyTwice: false,
  reason: null,
  at: entry.at,
})

const readExcerpt = async (
  { kind, lane, pos, payload }: ListedTrouble,
  { payloadOf }: Pick<Repairs, 'payloadOf'>,
): Promise<string> => cutExcerpt(unpreparedText({ kind, payload: payload ?? (await payloadOf(lane, pos)) }))

const pageSize = 250

async function* readPages(admin: AdminStore, id: string): AsyncGenerator<readonly Line[], void> {
  for (let after: TranscriptPlace | undefined; ;) {
    const { entries, next } = await admin.transcriptOn(id, pageSize, after)
    yield toLines(entries)
    if (next === undefined) return
    after = next
  }
}
