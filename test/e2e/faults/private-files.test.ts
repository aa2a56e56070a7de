import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { heapFlags } from '../../../src/heap.cjs'
import { patience } from '../../fakes/clock.ts'
import { runCommand } from '../../cli/run-command.ts'
import { createConnectorProcess, executable } from '../support/connector-process.ts'
import { conversationKinds } from '../support/conversation-kinds.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

/** A user whose umask takes nothing from what programs give to others. */
const generously = (...args: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  'umask 000 && exec "$@"',
  'sh',
  process.execPath,
  ...heapFlags,
  executable,
  ...args,
]

let folder = ''
let system: SystemFixture
const data = (): string => join(folder, 'made', 'data')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'private-'))
  await chmod(folder, 0o755)
  const settings = { DATABASE_URL: `sqlite:${join(data(), 'connector.db')}`, MEWS_SYNC_SECONDS: '3600' }
  system = await createSystemFixture(settings, {}, (given) =>
    createConnectorProcess(given, { command: () => generously('serve') }),
  )
  await system.connector.start()
  await conversationKinds['a Slack direct message']?.(system).say('My passport is C01X00T47')
  await vi.waitUntil(() => system.mews.threads().length === 1, patience)
})
afterAll(async () => {
  await system.close()
  await rm(folder, { recursive: true, force: true })
})

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o7777).toString(8)

const modes = async (): Promise<Readonly<Record<string, string>>> => {
  const names = await readdir(data())
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await modeOf(join(data(), name))] as const)),
  )
}

const run = (...args: readonly string[]) => {
  const [shell = '', ...rest] = generously(...args)
  const env = { ...process.env, ...system.connector.settings }
  return new Promise<string>((resolve, reject) => {
    execFile(shell, rest, { cwd: folder, env }, (error, out) =>
      error === null ? resolve(out) : reject(error),
    )
  })
}

const check = async () => {
  const { out } = await runCommand(['check', '--json'], system.connector.settings)
  const { findings } = JSON.parse(out) as { readonly findings: readonly { readonly name: string }[] }
  return findings.find(({ name }) => name === 'Database files')
}

const tightened = (): readonly string[] =>
  system.connector.output.split('\n').filter((line) => line.includes('database files made private'))

test('what serve writes only its user can read, whatever the umask', async () => {
  const files = ['connector.db', 'connector.db-shm', 'connector.db-wal']
  const spool = files.map((name) => name.replace('.db', '.db.spool'))
  const found = await modes()
  expect(Object.keys(found)).toEqual(expect.arrayContaining([...files, 'connector.db.serve', ...spool]))
  expect(new Set(Object.values(found))).toEqual(new Set(['600']))
  expect(await modeOf(data())).toBe('700')
  expect(await modeOf(join(folder, 'made'))).toBe('700')
  expect(tightened()).toEqual([])
  expect(await check()).toMatchObject({ ok: true, detail: 'only their owner can read them' })
})

test('so it is with a backup and a transcript in a file', async () => {
  for (const command of [
    ['backup', 'copy.db'],
    ['transcript', 'slack:D0PENELOPE', '--out', 'penelope.txt'],
    ['transcript', 'slack:D0PENELOPE', '-f', 'html', '--out', 'penelope.html'],
  ])
    await run(...command)
  for (const name of ['copy.db', 'penelope.txt', 'penelope.html'])
    expect([name, await modeOf(join(folder, name))]).toEqual([name, '600'])
  await expect(run('transcript', 'slack:D0PENELOPE', '--out', 'penelope.txt')).rejects.toThrow(
    'penelope.txt is there already: name a new file.',
  )
})

test('what an earlier version left open is closed at the next start, and told once', async () => {
  await system.connector.stop()
  for (const name of await readdir(data())) await chmod(join(data(), name), 0o644)
  await chmod(data(), 0o755)
  expect(await check()).toMatchObject({ ok: false, detail: expect.stringContaining('chmod 600 ') })
  await system.connector.start()
  expect(new Set(Object.values(await modes()))).toEqual(new Set(['600']))
  expect(await modeOf(data())).toBe('700')
  const [line = '{}', ...others] = tightened()
  expect(others).toEqual([])
  expect(JSON.parse(line).files).toEqual(
    expect.arrayContaining([join(data(), 'connector.db'), join(data(), 'connector.db.spool'), data()]),
  )
  await system.connector.stop()
  await system.connector.start()
  expect(tightened()).toHaveLength(1)
})

test.each([0o1777, 0o777])(
  'a folder in which any user may put files is left as it is, though it holds nothing else: %o',
  async (mode) => {
    await system.connector.stop()
    await chmod(data(), mode)
    await system.connector.start()
    expect(await modeOf(data())).toBe(mode.toString(8))
    expect(await check()).toMatchObject({ ok: false, detail: expect.stringContaining(`${data()} is shared`) })
  },
)

test('a folder in which something else stands is left as it is, and check tells of it', async () => {
  await system.connector.stop()
  await writeFile(join(data(), 'menu.pdf'), '')
  await chmod(data(), 0o755)
  await system.connector.start()
  expect(await modeOf(data())).toBe('755')
  expect(await check()).toMatchObject({ ok: true, detail: expect.stringContaining('can see their names') })
  await chmod(data(), 0o1777)
  expect(await check()).toMatchObject({ ok: false, detail: expect.stringContaining(`${data()} is shared`) })
})
