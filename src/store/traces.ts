import { sql } from 'kysely'
import type { Backend } from './dialect.ts'

/** A part that was given to a Mews thread, or may have been. */
export interface TracedPart {
  readonly threadId: string
  /** Empty once it was erased. */
  readonly text: string
  /** When its last attempt began. */
  readonly startedAt: number
  /** When its state changed last. */
  readonly at: number
  /** Whether it is known which message it became, and that there is no other one. */
  readonly certain: boolean
}

/** Recognises threads and messages in Mews as ours when their ids are not known. */
export interface Traces {
  /** What was written in these threads from here. */
  partsIn(threadIds: readonly string[]): Promise<readonly TracedPart[]>
  /** Which of these words are references of threads that were opened from here, or may have been. */
  references(words: readonly string[]): Promise<ReadonlySet<string>>
}

export const createTraces = ({ db, dialect }: Pick<Backend, 'db' | 'dialect'>): Traces => ({
  partsIn: async (threadIds) => {
    const { rows } = await sql<{
      target: string
      text: string
      started_at: number
      at: number
      certain: number
    }>`
      select delivery.target, delivery.text, delivery.started_at, delivery.at,
        case when state = 'sent' and native_id is not null and possibly_twice = 0 then 1 else 0 end as certain
      from thread join delivery on delivery.lane = 'turn:' || thread.conversation
      where thread.thread_id in ${dialect.list(threadIds)} and delivery.target = thread.thread_id`.execute(db)
    return rows.map(({ target, text, started_at, at, certain }) => ({
      threadId: target,
      text,
      at,
      startedAt: started_at,
      certain: certain === 1,
    }))
  },
  references: async (words) => {
    const { rows } = await sql<{ reference: string }>`
      select reference from thread where reference in ${dialect.list(words)}`.execute(db)
    return new Set(rows.map(({ reference }) => reference))
  },
})
