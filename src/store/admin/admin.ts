import type { Clock } from '../../port.ts'
import type { Books } from './types.ts'
import { createConversations } from '../search/conversations.ts'
import type { Backend } from '../dialect.ts'
import { createErasure } from '../erasure/erasure.ts'
import { createFigures } from './figures.ts'
import { createRepairs } from './repairs.ts'
import type { Spool } from '../spool/spool.ts'
import { readTranscript, readTranscriptOn } from './transcript.ts'

/** What people want to know of the records, and do to them, on a database. */
export const createBooks = (
  backend: Backend,
  spool: Pick<Spool, 'size' | 'purge' | 'dropRefused'>,
  clock: Clock,
): Books => ({
  conversations: createConversations(backend, clock),
  transcript: (conversation, limit, before) => readTranscript(backend, conversation, limit, before),
  transcriptOn: (conversation, limit, after) => readTranscriptOn(backend, conversation, limit, after),
  repairs: createRepairs(backend, clock),
  erasure: createErasure(backend, spool, clock),
  figures: { ...createFigures(backend, clock), spooled: () => spool.size() },
})
