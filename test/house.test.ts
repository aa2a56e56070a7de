import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'

const root = new URL('..', import.meta.url).pathname

/** Folders of like files that are named for them may hold any number. */
const likeFiles = new Set(['commands', 'migrations', 'decisions', 'fixtures', 'screenshots', 'locales'])

const folders = ['src', 'adapters', 'test'].flatMap((top) => [
  top,
  ...readdirSync(join(root, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length)),
])
const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'README.md')
    .map(({ name }) => name)
const sources = folders
  .filter((folder) => !folder.startsWith('test'))
  .flatMap((folder) => filesIn(folder).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.ts'))

test('a folder has at most 15 files', () => {
  const mixed = folders.filter((folder) => !folder.split('/').some((name) => likeFiles.has(name)))
  expect(mixed.filter((folder) => filesIn(folder).length > 15)).toEqual([])
})

test('each folder of the sources says in a README what it is for', () => {
  const silent = folders
    .filter((folder) => !folder.startsWith('test') && filesIn(folder).length > 0)
    .filter((folder) => !readdirSync(join(root, folder)).includes('README.md'))
  expect(silent).toEqual([])
})

test('a file shows what it exports before its helpers', () => {
  const helper = /^(?:async )?function |^const \w+ = (?:async )?(?:\(|<|\w+ =>)/
  const late = sources.filter((path) => {
    const lines = readFileSync(join(root, path), 'utf8').split('\n')
    const firstExport = lines.findIndex((line) => line.startsWith('export '))
    const firstHelper = lines.findIndex((line) => helper.test(line))
    return firstHelper !== -1 && firstExport !== -1 && firstHelper < firstExport
  })
  expect(late).toEqual([])
})

test.each(['slack', 'botframework', 'channex'])(
  '%s has the names of the other adapters in the same places',
  (name) => {
    const adapter = join('adapters', name)
    const parts = folders
      .filter((folder) => folder.startsWith(`${adapter}/`))
      .map((folder) => basename(folder))
    expect(filesIn(adapter)).toEqual(
      expect.arrayContaining(['index.ts', 'config.ts', 'id.ts', 'wire.ts', 'check.ts']),
    )
    expect(parts).toEqual(expect.arrayContaining(['api', 'read', 'receive', 'send']))
    expect(['api', 'install', 'poll', 'read', 'receive', 'send', 'set-up', 'text', 'workspace']).toEqual(
      expect.arrayContaining(parts),
    )
  },
)
