import type { AdminStore, TranscriptPlace } from '../store/admin/types.ts'
import type { ConversationRow } from '../store/search/types.ts'
import { type Line, toLines } from './lines.ts'

/** A whole conversation, which may be larger than the memory: it is read while it is written. */
export interface Transcript {
  readonly conversation: ConversationRow
  /** Oldest first, some at a time; read once. */
  readonly pages: AsyncIterable<readonly Line[]>
}

/** Text that is made while it is sent. */
export type Texts = AsyncIterable<string>

const pageSize = 250

/** A conversation from its beginning; undefined when there is none. */
export const readWholeTranscript = async (admin: AdminStore, id: string): Promise<Transcript | undefined> => {
  const conversation = await admin.conversations.find(id)
  return conversation === undefined ? undefined : { conversation, pages: readPages(admin, id) }
}

async function* readPages(admin: AdminStore, id: string): AsyncGenerator<readonly Line[], void> {
  for (let after: TranscriptPlace | undefined; ;) {
    const { entries, next } = await admin.transcriptOn(id, pageSize, after)
    yield toLines(entries)
    if (next === undefined) return
    after = next
  }
}
