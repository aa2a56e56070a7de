import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { patience } from '../fakes/clock.ts'

/** What stands in a file that is shipped, and what stands there in a test instead: addresses, ports and certificates. */
type Replacements = Readonly<Record<string, string>>

export interface ProxyOptions {
  /** The path of the program. */
  readonly program: string
  /** Its arguments, by the path of its configuration and a folder for its files. */
  readonly args: (configuration: string, folder: string) => readonly string[]
  /** The configuration: a file under `manifest/`. */
  readonly shipped: string
  readonly replace: (folder: string) => Replacements
  /** What stands around it, where the shipped file is a part of a configuration only. */
  readonly wrap?: (text: string, folder: string) => string
  readonly env?: Readonly<Record<string, string>>
  /** Where it listens, on 127.0.0.1. */
  readonly port: number
}

/** A proxy that runs with a configuration of ours. */
export interface RunningProxy {
  /** For its files: a folder of its own. */
  readonly folder: string
  /** What it has printed. */
  readonly output: string
  close(): Promise<void>
}

/** Starts a proxy with the very configuration that is shipped, but for where it listens and what it asks. */
export const startProxy = async (options: ProxyOptions): Promise<RunningProxy> => {
  const { program, args, shipped, replace, wrap = (text) => text, env = {}, port } = options
  const folder = await mkdtemp(join(tmpdir(), 'proxy-'))
  // Some of them leave root's rights behind.
  await chmod(folder, 0o755)
  const configuration = join(folder, 'configuration')
  await writeFile(configuration, wrap(await readShipped(shipped, replace(folder)), folder))
  const { PATH } = process.env
  const child = spawn(program, args(configuration, folder), {
    cwd: folder,
    env: { PATH, HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (data: Buffer): void => {
    output += data.toString('utf8')
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const end = (): boolean => child.kill('SIGKILL')
  process.once('exit', end)
  await waitForPort(port, () => {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}:\n${output}`)
  })
  return {
    folder,
    get output() {
      return output
    },
    close: async () => {
      process.off('exit', end)
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Throws where one of the replacements does not stand in the file: then it has changed, and the test with it. */
async function readShipped(name: string, replacements: Replacements): Promise<string> {
  const text = await readFile(new URL(`../../manifest/${name}`, import.meta.url), 'utf8')
  return Object.entries(replacements).reduce((changed, [shipped, inTest]) => {
    const parts = changed.split(shipped)
    if (parts.length < 2) throw new Error(`${name} does not say ${shipped}`)
    return parts.join(inTest)
  }, text)
}

async function waitForPort(port: number, check: () => void): Promise<void> {
  const until = Date.now() + patience.timeout
  while (!(await listens(port))) {
    check()
    if (Date.now() > until) throw new Error(`nothing listens on port ${port}`)
    await pause(patience.interval)
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy())
  })
}
