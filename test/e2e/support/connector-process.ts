import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { heapFlags } from '../../../src/heap.cjs'
import { freePort } from '../../fakes/port.ts'

/** The real program, run as its users run it. */
export interface ConnectorProcess {
  /** Without a trailing slash; the same for every start. */
  readonly url: string
  /** The environment it runs in. */
  readonly settings: Readonly<Record<string, string>>
  /** The same, and what was changed for the last start. */
  readonly environment: Readonly<Record<string, string>>
  /** Of the process that runs; NaN while none does. */
  readonly pid: number
  /** Everything written to standard output and error by every start. */
  readonly output: string
  /** Resolves once it says that it is ready; `changed` settings are for this start. */
  start(changed?: Readonly<Record<string, string>>): Promise<void>
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
  /** It stands still until `thaw`, as on a machine that is suspended or starved: what it had in hand goes on then. */
  freeze(): void
  thaw(): void
  /** Tells it that its configuration may have changed. */
  hangUp(): void
  /** Asks it to stop, and resolves with its exit code. */
  stop(): Promise<number | null>
  /** Kills it and removes its files. */
  dispose(): Promise<void>
}

const repository = new URL('../../..', import.meta.url).pathname

/** The executable. It reads `.env` of the folder it is started in: tests start it elsewhere than in the repository. */
export const executable = join(repository, 'src/start.cjs')

/** A third of a start is compiling, every time the same: the setting `NODE_COMPILE_CACHE` for those who start often. */
export const compileCache = join(repository, 'node_modules/.cache/compile')

/** Nothing of the tests' own environment but where programs and compiled code are found. */
export const bareEnvironment = (): NodeJS.ProcessEnv => {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  return { PATH, NODE_COMPILE_CACHE }
}

interface ProgramOptions {
  /** For Node.js. Default: those that the program would start itself anew with, which takes a moment. */
  readonly flags?: readonly string[]
  /** Default: the sources. */
  readonly program?: string
  /** What is run instead, with which arguments; `serve` included. */
  readonly command?: (env: Readonly<Record<string, string>>) => readonly string[]
  /** Further settings, asked for at each start. */
  readonly atStart?: () => Readonly<Record<string, string>>
}

/** Prepares the program with its own database; settings are added to an otherwise empty environment. */
export const createConnectorProcess = async (
  settings: (url: string) => Readonly<Record<string, string>>,
  { flags = heapFlags, program = executable, command, atStart = () => ({}) }: ProgramOptions = {},
): Promise<ConnectorProcess> => {
  const folder = await mkdtemp(join(tmpdir(), 'mews-chat-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const given = {
    DATABASE_URL: `sqlite:${join(folder, 'connector.db')}`,
    PORT: String(port),
    HOST: '127.0.0.1',
    ...settings(url),
  }
  let environment: Readonly<Record<string, string>> = given
  let child: ChildProcess | undefined
  let output = ''

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = child
    if (ending === undefined) return null
    child = undefined
    if (ending.exitCode !== null) return ending.exitCode
    ending.kill(signal)
    const [code] = (await once(ending, 'exit')) as [number | null]
    return code
  }

  return {
    url,
    settings: given,
    get environment() {
      return environment
    },
    get pid() {
      return child?.pid ?? NaN
    },
    get output() {
      return output
    },
    start: async (changed = {}) => {
      environment = { ...given, ...atStart(), ...changed }
      const [run = '', ...args] = command?.(environment) ?? [process.execPath, ...flags, program, 'serve']
      const started = spawn(run, args, { cwd: folder, env: { ...bareEnvironment(), ...environment } })
      child = started
      await new Promise<void>((resolve, reject) => {
        const onData = (data: Buffer): void => {
          output += data.toString('utf8')
          if (data.includes('listening on')) resolve()
        }
        started.stdout.on('data', onData)
        started.stderr.on('data', onData)
        started.once('exit', (code) =>
          reject(new Error(`the connector ended with ${code}:\n${output.slice(-4_000)}`)),
        )
      })
    },
    kill: async () => void (await end('SIGKILL')),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    hangUp: () => void child?.kill('SIGHUP'),
    stop: () => end('SIGTERM'),
    dispose: async () => {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
