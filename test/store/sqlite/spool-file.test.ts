import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openSpoolFile, type SpoolFile } from '../../../src/store/sqlite/spool.ts'

let folder: string
let spool: SpoolFile
/** The spool's own connection: how it writes is known to nobody else. */
let connection: DatabaseSync

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'))
  const exec = vi.spyOn(DatabaseSync.prototype, 'exec')
  spool = openSpoolFile(join(folder, 'connector.db'))
  connection = exec.mock.contexts[0] as DatabaseSync
  exec.mockRestore()
})
afterEach(async () => {
  spool.close()
  await rm(folder, { recursive: true })
})

/** How the next record is written. */
const durability = () => ({
  ...connection.prepare('pragma journal_mode').get(),
  ...connection.prepare('pragma synchronous').get(),
})

const writtenThrough = { journal_mode: 'wal', synchronous: 2 }
const rows = ['a', 'b'].map((entries) => ({ entries, size: 1 }))

describe('what is added to the spool is written through to the disk', () => {
  test('from the beginning', () => {
    expect(durability()).toEqual(writtenThrough)
  })

  test('after something was removed', () => {
    spool.add(rows)
    spool.remove(spool.oldest(1))
    expect(spool.size()).toEqual({ waiting: 1, refused: 0 })
    expect(durability()).toEqual(writtenThrough)
  })

  test('after a removal that failed', () => {
    spool.add(rows)
    const other = new DatabaseSync(join(folder, 'connector.db.spool'))
    other.exec(`create trigger kept before delete on spool begin select raise(abort, 'kept'); end`)
    expect(() => spool.remove(spool.oldest(1))).toThrow('kept')
    other.close()
    expect(spool.size()).toEqual({ waiting: 2, refused: 0 })
    expect(durability()).toEqual(writtenThrough)
  })
})

test('a spool that cannot be written through to the disk is refused', () => {
  // So SQLite answers where it cannot share memory, on a network drive for instance: it goes on without saying more.
  const answer = { get: () => ({ journal_mode: 'delete', synchronous: 2 }) } as unknown as StatementSync
  const answers = vi.spyOn(DatabaseSync.prototype, 'prepare').mockReturnValue(answer)
  try {
    expect(() => openSpoolFile(join(folder, 'elsewhere.db'))).toThrow(
      expect.objectContaining({ code: 'unavailable', message: expect.stringContaining('local disk') }),
    )
  } finally {
    answers.mockRestore()
  }
})
