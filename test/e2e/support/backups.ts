import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { bareEnvironment, type ConnectorProcess, executable } from './connector-process.ts'

/** The newest backup of a connector's SQLite database. */
export interface Backups {
  /** Makes one by `mews-chat backup`, whether the connector runs or not. */
  make(): Promise<void>
  /** Puts it in place of the database, as the README says; the connector must not run. */
  putBack(): Promise<void>
}

/** Beside the database, so that it goes with it. */
export const createBackups = (connector: ConnectorProcess): Backups => {
  const file = (connector.settings['DATABASE_URL'] ?? '').slice('sqlite:'.length)
  let made = 0
  const copy = (): string => `${file}.copy-${made}`

  return {
    make: async () => {
      const before = copy()
      made += 1
      await run(['backup', copy()], connector.environment)
      for (const old of [before, `${before}.spool`]) await rm(old, { force: true })
    },
    putBack: async () => {
      for (const ending of ['-wal', '-shm', '.spool', '.spool-wal', '.spool-shm'])
        await rm(`${file}${ending}`, { force: true })
      await copyFile(copy(), file)
      if (existsSync(`${copy()}.spool`)) await copyFile(`${copy()}.spool`, `${file}.spool`)
    },
  }
}

/** Runs a command as an operator would, on the machine with that environment; rejects with what it said unless it ends well. */
function run(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<void> {
  const options = { cwd: tmpdir(), env: { ...bareEnvironment(), ...environment } }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [executable, ...args], options, (error, out, err) =>
      error === null ? resolve() : reject(new Error(`${args.join(' ')} ended badly:\n${out}${err}`)),
    )
  })
}
