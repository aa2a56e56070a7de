import { copyFileSync, existsSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { basename, dirname, join } from 'node:path'
import type { DatabaseSync as Database, StatementSync } from 'node:sqlite'

/** Told of each statement before it runs; may throw in its place. */
export type OnStatement = () => void

/** The disk of a machine, on which SQLite keeps its files. */
export interface Disk {
  /** Where the database is. It changes when the machine starts again on what the disk had kept. */
  readonly path: string
  /** The process ends: what it wrote stays, transactions that are open do not. */
  drop(): void
  /** The power ends: what was not written through is lost, or not, as the disk likes. */
  cutPower(isLost: boolean): void
  /** From now on no file can grow, or they can again. */
  fill(isFull: boolean): void
  /** Puts a copy of the database in the place of it. */
  replace(copy: string): void
}

interface OpenFile {
  readonly path: string
  readonly close: () => void
  /** How long the write-ahead log was before the first commit that is not written through; undefined: all are. */
  unsafeFrom: number | undefined
  synchronous: 'full' | 'normal' | 'off'
  /** What the connection had changed when its transaction began. */
  changesBefore?: unknown
}

const open = new Map<Database, OpenFile>()
let onStatement: OnStatement = () => {}
let isFull = false

/** Gives SQLite of this process to the simulation, before any module that uses it is loaded. */
export const ownSqlite = (): void => {
  const sqlite = createRequire(import.meta.url)('node:sqlite') as {
    DatabaseSync: typeof Database
    backup: unknown
  }
  const Real = sqlite.DatabaseSync
  class SimulatedDatabase extends Real {
    constructor(...given: ConstructorParameters<typeof Real>) {
      super(...given)
      const path = String(given[0])
      open.set(this, { path, close: () => super.close(), unsafeFrom: undefined, synchronous: 'full' })
      if (isFull) forbidGrowth(this, true)
    }
    override exec(text: string): void {
      onStatement()
      noteSynchronous(this, text)
      if (isFull) refuseWrites(this, text)
      const isCommit = text === 'commit'
      const before = isCommit ? logSize(this) : 0
      super.exec(text)
      if (isCommit) noteCommit(this, before)
    }
    override prepare(text: string): StatementSync {
      return watch(this, super.prepare(text), text)
    }
    override close(): void {
      open.delete(this)
      super.close()
    }
  }
  sqlite.DatabaseSync = SimulatedDatabase
  sqlite.backup = async (source: Database, to: string): Promise<number> => {
    source.exec('commit')
    source.exec(`vacuum into '${to}'`)
    return 1
  }
  syncBuiltinESMExports()
}

/** A new disk; every statement of every database on it is told of. */
export const createDisk = (first: string, tell: OnStatement): Disk => {
  let path = first
  let generation = 0
  onStatement = tell
  isFull = false

  return {
    get path() {
      return path
    },
    drop: closeAll,
    cutPower: (isLost) => {
      generation += 1
      const next = `${first}-${generation}`
      const unsafe = new Map([...open.values()].map((file) => [file.path, file.unsafeFrom]))
      for (const ending of ['', '-wal', '.spool', '.spool-wal']) {
        if (!existsSync(path + ending)) continue
        copyFileSync(path + ending, next + ending)
        const safe = unsafe.get(path + ending.replace(/-wal$/, ''))
        if (isLost && ending.endsWith('-wal') && safe !== undefined) shorten(next + ending, safe)
      }
      closeAll()
      path = next
    },
    fill: (full) => {
      isFull = full
      for (const database of open.keys()) forbidGrowth(database, full)
    },
    replace: (copy) => {
      closeAll()
      for (const ending of ['', '-wal', '-shm', '.spool', '.spool-wal', '.spool-shm'])
        rmSync(path + ending, { force: true })
      copyFileSync(copy, path)
      if (existsSync(`${copy}.spool`)) copyFileSync(`${copy}.spool`, `${path}.spool`)
    },
  }
}

/** Removes every file of a disk. */
export const wipe = (first: string): void => {
  const folder = dirname(first)
  for (const name of readdirSync(folder))
    if (name.startsWith(basename(first))) rmSync(join(folder, name), { recursive: true, force: true })
}

const closeAll = (): void => {
  for (const { close } of open.values()) close()
  open.clear()
}

const watched = ['run', 'all', 'get'] as const

function watch(database: Database, statement: StatementSync, text: string): StatementSync {
  const isCommit = text === 'commit'
  for (const name of watched) {
    const call = statement[name].bind(statement) as (...given: readonly unknown[]) => unknown
    Object.defineProperty(statement, name, {
      value: (...given: readonly unknown[]): unknown => {
        onStatement()
        if (isFull) refuseWrites(database, text)
        const before = isCommit ? logSize(database) : 0
        const result = call(...given)
        if (isCommit) noteCommit(database, before)
        return result
      },
    })
  }
  return statement
}

function noteSynchronous(database: Database, text: string): void {
  const [, mode] = /^pragma synchronous = (full|normal|off)$/.exec(text) ?? []
  const file = open.get(database)
  if (file !== undefined && mode !== undefined) file.synchronous = mode as OpenFile['synchronous']
}

/** A commit that is written through takes along everything before it. */
function noteCommit(database: Database, before: number): void {
  const file = open.get(database)
  if (file === undefined) return
  if (file.synchronous === 'full') file.unsafeFrom = undefined
  else file.unsafeFrom ??= before
}

function logSize(database: Database): number {
  const file = open.get(database)
  if (file === undefined || file.synchronous === 'full') return 0
  return statSync(`${file.path}-wal`, { throwIfNoEntry: false })?.size ?? 0
}

/** A log that SQLite has begun anew meanwhile is shorter than that already. */
function shorten(path: string, size: number): void {
  if (statSync(path).size > size) truncateSync(path, size)
}

/** The log cannot grow either, so a transaction that has written something ends as SQLite ends it then. */
function refuseWrites(database: Database, text: string): void {
  const file = open.get(database)
  if (file === undefined) return
  if (text === 'begin immediate') file.changesBefore = ask(database, 'select total_changes()')
  if (text !== 'commit' || file.changesBefore === ask(database, 'select total_changes()')) return
  const real = Object.getPrototypeOf(Object.getPrototypeOf(database)) as Database
  real.exec.call(database, 'rollback')
  const message = 'database or disk is full'
  throw Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode: 13, errstr: message })
}

/** The only value of the only row. */
function ask(database: Database, text: string): unknown {
  const real = Object.getPrototypeOf(Object.getPrototypeOf(database)) as Database
  return Object.values(real.prepare.call(database, text).get() ?? {})[0]
}

/** SQLite itself then says that the disk is full. */
function forbidGrowth(database: Database, forbidden: boolean): void {
  const most = forbidden ? String(ask(database, 'pragma page_count')) : '1073741823'
  ask(database, `pragma max_page_count = ${most}`)
}
