import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../port.ts'
import { explainFileFailure } from '../../util/failure.ts'
import { StoreError } from '../error.ts'
import { stampBackup } from '../restored.ts'
import { attemptOpening, refuseSecondName } from './file.ts'
import { openStore } from '../open.ts'
import { lockServe, toLockPath } from './open.ts'

export interface BackupOptions {
  /** The path of the database; others may be writing to it. */
  readonly from: string
  /** The path of the copy: nothing is there yet, and its folder exists. */
  readonly to: string
  readonly clock: Clock
  /** Called with how much of it is left, from 1 to 0. */
  readonly onProgress: (left: number) => void
}

/**
 * Copies a SQLite database with everything that was recorded when this was called, into one file that only its owner can
 * read, and stamps it with the time. The file appears once it is whole; beside it, as `<file>.spool`, what the database had refused, if there is any.
 * Removes what earlier copies left in the same folder when they were killed. Rejects with `unavailable`.
 */
export const backUpSqlite = async ({ from, to, clock, onProgress }: BackupOptions): Promise<void> => {
  const target = resolve(to)
  const at = clock.now()
  let folder: TemporaryFolder | undefined
  try {
    removeLeftovers(dirname(target))
    folder = makeFolder(target)
    const { copy } = folder
    // The spool first: what is appended to its lane in between is in both copies, and is recognised.
    if (existsSync(`${from}.spool`)) await copyFile(`${from}.spool`, `${copy}.spool`, () => {})
    await copyFile(from, copy, onProgress)
    if (await completeCopy(copy, at, clock)) move(`${copy}.spool`, `${target}.spool`)
    move(copy, target)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const reason = explainFileFailure(error, target) ?? message
    throw new StoreError('unavailable', `The database was not copied to ${to}: ${reason}`, { cause: error })
  } finally {
    folder?.remove()
  }
}

const copyName = 'copy'

/** Where a copy is made. */
interface TemporaryFolder {
  readonly copy: string
  remove(): void
}

/** Makes one beside the target, `<file>.aB3xY9`, and locks it. */
const makeFolder = (target: string): TemporaryFolder => {
  const folder = mkdtempSync(`${target}.`)
  const copy = join(folder, copyName)
  const unlock = lockServe(copy)
  return {
    copy,
    remove: () => {
      unlock()
      rmSync(folder, { recursive: true })
    },
  }
}

/**
 * Removes temporary folders of copies whose process was killed. A folder is one of ours where a copy stands beside its lock; the
 * operating system gives the lock free when its process dies. One that cannot be removed stays.
 */
const removeLeftovers = (folder: string): void => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !/\.[A-Za-z\d]{6}$/.test(entry.name)) continue
    const left = join(folder, entry.name)
    const copy = join(left, copyName)
    // The lock is taken before the copy begins, so a copy without a holder is left over.
    const hasCopy = existsSync(copy) || existsSync(`${copy}.spool`)
    if (!hasCopy || !existsSync(toLockPath(copy))) continue
    try {
      lockServe(copy)()
      rmSync(left, { recursive: true })
    } catch {
      continue
    }
  }
}

const pagesAtOnce = 2_000

/** Copies what the file holds at this moment. SQLite would begin again at each commit of another connection, if a transaction did not hold that moment. */
const copyFile = async (from: string, to: string, onProgress: (left: number) => void): Promise<void> => {
  refuseSecondName(from)
  const source = attemptOpening(from, () => new DatabaseSync(from, { readOnly: true }))
  try {
    attemptOpening(from, () => {
      source.exec('begin')
      source.prepare('select count(*) from sqlite_schema').get()
    })
    await backup(source, to, {
      rate: pagesAtOnce,
      progress: ({ totalPages, remainingPages }) => onProgress(remainingPages / Math.max(totalPages, 1)),
    })
  } finally {
    source.close()
  }
}

/** Appends to the lanes of the copy what stands in its spool, and stamps it; resolves with whether something has to stay in the spool. */
const completeCopy = async (copy: string, at: number, clock: Clock): Promise<boolean> => {
  const store = await openStore({ url: `sqlite:${copy}`, clock, exclusive: false })
  try {
    await stampBackup(store.marks, at)
    const { waiting, refused } = await store.admin.figures.spooled()
    return waiting + refused > 0
  } finally {
    await store.close()
  }
}

const move = (from: string, to: string): void => {
  chmodSync(from, 0o600)
  renameSync(from, to)
}
