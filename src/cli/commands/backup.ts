import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Command, CommandError, exitCodes, jsonOption, toJson, UsageError } from '../command.ts'
import { createProgress } from '../output.ts'
import { hasDatabase } from '../../store/url.ts'
import { databaseFile } from '../with-store.ts'

/** Copies the database file while it is used. */
export const backupCommand: Command = {
  name: 'backup',
  parameters: '<file> [options]',
  summary: 'Copy the SQLite database as it is now, while the connector runs.',
  details: `The copy is a whole database with everything that was recorded before: put it in place of the other
while no connector runs, and remove the -wal, -shm and .spool files of the other. It is stamped with
the time: its first start looks up what may have been sent since before sending it. Beside the copy,
<file>.spool is written only if the database had refused events: it belongs to the copy.
PostgreSQL has pg_dump; once a dump is restored, run mews-chat restored.`,
  examples: ['mews-chat backup backups/monday.db'],
  options: jsonOption,
  run: async ({ positionals, flag }, { configure, surroundings, print, warn }) => {
    const [file, ...others] = positionals
    if (file === undefined || others.length > 0) throw new UsageError('backup takes one file.')
    const path = databaseFile(configure())
    if (path === undefined) throw new CommandError('DATABASE_URL is PostgreSQL: use pg_dump.')
    if (!hasDatabase(path)) throw new CommandError(`There is no database at ${path}.`)
    refuseTarget(file)
    const progress = createProgress(warn)
    const { backUpSqlite } = await import('../../store/sqlite/backup.ts')
    await backUpSqlite({
      from: path,
      to: file,
      clock: surroundings.clock,
      onProgress: (left) => progress(1 - left, 1),
    })
    print(flag('json') ? toJson({ file }) : `The database was copied to ${file}.`)
    return exitCodes.done
  },
}

const refuseTarget = (file: string): void => {
  for (const name of [file, `${file}.spool`])
    if (existsSync(name)) throw new CommandError(`${name} is there already: name a new file.`)
  const folder = dirname(resolve(file))
  if (!existsSync(folder)) throw new CommandError(`There is no folder ${folder}: make it, or name another.`)
}
