import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { freePort } from '../../fakes/port.ts'
import { runProgram } from '../support/run-program.ts'

const complete = {
  HOST: '127.0.0.1',
  DATABASE_URL: 'sqlite:connector.db',
  MEWS_CLIENT_TOKEN: 'client',
  MEWS_ACCESS_TOKEN: 'access',
  MEWS_WEBHOOK_TOKEN: 'webhook-token-of-the-tests',
  MEWS_PLATFORM_ADDRESS: 'http://127.0.0.1:1',
  SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
  SLACK_BOT_TOKEN: 'xoxb-1',
  PORT: '1',
}

const toText = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mews-chat-env-'))
})
afterEach(() => rm(folder, { recursive: true }))

const write = (name: string, settings: Readonly<Record<string, string>>) =>
  writeFile(join(folder, name), toText(settings))

test('the executable reads .env beside it by itself; the environment wins, and SIGHUP reads it anew', async () => {
  await write('.env', complete)
  const port = await freePort()
  const program = runProgram({ PORT: String(port) }, folder)
  await program.begun
  expect(program.output).toContain(`listening on http://127.0.0.1:${port}\n`)
  const statusOfConsole = async (): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}/admin`, { redirect: 'manual' })).status
  expect(await statusOfConsole()).toBe(404)
  await write('.env', { ...complete, ADMIN_TOKEN: 'token-of-the-file' })
  program.signal('SIGHUP')
  await vi.waitFor(async () => expect(await statusOfConsole()).toBe(303), patience)
  program.signal('SIGTERM')
  expect(await program.ended).toBe(0)
})

test('where Node was told of files, those are the settings, and .env is none of them', async () => {
  await write('.env', { ...complete, THREAD_IDLE_DAYS: 'wrong' })
  await write('other.env', { ...complete, PORT: '0' })
  const program = runProgram({}, folder, ['--env-file=other.env'])
  await program.begun
  expect(program.output).toContain('listening on')
  program.signal('SIGTERM')
  expect(await program.ended).toBe(0)
})

test('a .env that cannot be read is a wrong setting', async () => {
  await mkdir(join(folder, '.env'))
  const program = runProgram({ PORT: '0' }, folder)
  expect(await program.ended).toBe(2)
  expect(program.output).toMatch(/^\.env cannot be read \(\w+\)\.$/m)
})
