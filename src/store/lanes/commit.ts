import { appendEntries } from './append.ts'
import type { Backend } from '../dialect.ts'
import { settleLanes } from './settle.ts'
import type { Entry, Settlement } from '../types.ts'

/** One caller's write: entries, or a settlement with the entries that depend on it. */
export interface Write {
  readonly settlement?: Settlement
  readonly entries: readonly Entry[]
}

export interface Committed {
  /** For each write whether its entries were new; undefined where a settlement was refused and nothing was written. */
  readonly results: readonly (readonly boolean[] | undefined)[]
  /** Where something may be claimable now. */
  readonly groups: readonly string[]
}

/** Makes many callers' writes durable in one transaction: settlements first, then entries, each in the given order. */
export const commitWrites = (
  { dialect, transact }: Backend,
  writes: readonly Write[],
  now: number,
): Promise<Committed> =>
  transact(async (trx) => {
    await dialect.lockLanes(trx, writes.flatMap(lanesOf))
    const settlements = writes.flatMap(({ settlement }) => settlement ?? [])
    const settled = await settleLanes(trx, dialect, settlements, now)
    const verdicts = settled.accepted.values()
    const counts = writes.map(({ settlement }) => settlement === undefined || verdicts.next().value === true)
    const entries = writes.flatMap((write, index) => (counts[index] ? write.entries : []))
    const appended = await appendEntries(trx, dialect, entries, now)
    const news = appended.isNew.values()
    return {
      results: writes.map((write, index) =>
        counts[index] ? write.entries.map(() => news.next().value === true) : undefined,
      ),
      groups: [...settled.groups, ...appended.groups],
    }
  })

const lanesOf = ({ settlement, entries }: Write): readonly string[] => [
  ...(settlement === undefined ? [] : [settlement.lane]),
  ...entries.map(({ lane }) => lane),
]
