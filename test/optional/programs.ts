import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where system administrators' programs lie: not on everybody's PATH. */
const further = ['/usr/sbin', '/usr/local/sbin']

/** The path of a program of this computer; undefined where it is not installed. Tests that need it are skipped then. */
export const findProgram = (name: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(delimiter), ...further]
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))

/** Runs a program to its end and returns what it printed; throws with all of it where it failed. */
export const runProgram = (path: string, args: readonly string[]): string => {
  try {
    return execFileSync(path, args, { encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${path} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}
