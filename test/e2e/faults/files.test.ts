import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runProgram } from '../support/run-program.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mews-chat-files-'))
  await mkdir(join(folder, 'folder'), { mode: 0o755 })
  await writeFile(join(folder, 'notes.txt'), 'These are somebody’s notes.', { mode: 0o644 })
})
afterAll(() => rm(folder, { recursive: true }))

test.each([
  ['folder', /folder is a folder: set DATABASE_URL to a file\.$/],
  ['notes.txt', /notes\.txt is no SQLite database: set DATABASE_URL to another path/],
  ['notes.txt/connector.db', /connector\.db cannot be used: a part of the path is a file, no folder/],
])('serve on %s says what to do in one line, and leaves it as it is', async (path, words) => {
  const program = runProgram({
    BOT_ALLOW_ANONYMOUS: 'true',
    DATABASE_URL: `sqlite:${join(folder, path)}`,
    HOST: '127.0.0.1',
    MEWS_ACCESS_TOKEN: 'access',
    MEWS_CLIENT_TOKEN: 'client',
    MEWS_PLATFORM_ADDRESS: 'http://127.0.0.1:1',
    MEWS_WEBHOOK_TOKEN: 'webhook-token-of-the-tests',
    PORT: '0',
  })
  expect(await program.ended).toBe(1)
  expect(program.output.trim().split('\n')).toEqual([expect.stringMatching(words)])
  expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('These are somebody’s notes.')
  const modes = await Promise.all(['folder', 'notes.txt'].map((name) => stat(join(folder, name))))
  expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o755, 0o644])
})
