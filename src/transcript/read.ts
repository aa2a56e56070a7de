import type { Books, ConversationRow, TranscriptEntry, TranscriptPlace } from '../store/books-types.ts'
import { type Line, toLines } from './lines.ts'

/** A whole conversation. */
export interface Transcript {
  readonly conversation: ConversationRow
  /** Oldest first. */
  readonly lines: readonly Line[]
}

const pageSize = 1_000

/** Reads a conversation from its beginning; undefined when there is none. */
export const readWholeTranscript = async (books: Books, id: string): Promise<Transcript | undefined> => {
  const conversation = await books.conversations.find(id)
  if (conversation === undefined) return undefined
  const pages: (readonly TranscriptEntry[])[] = []
  for (let before: TranscriptPlace | undefined; ;) {
    const { entries, older } = await books.transcript(id, pageSize, before)
    pages.unshift(entries)
    if (older === undefined) return { conversation, lines: toLines(pages.flat()) }
    before = older
  }
}
