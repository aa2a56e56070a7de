import { type FileHandle, open, rm } from 'node:fs/promises'
import { formats } from '../../transcript/formats.ts'
import { readWholeTranscript } from '../../transcript/lines.ts'
import { failureCode } from '../../util/failure.ts'
import { type Command, CommandError, exitCodes, UsageError } from '../command.ts'
import { findConversation, withStore } from '../with-store.ts'

const names = formats.map(({ name }) => name).join(', ')

/** Prints a conversation. */
export const transcriptCommand: Command = {
  name: 'transcript',
  parameters: '<conversation> [options]',
  summary: 'Print a conversation, both sides, with what became of each message.',
  details:
    'The conversation is named by its id, as mews-chat conversations lists it, or by the beginning of a part of it.',
  examples: [
    'mews-chat transcript slack:D0PENELOPE',
    'mews-chat transcript D0PENELOPE --json --out penelope.json',
  ],
  options: {
    format: {
      type: 'string',
      short: 'f',
      value: '<format>',
      help: `One of ${names}; the last opens in the Bot Framework Emulator.`,
    },
    json: { type: 'boolean', help: 'The same as --format json.' },
    out: { type: 'string', value: '<file>', help: 'A new file, which only you can read; default: print it.' },
  },
  run: async ({ positionals, flag, value }, world) => {
    const [given, ...others] = positionals
    if (given === undefined || others.length > 0) throw new UsageError('transcript takes one conversation.')
    const format = formats.find(({ name }) => name === (value('format') ?? (flag('json') ? 'json' : 'text')))
    if (format === undefined) throw new UsageError(`--format is one of ${names}.`)
    const out = value('out')
    await withStore(world, async (store) => {
      const transcript = await readWholeTranscript(store.admin, await findConversation(store, given))
      if (transcript === undefined) return
      if (out === undefined) return world.printAll(format.write(transcript))
      await writePrivate(out, format.write(transcript))
      world.print(`The conversation was written to ${out}.`)
    })
    return exitCodes.done
  },
}

/**
 * Writes what guests wrote into a new file that its owner alone can read, piece by piece. Rejects with a `CommandError`, also where the
 * file exists; removes a file that could not be written completely.
 */
const writePrivate = async (path: string, texts: AsyncIterable<string>): Promise<void> => {
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

const toCommandError = (path: string, cause: unknown): CommandError => {
  const code = failureCode(cause)
  const message =
    code === 'EEXIST'
      ? `${path} is there already: name a new file.`
      : `${path} cannot be written (${code}). Name a file in a folder that exists, that you may write to and that has room.`
  return new CommandError(message, { cause })
}

/** Tells a failed read from a failed write. */
const writeAll = async (file: FileHandle, path: string, texts: AsyncIterable<string>): Promise<void> => {
  for await (const text of texts)
    await file.writeFile(text).catch((error: unknown) => {
      throw toCommandError(path, error)
    })
}
