import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openSpoolFile, type SpoolFile } from '../../src/store/spool-file.ts'

let folder: string
let spool: SpoolFile
/** The spool's own connection: how it writes is known to nobody else. */
let connection: Sqlite.Database

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'))
  const pragma = vi.spyOn(Sqlite.prototype, 'pragma')
  spool = openSpoolFile(join(folder, 'connector.db'))
  connection = pragma.mock.contexts[0] as Sqlite.Database
  pragma.mockRestore()
})
afterEach(async () => {
  spool.close()
  await rm(folder, { recursive: true })
})

/** How the next record is written. */
const durability = () => ({
  mode: connection.pragma('journal_mode', { simple: true }),
  synchronous: connection.pragma('synchronous', { simple: true }),
})

const writtenThrough = { mode: 'wal', synchronous: 2 }
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
    const other = new Sqlite(join(folder, 'connector.db.spool'))
    other.exec(`create trigger kept before delete on spool begin select raise(abort, 'kept'); end`)
    expect(() => spool.remove(spool.oldest(1))).toThrow('kept')
    other.close()
    expect(spool.size()).toEqual({ waiting: 2, refused: 0 })
    expect(durability()).toEqual(writtenThrough)
  })
})

test('a spool that cannot be written through to the disk is refused', () => {
  // So SQLite answers where it cannot share memory, on a network drive for instance: it goes on without saying more.
  const answers = vi.spyOn(Sqlite.prototype, 'pragma').mockReturnValue('delete')
  try {
    expect(() => openSpoolFile(join(folder, 'elsewhere.db'))).toThrow(
      expect.objectContaining({ code: 'unavailable', message: expect.stringContaining('local disk') }),
    )
  } finally {
    answers.mockRestore()
  }
})
