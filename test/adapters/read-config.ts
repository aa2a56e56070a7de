import { expect } from 'vitest'
import type { ReportProblem, Settings } from '../../src/port.ts'

/** What comes of one platform's settings: its configuration, and a line for each problem. */
export interface ReadConfig<Config> {
  readonly config: Config | undefined
  readonly problems: readonly string[]
}

/** Reads settings as the start does. */
export const createReader =
  <Config>(
    readConfig: (settings: Settings, report: ReportProblem) => Config | undefined,
  ): ((settings: Settings) => ReadConfig<Config>) =>
  (settings) => {
    const problems: string[] = []
    const config = readConfig(settings, (setting, remedy) => problems.push(`${setting} ${remedy}`))
    return { config, problems }
  }

/** One problem, which names the setting and says what to do, and shows none of these values. */
export const expectProblem = (
  { config, problems }: ReadConfig<unknown>,
  setting: string,
  values: RegExp,
): void => {
  expect(config).toBeUndefined()
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(new RegExp(`^${setting} (is|must)`))
  expect(problems.join()).not.toMatch(values)
}
