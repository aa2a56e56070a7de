import { writeFileSync } from 'node:fs'
import { failureCode } from '../util/failure.ts'
import { CommandError } from './command.ts'

/** Writes what guests wrote into a new file that its owner alone can read. Throws `CommandError`, also where there is a file already. */
export const writePrivate = (path: string, text: string): void => {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const code = failureCode(error)
    throw new CommandError(
      code === 'EEXIST'
        ? `${path} is there already: name a new file.`
        : `${path} cannot be written (${code}). Name a file in a folder that exists and that you may write to.`,
      { cause: error },
    )
  }
}
