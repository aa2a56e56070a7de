import { StoreError } from '../../store/error.ts'
import { type Command, CommandError, exitCodes, jsonOption, toJson, UsageError } from '../command.ts'
import { createProgress } from '../output.ts'
import { findConversation, withStore } from '../with-store.ts'
import { countOf } from '../../util/text.ts'

/** Removes texts and names. */
export const eraseCommand: Command = {
  name: 'erase',
  parameters: '<conversation> | --guest <name or id> [options]',
  summary: 'Remove the texts and names of a conversation, or of a guest everywhere.',
  details: [
    'Nothing readable stays in the database and its files; ids, times and states stay, so that nothing arrives twice.',
    'What was still waiting is given up. The conversation can go on. What Mews and the platforms keep is theirs to',
    'erase.',
    '',
    'A guest’s own conversations are erased whole. Where others have written, too, their messages and the hotel’s stay;',
    'the guest’s are removed, and so are the guest’s name, id and quoted lines in what others wrote. To remove',
    'everything that was said there, erase the conversation.',
  ].join('\n'),
  examples: ['mews-chat erase slack:D0PENELOPE', "mews-chat erase --guest 'Penelope Morgan' --dry-run"],
  options: {
    guest: {
      type: 'string',
      value: '<name or id>',
      help: 'This guest, wherever they have written.',
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
      const { erasure } = store.admin
      const meant =
        guest === undefined
          ? [{ conversation: await findConversation(store, given ?? ''), shared: false }]
          : await erasure.findGuest(guest, createProgress(world.warn))
      if (meant.length === 0)
        throw new CommandError(
          'No conversation of this guest is recorded: give the whole name, or the platform’s id.',
        )
      if (flag('dry-run')) {
        world.print(
          flag('json')
            ? toJson(meant)
            : meant
                .map(
                  ({ conversation, shared }) =>
                    `${conversation}${shared ? ' (others write there, too)' : ''}`,
                )
                .join('\n'),
        )
        return exitCodes.done
      }
      const results = []
      for (const { conversation, shared } of meant) {
        const erased = await (shared && guest !== undefined
          ? erasure.eraseGuest(conversation, guest)
          : erasure.erase(conversation))
        results.push({ conversation, shared, ...erased })
      }
      const clean = await erasure.purge(!flag('keep-file')).catch((error: unknown) => {
        if (error instanceof StoreError) return false
        throw error
      })
      if (flag('json')) world.print(toJson(results))
      else
        for (const { conversation, entries, deliveries, threads, givenUp } of results)
          world.print(
            `${conversation}: erased ${countOf(entries, 'event')}, ${countOf(deliveries, 'message')} and ${countOf(threads, 'thread title')}; ${givenUp === 1 ? '1 that waited was' : `${givenUp} that waited were`} given up.`,
          )
      const left = results.reduce((sum, one) => sum + one.left, 0)
      if (left > 0)
        world.warn(
          left === 1
            ? '1 message of others is on its way and names the guest. Run the same command again when it is delivered.'
            : `${left} messages of others are on their way and name the guest. Run the same command again when they are delivered.`,
        )
      if (clean && left === 0) return exitCodes.done
      if (clean) return exitCodes.failed
      world.warn(
        'Its file may still hold traces: something else was at work on it. Run the same command again.',
      )
      return exitCodes.failed
    })
  },
}
