import { countOf } from '../../util/text.ts'
import { type Command, exitCodes, jsonOption, toJson, UsageError } from '../command.ts'

const chunk = 10_000

/** Moves from SQLite to PostgreSQL. */
export const migrateStoreCommand: Command = {
  name: 'migrate-store',
  parameters: '<from> <to> [options]',
  summary: 'Copy every record from SQLite to an empty PostgreSQL database.',
  details:
    'Both are addresses as in DATABASE_URL: sqlite:data/connector.db postgres://user:password@host/database. Stop the connector first, and start it with the new DATABASE_URL afterwards. Either everything is copied or nothing is; the file stays as it is.',
  examples: ['mews-chat migrate-store sqlite:data/connector.db \\\n  postgres://user:password@host/database'],
  options: jsonOption,
  run: async ({ positionals, flag }, { surroundings, print, warn }) => {
    const [from, to, ...rest] = positionals
    if (from === undefined || to === undefined || rest.length > 0)
      throw new UsageError(
        'migrate-store takes the address of a SQLite file and that of a PostgreSQL database.',
      )
    const { copyStore } = await import('../../store/copy.ts')
    const copied = await copyStore({
      from,
      to,
      clock: surroundings.clock,
      onProgress: (table, rows, of) => {
        if (rows % chunk === 0 || rows === of) warn(`${table}: ${rows} of ${of}`)
      },
    })
    if (flag('json')) print(toJson(Object.fromEntries(copied)))
    else for (const [table, rows] of copied) print(`${table}: ${countOf(rows, 'row')}, all there`)
    return exitCodes.done
  },
}
