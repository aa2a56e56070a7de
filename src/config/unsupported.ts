import type { Config } from './config.ts'
import { ConfigError, createProblemList } from './problems.ts'

/** Refuses what can be written down but does not work in this version: better no start than a promise that is not kept. */
export const refuseUnsupported = ({ properties }: Config): void => {
  const { problems, report } = createProblemList()
  if (properties.length > 1)
    report(
      'CONFIG_FILE (properties)',
      'must have one property: this version serves one hotel for each process',
    )
  if (problems.length > 0) throw new ConfigError(problems)
}
