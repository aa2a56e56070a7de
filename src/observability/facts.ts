import type { Clock } from '../port.ts'
import type { Figures, GroupFigures } from '../store/admin/types.ts'
import { readOtherWriting } from '../relay/restore/other-writers.ts'
import type { Marks } from '../store/types.ts'

/** What the database knows of everybody's work, at one moment. */
export interface Facts {
  readonly groups: readonly GroupFigures[]
  /** Events that stand in no conversation yet, by state. */
  readonly spooled: Readonly<Record<string, number>>
  readonly failed: number
  readonly twice: number
  /** When replies were last looked for, by property; properties for which they never were are left out. */
  readonly syncedAt: ReadonlyMap<string, number>
  /** How many turns and threads others wrote to Mews lately, by property. */
  readonly unknownTurns: ReadonlyMap<string, number>
}

/** Whoever scrapes gives up after 10 s by default. */
const limitMs = 5_000

export interface FactsOptions {
  readonly figures: Figures
  readonly marks: Marks
  readonly properties: readonly string[]
  readonly clock: Clock
}

const read = async ({ figures, marks, properties, clock }: FactsOptions): Promise<Facts> => {
  const groups = await figures.groups()
  const spooled = { ...(await figures.spooled()) }
  const troubles = await figures.troubles()
  const syncedAt = new Map<string, number>()
  const unknownTurns = new Map<string, number>()
  for (const property of properties) {
    const others = await readOtherWriting(property, marks, clock.now())
    unknownTurns.set(property, others === undefined ? 0 : others.turns + others.threads)
    const at = await marks.get(`synced:${property}:active`)
    if (at !== undefined) syncedAt.set(property, Number(at))
  }
  return { groups, spooled, ...troubles, syncedAt, unknownTurns }
}

/**
 * Asks the database; undefined while it cannot be asked or does not answer in time. Whoever asks meanwhile waits for the same
 * answer: a database that hangs is asked once.
 */
export const createReadFacts = (options: FactsOptions): (() => Promise<Facts | undefined>) => {
  const { clock } = options
  let reading: Promise<Facts | undefined> | undefined

  const begin = async (): Promise<Facts | undefined> => {
    try {
      return await read(options)
    } catch {
      return undefined
    } finally {
      reading = undefined
    }
  }

  return async () => {
    const answered = new AbortController()
    const late = clock.sleep(limitMs, answered.signal).then(() => undefined)
    try {
      return await Promise.race([(reading ??= begin()), late])
    } finally {
      answered.abort()
    }
  }
}
