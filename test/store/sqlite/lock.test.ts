import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { link, readdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { openSpoolFile } from '../../../src/store/sqlite/spool.ts'
import { toSpoolText } from '../../../src/store/spool/spool.ts'
import { openStore } from '../../../src/store/open.ts'
import { claim, entry, toWords } from '../../contracts/store/harness.ts'
import { createSqliteDatabase } from './database.ts'

describe('the serve lock', () => {
  let database: Awaited<ReturnType<typeof createSqliteDatabase>>
  let other: ChildProcess | undefined
  let gone: Promise<unknown> | undefined

  beforeEach(async () => {
    database = await createSqliteDatabase()
  })
  afterEach(async () => {
    await kill()
    await database.destroy()
  })

  const serveElsewhere = async (): Promise<void> => {
    const script = new URL('../serve-process.ts', import.meta.url).pathname
    other = spawn(process.execPath, [script, database.path], { stdio: ['ignore', 'pipe', 'inherit'] })
    gone = once(other, 'exit')
    const [said] = await Promise.race([once(other.stdout ?? other, 'data'), once(other, 'exit')])
    expect(String(said)).toBe('serving\n')
  }
  const kill = async (): Promise<void> => {
    other?.kill('SIGKILL')
    await gone
  }

  test('refuses a second serve while the first one lives, and lets commands in', async () => {
    await serveElsewhere()
    await expect(database.open(systemClock)).rejects.toMatchObject({ name: 'StoreError', code: 'locked' })
    const command = await database.open(systemClock, { exclusive: false })
    expect((await command.log.states(['x'])).get('x')).toMatchObject({ lastAt: 1 })
    await command.marks.set('written by', 'a command')
    expect(await claim(command)).toEqual([])
    await command.close()
  })

  test('dies with its holder, whose leases end at once and whose entries are all there', async () => {
    await serveElsewhere()
    await kill()
    const store = await database.open(systemClock)
    expect(toWords(await claim(store))).toEqual(['x: a b'])
    await store.close()
  })

  test('holds within one process too, and is given up by closing', async () => {
    const first = await database.open(systemClock)
    await expect(database.open(systemClock)).rejects.toMatchObject({ code: 'locked' })
    await first.close()
    const second = await database.open(systemClock)
    await second.check()
    await second.close()
  })

  test.each([
    ['a link to the file', (path: string, folder: string) => symlink(path, join(folder, 'other.db'))],
    ['a link to its folder', (path: string, folder: string) => symlink(dirname(path), join(folder, 'other'))],
    ['a second name of the file', (path: string, folder: string) => link(path, join(folder, 'other.db'))],
  ])('refuses a second serve, and opens nothing, through %s', async (what, make) => {
    await serveElsewhere()
    const folder = dirname(dirname(database.path))
    await make(database.path, folder)
    const path = what.endsWith('folder') ? join(folder, 'other', 'connector.db') : join(folder, 'other.db')
    const opening = openStore({ url: `sqlite:${path}`, clock: systemClock, exclusive: true })
    const message = expect.stringMatching(/Another serve is running|a hard link/)
    await expect(opening).rejects.toMatchObject({ name: 'StoreError', message })
    expect((await readdir(folder)).toSorted()).toEqual([
      'data',
      what.endsWith('folder') ? 'other' : 'other.db',
    ])
  })

  test('takes over what an earlier version recorded beside a link', async () => {
    await (await database.open(systemClock)).close()
    const path = join(dirname(dirname(database.path)), 'other.db')
    await symlink(database.path, path)
    const spool = openSpoolFile(path)
    spool.add([toSpoolText([entry('x', 'a'), entry('x', 'b')])])
    spool.close()
    const store = await openStore({ url: `sqlite:${path}`, clock: systemClock, exclusive: true })
    await store.log.drain(10)
    expect(toWords(await claim(store))).toEqual(['x: a b'])
    await store.close()
    expect((await readdir(dirname(path))).toSorted()).toEqual(['data', 'other.db'])
  })

  test('is given up when opening fails further on', async () => {
    const first = await database.open(systemClock)
    await first.close()
    await database.run("insert into migration (number, name, at) values (1000, 'from the future', 0)")
    await expect(database.open(systemClock)).rejects.toMatchObject({ code: 'newer' })
    await database.run('delete from migration where number = 1000')
    await (await database.open(systemClock)).close()
  })
})
