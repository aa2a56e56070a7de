import type { Adapter, Address, Clock } from '../../port.ts'

/** What can be told of a turn before it was prepared for the hotel. */
export interface Unprepared {
  /** Its words; names of files where there are none. Empty for what carries nothing for the hotel. */
  readonly words: string
  readonly author: string
  /** Where its writer is told; undefined where the event does not say it. */
  readonly address: Address | undefined
  /** Whether the hotel misses something: a command or a greeting is for us alone. */
  readonly isForHotel: boolean
}

/** People wait for it, or a sender does. */
const timeLimitMs = 5_000

/** Asks the adapter what a recorded event says; undefined where it cannot say so within 5 s. Never rejects. */
export const readUnprepared = async (
  payload: string,
  adapter: Pick<Adapter, 'read'> | undefined,
  clock: Clock,
): Promise<Unprepared | undefined> => {
  if (adapter === undefined || payload === '') return undefined
  const over = new AbortController()
  const late = clock.sleep(timeLimitMs, over.signal).then(() => undefined)
  try {
    const reading = await Promise.race([adapter.read(payload, over.signal), late])
    if (reading === undefined) return undefined
    const { turns, address } = reading
    const said = turns.flatMap(({ text, attachments }) => [text, ...attachments.map(({ name }) => name)])
    const words = said.filter((each) => each !== '').join(' ')
    return { words, author: turns[0]?.author.name ?? '', address, isForHotel: turns.length > 0 }
  } catch {
    return undefined
  } finally {
    over.abort()
  }
}
