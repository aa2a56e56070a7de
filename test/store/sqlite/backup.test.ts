import { existsSync } from 'node:fs'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { backUpSqlite } from '../../../src/store/sqlite/backup.ts'
import { openStore } from '../../../src/store/open.ts'
import { lockServe } from '../../../src/store/sqlite/open.ts'
import type { Store } from '../../../src/store/types.ts'
import { claim, entry, toWords } from '../../contracts/store/harness.ts'
import { createManualClock } from '../../fakes/clock.ts'
import { fillStatements } from '../large.ts'
import { restoreKilledDatabase } from '../postgres/killed-database.ts'
import { createSqliteDatabase, type SqliteDatabase } from './database.ts'

const clock = createManualClock({ skipSleeps: true })
let database: SqliteDatabase
let copy = ''
beforeEach(async () => {
  database = await createSqliteDatabase({ apart: true })
  copy = join(dirname(database.path), 'copy.db')
})
afterEach(() => database.destroy())

const backUp = (onProgress: (left: number) => void = () => {}): Promise<void> =>
  backUpSqlite({ from: database.path, to: copy, clock, onProgress })

const openCopy = () => openStore({ url: `sqlite:${copy}`, clock, exclusive: true })

const filesBeside = async (): Promise<readonly string[]> =>
  (await readdir(dirname(copy))).filter((name) => name.startsWith('copy.db'))

/** Records one entry after the other, and appends them at times, as `serve` does. */
const write = (store: Store): { readonly recorded: () => number; readonly stop: () => Promise<void> } => {
  let recorded = 0
  const stopping = new AbortController()
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await store.log.record([entry('lane', `${recorded}`)])
      recorded += 1
      if (recorded % 10 === 0) await store.log.drain(5)
      await nextTurn()
    }
  }
  const running = run()
  return {
    recorded: () => recorded,
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

/** A folder beside the copy, with empty files. */
const folderOf = async (name: string, files: readonly string[]): Promise<string> => {
  const store = await database.open(clock)
  await store.close()
  const folder = join(dirname(copy), name)
  await mkdir(folder)
  for (const file of files) await writeFile(join(folder, file), '')
  return folder
}

test('a database that cannot be opened is named, and not its copy', async () => {
  const store = await database.open(clock)
  await store.close()
  const from = join(dirname(copy), 'notes.txt')
  await writeFile(from, 'x'.repeat(5000))
  await expect(backUpSqlite({ from, to: copy, clock, onProgress: () => {} })).rejects.toThrow(
    `The database was not copied to ${copy}: ${from} is no SQLite database`,
  )
  expect(await filesBeside()).toEqual([])
})

describe('what a killed backup left behind', () => {
  test('is removed by the next one, whatever file that writes', async () => {
    const left = await folderOf('yesterday.db.aB3xY9', ['copy', 'copy-wal', 'copy.serve', 'copy.spool'])
    await backUp()
    expect(existsSync(left)).toBe(false)
    expect(await filesBeside()).toEqual(['copy.db'])
  })

  test.each([
    ['a copy that is being made', ['copy', 'copy.serve']],
    ['a folder that has no copy yet', ['copy.serve']],
    ['somebody else’s folder', ['copy']],
    ['an empty one', []],
  ])('stays where it is %s', async (_row, files) => {
    const folder = await folderOf('other.db.aB3xY9', files)
    const unlock = files.length === 2 ? lockServe(join(folder, 'copy')) : undefined
    await backUp()
    unlock?.()
    expect((await readdir(folder)).toSorted()).toEqual(files.toSorted())
  })
})

describe('a backup of a SQLite database', () => {
  test('ends under a steady writer, and misses nothing that was recorded before it began', async () => {
    const store = await database.open(clock)
    for (const statement of fillStatements(20_000)) await database.run(statement)
    const writer = write(store)
    while (writer.recorded() < 100) await nextTurn()
    const before = writer.recorded()
    const steps: { readonly left: number; readonly recorded: number }[] = []
    await backUp((left) => steps.push({ left, recorded: writer.recorded() }))
    // The writer went on between the steps, and none of them began again.
    expect(new Set(steps.map(({ recorded }) => recorded)).size).toBeGreaterThan(2)
    const lefts = steps.map(({ left }) => left)
    expect(lefts).toEqual(lefts.toSorted((a, b) => b - a))
    await writer.stop()
    await store.close()
    const copied = await openCopy()
    const [run] = (await claim(copied, { limit: 100_000 })).filter(({ lane }) => lane === 'lane')
    const payloads = run?.entries.map(({ payload }) => payload) ?? []
    expect(payloads.length).toBeGreaterThanOrEqual(before)
    expect(payloads).toEqual(payloads.map((_, index) => `${index}`))
    await copied.close()
  })

  test('holds what stands in no lane yet, in one file that only its owner can read', async () => {
    const store = await database.open(clock)
    await store.log.append([entry('lane', 'a')])
    await store.log.record([entry('lane', 'b'), entry('other', 'c')])
    await backUp()
    await store.close()
    expect(await filesBeside()).toEqual(['copy.db'])
    expect((await stat(copy)).mode & 0o777).toBe(0o600)
    const inside = new DatabaseSync(copy, { readOnly: true })
    expect(inside.prepare('select payload from entry order by payload').all()).toHaveLength(3)
    expect(inside.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    inside.close()
  })

  test('changes nothing in the database that it copies', async () => {
    const store = await database.open(clock)
    await store.log.record([entry('lane', 'a')])
    await backUp()
    expect(await store.log.drain(10)).toBe(1)
    await store.close()
  })

  test('takes along what the database had refused', async () => {
    const store = await database.open(clock)
    await store.log.record([entry('x', 'a', { kind: null as unknown as string }), entry('x', 'b')])
    await store.log.drain(10)
    await backUp()
    await store.close()
    expect(await filesBeside()).toEqual(['copy.db', 'copy.db.spool'])
    expect((await stat(`${copy}.spool`)).mode & 0o777).toBe(0o600)
    const copied = await openStore({ url: `sqlite:${copy}`, clock, exclusive: false })
    expect(await copied.admin.figures.spooled()).toEqual({ waiting: 0, refused: 1 })
    expect(toWords(await claim(copied))).toEqual(['x: b'])
    await copied.close()
  })

  test('is made of what a killed process left, too', async () => {
    await restoreKilledDatabase(database.path)
    await backUp()
    const copied = await openCopy()
    expect(toWords(await claim(copied)).toSorted()).toEqual([
      'held: claimed third',
      'waiting: first, with a nul: a\uFFFDb second',
    ])
    await copied.close()
  })

  test('leaves nothing behind when it fails, and says which copy', async () => {
    await (await database.open(clock)).close()
    await writeFile(
      `${database.path}.spool`,
      'no database, but long enough to be looked at as if it were one',
    )
    await expect(backUp()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`was not copied to ${copy}: `),
    })
    expect(await filesBeside()).toEqual([])
  })
})
