import { type FileHandle, open, rm } from 'node:fs/promises'
import { failureCode } from '../../util/failure.ts'
import { CommandError } from '../command.ts'

/**
 * Writes what guests wrote into a new file that its owner alone can read, as it comes. Rejects with a `CommandError`, also where there is
 * a file already; of what could not be written completely nothing is left.
 */
export const writePrivate = async (path: string, texts: AsyncIterable<string>): Promise<void> => {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw toCommandError(path, error)
  })
  try {
    await writeAll(file, path, texts)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** What cannot be read is another failure than what cannot be written. */
const writeAll = async (file: FileHandle, path: string, texts: AsyncIterable<string>): Promise<void> => {
  for await (const text of texts)
    await file.writeFile(text).catch((error: unknown) => {
      throw toCommandError(path, error)
    })
}

const toCommandError = (path: string, cause: unknown): CommandError => {
  const code = failureCode(cause)
  const message =
    code === 'EEXIST'
      ? `${path} is there already: name a new file.`
      : `${path} cannot be written (${code}). Name a file in a folder that exists, that you may write to and that has room.`
  return new CommandError(message, { cause })
}
