import { formats } from '../../transcript/formats.ts'
import { readWholeTranscript } from '../../transcript/read.ts'
import { type Command, exitCodes, UsageError } from '../command.ts'
import { writePrivate } from './private-output.ts'
import { findConversation, withStore } from '../with-store.ts'

const names = formats.map(({ name }) => name).join(', ')

/** Prints a conversation. */
export const transcriptCommand: Command = {
  name: 'transcript',
  parameters: '<conversation> [options]',
  summary: 'Print a conversation, both sides, with what became of each message.',
  details:
    'The conversation is named by its id, as mews-chat conversations lists it, or by the beginning of a part of it.',
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
      const transcript = await readWholeTranscript(store.books, await findConversation(store, given))
      if (transcript === undefined) return
      if (out === undefined) return world.printAll(format.write(transcript))
      await writePrivate(out, format.write(transcript))
      world.print(`The conversation was written to ${out}.`)
    })
    return exitCodes.done
  },
}
