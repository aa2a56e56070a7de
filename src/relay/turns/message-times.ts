import type { Turn } from '../../port.ts'
import type { ReadEntry } from './read-run.ts'

/** So many changed messages are remembered for each lane, the newest, and none for longer: no platform repeats itself after that. */
const mostChanged = 100
const keptForMs = 48 * 3_600_000

/** What is remembered of a lane's messages, by the platform's clock, in milliseconds since 1970. */
export interface MessageTimes {
  /** When the newest message was written that the hotel was told of; 0: none was. */
  readonly newest: number
  /** When a message was edited or deleted last, by the platform's id of it. */
  readonly changed: ReadonlyMap<string, number>
}

/** Reads what a lane's note says. */
export function readMessageTimes(note: string): MessageTimes {
  if (note === '') return { newest: 0, changed: new Map() }
  const { newest, changed } = JSON.parse(note) as { newest: number; changed: readonly [string, number][] }
  return { newest, changed: new Map(changed) }
}

/**
 * What is left of entries that came after something newer, across restarts and processes: versions of a message that was edited or deleted
 * since say nothing any more, and what was written before a message that the hotel has read already is marked as late. What comes
 * in one run is not concerned: that is put in order.
 */
export function withoutOvertaken(read: readonly ReadEntry[], times: MessageTimes): readonly ReadEntry[] {
  const isCurrent = ({ message, at }: Turn): boolean =>
    message === undefined || at >= (times.changed.get(message) ?? 0)
  const isLate = ({ kind, message, at }: Turn): boolean =>
    kind === 'message' && message !== undefined && at < times.newest
  return read.map((entry) => {
    const turns = entry.turns.filter(isCurrent)
    const late = turns.some(isLate)
    return turns.length === entry.turns.length && !late ? entry : { ...entry, turns, late }
  })
}

/**
 * The lane's note once these entries are on their way; `told`: the positions of which the hotel is told something. Deletions count in any
 * case: what was deleted unseen is not to be seen.
 */
export function noteMessageTimes(
  times: MessageTimes,
  read: readonly ReadEntry[],
  told: ReadonlySet<number>,
): string {
  const changed = new Map(times.changed)
  let { newest } = times
  for (const { entry, turns } of read)
    for (const { kind, message, at } of turns) {
      if (message === undefined || (kind !== 'deletion' && !told.has(entry.pos))) continue
      if (kind === 'message') newest = Math.max(newest, at)
      else changed.set(message, Math.max(changed.get(message) ?? 0, at))
    }
  return newest === 0 && changed.size === 0 ? '' : JSON.stringify({ newest, changed: keep(changed) })
}

function keep(changed: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  const newestFirst = [...changed].toSorted(([, left], [, right]) => right - left).slice(0, mostChanged)
  const [[, latest] = ['', 0]] = newestFirst
  return newestFirst.filter(([, at]) => at > latest - keptForMs)
}
