import { StoreError } from '../store/error.ts'
import { type Command, CommandError, exitCodes, jsonOption, toJson, UsageError } from './command.ts'
import { findConversation, withStore } from './with-store.ts'

/** Removes texts and names. */
export const eraseCommand: Command = {
  name: 'erase',
  parameters: '<conversation> | --guest <name or id>',
  summary: 'Remove the texts and names of a conversation, or of every conversation of a guest.',
  details: [
    'Nothing readable stays in the database and its files; ids, times and states stay, so that nothing arrives twice.',
    'What was still waiting is given up. The conversation can go on. What Mews and the platforms keep is theirs to erase.',
  ].join('\n'),
  options: {
    guest: {
      type: 'string',
      value: '<name or id>',
      help: 'Every conversation in which this guest has written.',
    },
    'dry-run': { type: 'boolean', help: 'Only say which conversations are meant.' },
    'keep-file': { type: 'boolean', help: 'Do not rewrite the database file: faster, for large ones.' },
    ...jsonOption,
  },
  run: async ({ positionals, flag, value }, world) => {
    const [given, ...others] = positionals
    const guest = value('guest')
    if ((given === undefined) === (guest === undefined) || others.length > 0)
      throw new UsageError('erase takes one conversation, or --guest.')
    return withStore(world, async (store) => {
      const { erasure } = store.books
      const meant =
        guest === undefined ? [await findConversation(store, given ?? '')] : await erasure.findGuest(guest)
      if (meant.length === 0) throw new CommandError('No conversation of this guest is recorded.')
      if (flag('dry-run')) {
        world.print(flag('json') ? toJson(meant) : meant.join('\n'))
        return exitCodes.done
      }
      const results = []
      for (const conversation of meant) results.push({ conversation, ...(await erasure.erase(conversation)) })
      const clean = await erasure.purge(!flag('keep-file')).catch((error: unknown) => {
        if (error instanceof StoreError) return false
        throw error
      })
      if (flag('json')) world.print(toJson(results))
      else
        for (const { conversation, entries, deliveries, threads, givenUp } of results)
          world.print(
            `${conversation}: erased ${entries} events, ${deliveries} messages and ${threads} thread titles; ${givenUp} that waited were given up.`,
          )
      if (clean) return exitCodes.done
      world.warn(
        'Its file may still hold traces: something else was at work on it. Run the same command again.',
      )
      return exitCodes.failed
    })
  },
}
