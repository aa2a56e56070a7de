import { existsSync } from 'node:fs'
import { type Command, CommandError, exitCodes, jsonOption, toJson, UsageError } from './command.ts'
import { createProgress } from './progress.ts'
import { databaseFile, withStore } from './with-store.ts'

/** Copies the database file while it is used. */
export const backupCommand: Command = {
  name: 'backup',
  parameters: '<file> [options]',
  summary: 'Copy the SQLite database as it is now, while the connector runs.',
  details:
    'The copy is a whole database: put it in place of the other while no connector runs. PostgreSQL has pg_dump.',
  options: jsonOption,
  run: async ({ positionals, flag }, world) => {
    const [file, ...others] = positionals
    if (file === undefined || others.length > 0) throw new UsageError('backup takes one file.')
    const path = databaseFile(world.configure())
    if (path === undefined) throw new CommandError('DATABASE_URL is PostgreSQL: use pg_dump.')
    if (!existsSync(path)) throw new CommandError(`There is no database at ${path}.`)
    if (existsSync(file)) throw new CommandError(`${file} is there already: name a new file.`)
    const progress = createProgress(world.warn)
    const { backUpSqlite } = await import('../store/backup.ts')
    // Opened, so that what was recorded last stands in it, too.
    await withStore(world, () => backUpSqlite(path, file, (left) => progress(1 - left, 1)))
    world.print(flag('json') ? toJson({ file }) : `The database was copied to ${file}.`)
    return exitCodes.done
  },
}
