import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { bareEnvironment, executable } from '../support/connector-process.ts'

const run = (...args: readonly string[]) =>
  new Promise<{ readonly code: unknown; readonly out: string; readonly err: string }>((resolve) => {
    const options = { cwd: tmpdir(), env: bareEnvironment() }
    execFile(process.execPath, [executable, ...args], options, (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    )
  })

test('the executable runs commands and ends with their exit codes', async () => {
  const manifest = await run('manifest', 'slack', '--public-url', 'https://chat.example.com')
  expect(manifest).toMatchObject({ code: 0, err: '' })
  expect(manifest.out).toContain('https://chat.example.com/slack/events')
  expect(await run('nonsense')).toMatchObject({ code: 2, out: '' })
  expect(await run('check')).toMatchObject({ code: 1, out: expect.stringContaining('FAILED  Settings') })
})

test('a reader who goes before a command has written does not end it with an error', async () => {
  const options = { cwd: tmpdir(), env: bareEnvironment() }
  const child = spawn(process.execPath, [executable, 'completion', 'bash'], options)
  let complaints = ''
  child.stderr.on('data', (data: Buffer) => (complaints += data.toString('utf8')))
  child.stdout.destroy()
  expect(await once(child, 'close')).toEqual([0, null])
  expect(complaints).toBe('')
})
