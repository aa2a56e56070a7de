import type { ReportProblem } from '../port.ts'
import { formatMisspelling, type Misspelling } from './misspelling.ts'

/** What is wrong with one setting: `remedy` continues the setting's name, `must be a number`, and shows no value. */
export interface Problem {
  readonly setting: string
  readonly remedy: string
}

/** Settings that cannot be worked with; everything that is wrong at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'config'
  readonly problems: readonly Problem[]
  /** Often why something is missing. */
  readonly misspellings: readonly Misspelling[]

  constructor(problems: readonly Problem[], misspellings: readonly Misspelling[] = []) {
    super(`Settings are wrong or missing: ${problems.map(({ setting }) => setting).join(', ')}.`)
    this.problems = problems
    this.misspellings = misspellings
  }
}

/** Names a place in `CONFIG_FILE` as a setting: `properties.0.routes`. */
export const inFile = (...path: readonly PropertyKey[]): string =>
  path.length === 0 ? 'CONFIG_FILE' : `CONFIG_FILE (${path.map(String).join('.')})`

/** For people at a terminal: one line for each problem, and for each name that is no setting. */
export const formatProblems = ({ problems, misspellings }: ConfigError): string =>
  [
    ...problems.map(({ setting, remedy }) => `${setting} ${remedy}.`),
    ...misspellings.map(formatMisspelling),
  ].join('\n')

export interface ProblemList {
  readonly problems: readonly Problem[]
  /** Only a setting's first problem is kept: the others often follow from it. */
  readonly report: ReportProblem
}

export const createProblemList = (): ProblemList => {
  const problems: Problem[] = []
  return {
    problems,
    report: (setting, remedy) => {
      if (!problems.some((known) => known.setting === setting)) problems.push({ setting, remedy })
    },
  }
}
