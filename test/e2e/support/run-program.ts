import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { bareEnvironment, executable } from './connector-process.ts'

/** The program, started once, whatever becomes of it. */
export interface Program {
  /** Everything written to standard output and error. */
  readonly output: string
  /** Resolves once it says that it is ready, or has ended. */
  readonly begun: Promise<unknown>
  /** Resolves with its exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
  signal(name: NodeJS.Signals): void
}

/** Starts the program with these settings and no others, in a folder whose `.env` it reads. */
export const runProgram = (
  settings: Readonly<Record<string, string>>,
  folder = tmpdir(),
  nodeOptions: readonly string[] = [],
): Program => {
  const env = { ...bareEnvironment(), ...settings }
  const child = spawn(process.execPath, [...nodeOptions, executable, 'serve'], { cwd: folder, env })
  const ended = once(child, 'close').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null,
  )
  let output = ''
  const ready = new Promise<void>((resolve) => {
    const onData = (data: Buffer): void => {
      output += data.toString('utf8')
      if (output.includes('listening on')) resolve()
    }
    child.stdout.on('data', onData)
    child.stderr.on('data', onData)
  })
  return {
    get output() {
      return output
    },
    begun: Promise.race([ready, ended]),
    ended,
    signal: (name) => void child.kill(name),
  }
}
