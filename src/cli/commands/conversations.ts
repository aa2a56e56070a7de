import type { ConversationMark, ConversationRow } from '../../store/search/types.ts'
import { type Command, type CommandWorld, exitCodes, jsonOption, toJson, UsageError } from '../command.ts'
import { suggest } from '../suggest.ts'
import { ago } from '../../util/text.ts'
import { localTime, plainLine, table } from '../output.ts'
import { tellOutages } from '../outages.ts'
import { withStore } from '../with-store.ts'

const marks: readonly ConversationMark[] = ['waiting', 'failed', 'twice', 'unreplied']

/** A whole number from 1 on. */
export const readCount = (
  text: string | undefined,
  name: string,
  most: number,
  otherwise: number,
): number => {
  const count = Number(text ?? otherwise)
  if (!Number.isInteger(count) || count < 1 || count > most)
    throw new UsageError(`--${name} is a whole number from 1 to ${most}.`)
  return count
}

/** Lists conversations. */
export const conversationsCommand: Command = {
  name: 'conversations',
  parameters: '[options]',
  summary: 'List conversations, the most recently active first.',
  examples: [
    'mews-chat conversations --state unreplied',
    'mews-chat conversations --platform slack --search morgan',
  ],
  options: {
    platform: {
      type: 'string',
      value: '<name>',
      help: 'Only those of one platform: slack, botframework, channex.',
    },
    property: { type: 'string', value: '<name>', help: 'Only those of one property.' },
    state: {
      type: 'string',
      value: '<state>',
      help: 'waiting, failed, twice (perhaps), or unreplied: the guest waits, longest first.',
    },
    search: {
      type: 'string',
      value: '<text>',
      help: 'Only those in whose guest’s name or id each of these words begins a word.',
    },
    limit: { type: 'string', value: '<number>', help: 'At most this many; 50 by default.' },
    ...jsonOption,
  },
  run: async ({ positionals, flag, value }, world) => {
    if (positionals.length > 0) throw new UsageError('conversations takes options only.')
    const mark = readMark(value('state'))
    const platform = readPlatform(value('platform'), world)
    const limit = readCount(value('limit'), 'limit', 1_000_000, 50)
    const rows = await withStore(world, async (store, config, clock) => {
      const { admin } = store
      await tellOutages(store, config, clock, world)
      await admin.conversations.refresh()
      const filter = { platform, property: value('property'), search: value('search') }
      return admin.conversations.list({ ...filter, mark, limit })
    })
    if (flag('json')) {
      const list = rows.map(({ lastAt, waitsSince, ...row }) => ({
        ...row,
        lastAt: toTime(lastAt),
        waitsSince: waitsSince === null ? null : toTime(waitsSince),
      }))
      world.print(toJson(list))
    } else if (rows.length === 0) world.warn('There is no such conversation.')
    else {
      const lines = rows.map((row) => [
        localTime(row.lastAt),
        plainLine(row.guest) || '–',
        stateOf(row, world.surroundings.clock.now()),
        row.id,
      ])
      world.print(table([['LAST', 'GUEST', 'STATE', 'CONVERSATION'], ...lines]))
    }
    return exitCodes.done
  },
}

const readPlatform = (text: string | undefined, { platforms }: CommandWorld): string | undefined => {
  const names = platforms.map(({ name }) => name)
  if (text === undefined || names.includes(text)) return text
  throw new UsageError(`--platform is one of ${names.join(', ')}${suggest(text, names)}`)
}

const readMark = (text: string | undefined): ConversationMark | undefined => {
  const mark = marks.find((known) => known === text)
  if (text !== undefined && mark === undefined) throw new UsageError(`--state is one of ${marks.join(', ')}.`)
  return mark
}

const toTime = (at: number): string => new Date(at).toISOString()

/** A conversation's state, in words. */
const stateOf = ({ waiting, failed, twice, waitsSince }: ConversationRow, now: number): string =>
  [
    waitsSince !== null && `waits ${ago(now - waitsSince)}`,
    waiting > 0 && `${waiting} waiting`,
    failed > 0 && `${failed} failed`,
    twice > 0 && `${twice} possibly twice`,
  ]
    .filter((words) => words !== false)
    .join(', ') || 'delivered'
