import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { bareEnvironment } from './connector.ts'

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

const repository = new URL('../..', import.meta.url).pathname

/** Starts the program with these settings and no others. */
export const runProgram = (settings: Readonly<Record<string, string>>): Program => {
  const env = { ...bareEnvironment(), ...settings }
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], { cwd: repository, env })
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
