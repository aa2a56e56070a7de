import { setTimeout as pause } from 'node:timers/promises'
import { createLosingKeyv, type LosingKeyv } from '../support/losing-keyv.ts'
import { type Balance, mayHeal } from './books.ts'
import type { Load } from './load.ts'

/** What both suites of crashes take: how many rounds, and the seed from which they follow. */
export interface RoundsOptions {
  readonly rounds: number
  /** What is done to the connector, its clock and its machine, and what is written follow from it; what happens in between does not. */
  readonly seed: number
  /** Whether clocks are wrong, Keyv loses what it was given, processes stand still and backups are made and put back, too. Default true. */
  readonly machineFaults?: boolean
  /** Called after each round with a line for people. */
  readonly onRound?: (line: string) => void
}

export interface LoadFigures {
  readonly conversations: number
  readonly turns: number
  /** Of these, the ones whose platform was told that they were taken. */
  readonly taken: number
  readonly replies: number
  readonly seconds: number
}

/** What one run comes to. */
export interface RoundsResult extends Balance, LoadFigures {
  readonly seed: number
  readonly kills: number
  /** The end of what the connector printed. */
  readonly output: string
}

/** A Keyv backend that loses what it was given in every second run, with the setting that names it; none in the others. */
export const drawLosingKeyv = async ({
  seed,
  machineFaults = true,
}: RoundsOptions): Promise<{
  readonly keyv?: LosingKeyv
  readonly settings: Readonly<Record<string, string>>
}> => {
  if (!machineFaults || seed % 2 === 0) return { settings: {} }
  const keyv = await createLosingKeyv()
  return { keyv, settings: { KEYV_URL: keyv.url } }
}

/** Waits until everything has arrived, as long as something does within `patienceMs`: how fast that goes depends on the machine. */
export const arriveAll = async (load: Load, patienceMs: number): Promise<void> => {
  let now = load.balance()
  for (let until = Date.now() + patienceMs; mayHeal(now) && Date.now() < until;) {
    await pause(100)
    const before = now.lost
    now = load.balance()
    if (now.lost < before) until = Date.now() + patienceMs
  }
}

/** The load's figures; `begunAt` in milliseconds since 1970. */
export const figuresOf = (load: Load, begunAt: number): LoadFigures => {
  const { conversations, turns, taken, replies } = load
  return { conversations, turns, taken, replies, seconds: Math.round((Date.now() - begunAt) / 1000) }
}

/** The line of a round: which one it is, what was done in it, how far the load has come. */
export const describeRound = (
  { seed, rounds }: RoundsOptions,
  round: number,
  done: readonly string[],
  figures: LoadFigures,
): string => {
  const what = done.filter((words) => words !== '').join(', ')
  return `seed ${seed}, round ${round} of ${rounds}, ${what}: ${JSON.stringify(figures)}`
}

export const lastOutput = (output: string): string => output.slice(-20_000)

export const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Prints what is wrong, with the connector's output, and then the figures. */
export const printResult = ({ details, output, ...figures }: RoundsResult): void => {
  for (const detail of details) print(detail)
  if (details.length > 0) print(output)
  print(JSON.stringify(figures))
}
