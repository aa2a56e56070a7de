import { stampBackup } from '../../store/restored.ts'
import type { OpenStore } from '../../store/open-store.ts'
import { countOf } from '../../util/text.ts'
import {
  type Command,
  CommandError,
  type CommandWorld,
  exitCodes,
  jsonOption,
  toJson,
  UsageError,
} from '../command.ts'
import { withStore } from '../with-store.ts'

/** Marks the database as a restored backup where it cannot know that itself: a dump of PostgreSQL, a snapshot of a disk. */
export const restoredCommand: Command = {
  name: 'restored',
  parameters: '[options]',
  summary: 'Tell the connector that its database was restored from a dump or snapshot, before it starts.',
  details: [
    'What waits in it, and what was written since, may have been sent already. The next start looks it up in Mews, Slack',
    'and Channex before sending it, and finds the threads again that were opened since. Teams cannot be asked: what the',
    'hotel wrote since comes there once more, marked as possibly there twice.',
    '',
    'Stop every connector, restore the database, run this once, and start again. A copy that mews-chat backup made',
    'needs none of this: it knows when it was made. A start without this command notices an old database only where',
    'Mews has a guest’s message or a thread that the database does not know.',
  ].join('\n'),
  examples: ['mews-chat restored', 'mews-chat restored --since 2026-11-30T02:00:00Z'],
  options: {
    since: {
      type: 'string',
      value: '<time>',
      help: 'When the backup was made, or earlier. Default: the time of its newest record.',
    },
    ...jsonOption,
  },
  run: async ({ positionals, flag, value }, world) => {
    if (positionals.length > 0) throw new UsageError('restored takes options only.')
    const given = value('since')
    const time = given === undefined ? undefined : readTime(given, world)
    const { since, waiting } = await withStore(world, async (store) => {
      const at = time ?? (await lastRecorded(store))
      await stampBackup(store.marks, at)
      const groups = await store.admin.figures.groups()
      const all = groups.reduce((sum, group) => sum + group.waiting, 0)
      return { since: new Date(at).toISOString(), waiting: all }
    })
    if (flag('json')) world.print(toJson({ since, waiting }))
    else
      world.print(
        `Taken for a backup of ${since}, in which ${countOf(waiting, 'event')} ${waiting === 1 ? 'waits' : 'wait'}. The next start of the connector looks up what may have been sent since. If it runs now, restart it.`,
      )
    return exitCodes.done
  },
}

const readTime = (given: string, { surroundings }: CommandWorld): number => {
  const at = Date.parse(given)
  if (Number.isNaN(at)) throw new UsageError(`--since ${given} is no time: write it as 2026-11-30T02:00:00Z.`)
  if (at > surroundings.clock.now()) throw new UsageError(`--since ${given} is in the future.`)
  return at
}

const lastRecorded = async ({ admin }: OpenStore): Promise<number> => {
  const at = await admin.figures.lastRecorded()
  if (at === undefined)
    throw new CommandError('The database has no records: say with --since when the backup was made.')
  return at
}
