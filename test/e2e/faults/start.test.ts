import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listenAnywhere } from '../../fakes/port.ts'
import { runProgram } from '../support/run-program.ts'

let folder: string
let other: Server
let taken: number
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mews-chat-start-'))
  other = createServer()
  taken = await listenAnywhere(
    (port) =>
      new Promise((resolve, reject) => {
        other.once('error', reject).listen(port, '127.0.0.1', resolve)
      }),
  )
})
afterAll(async () => {
  other.close()
  await rm(folder, { recursive: true })
})

const settings = () => ({
  HOST: '127.0.0.1',
  PORT: '0',
  DATABASE_URL: `sqlite:${join(folder, 'connector.db')}`,
  MEWS_CLIENT_TOKEN: 'client',
  MEWS_ACCESS_TOKEN: 'access',
  MEWS_WEBHOOK_TOKEN: 'webhook-token-of-the-tests',
  MEWS_PLATFORM_ADDRESS: 'http://127.0.0.1:1',
  SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
  SLACK_BOT_TOKEN: 'xoxb-1',
})

test('where it cannot listen, it says so in one line, leaves the database in order and ends with 1', async () => {
  const wrong = [
    [{ PORT: String(taken) }, /^Something else listens there already \(.+\)\. .*PORT/m],
    // An address of the documentation's, which no machine has.
    [{ HOST: '203.0.113.1' }, /^This machine has no such address \(.+\)\. .*HOST/m],
    [{ HOST: 'nobody.invalid' }, /^This machine has no such address \(.+\)\. .*HOST/m],
  ] as const
  for (const [changed, words] of wrong) {
    const program = runProgram({ ...settings(), ...changed })
    expect(await program.ended).toBe(1)
    expect(program.output).toMatch(words)
    expect(program.output).not.toMatch(/^ +at /m)
  }
  expect(await readdir(folder)).not.toContain('connector.db-wal')
})

test('the sandbox leaves nothing behind when its port, or the one beside it, is taken', async () => {
  const temporary = await mkdtemp(join(folder, 'temporary-'))
  for (const port of [taken, taken - 1]) {
    const program = runProgram({ PORT: String(port), TMPDIR: temporary })
    expect(await program.ended).toBe(1)
    expect(program.output).toMatch(/^Something else listens there already/m)
  }
  expect(await readdir(temporary)).toEqual([])
})
