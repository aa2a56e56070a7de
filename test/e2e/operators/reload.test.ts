import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { startLoad } from '../crash/load.ts'
import { chooseSeed, createChance } from '../crash/random.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

const seed = chooseSeed(process.env['RELOAD_SEED'])
const reloads = 8
/** Some are asked for while one is being taken over, and some files are broken. */
const takenOver = 4
/** Less than the minute for which a lane is leased that nobody has given back. */
const settling = { timeout: 45_000, interval: 100 }

let folder: string
let file: string
let system: SystemFixture
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mews-chat-reload-'))
  file = join(folder, 'connector.yaml')
  await writeFile(file, 'texts: {}\n')
  system = await createSystemFixture({
    CONFIG_FILE: file,
    MEWS_SYNC_SECONDS: '2',
    CHANNEX_SYNC_SECONDS: '2',
    MEWS_REQUESTS_PER_30S: '200',
  })
  await system.connector.start()
})
afterAll(async () => {
  await system.close()
  await rm(folder, { recursive: true })
})

const lines = (words: string): readonly string[] =>
  system.connector.output.split('\n').filter((line) => line.includes(words))

/** Has a file taken over, and waits until that many lines say what became of it. */
const takeOver = async (yaml: string, words: string, count: number): Promise<readonly string[]> => {
  const before = lines(words).length
  await writeFile(file, yaml)
  system.connector.hangUp()
  await vi.waitFor(() => expect(lines(words).length).toBeGreaterThanOrEqual(before + count), patience)
  return lines(words).slice(before)
}

const statusOf = async (path: string): Promise<number> =>
  (await fetch(`${system.connector.url}${path}`, { redirect: 'manual' })).status

test('SIGHUP takes over what has changed: routes come and go', async () => {
  expect(await statusOf('/admin')).toBe(404)
  await takeOver('settings: { ADMIN_TOKEN: the-console-of-the-tests }\n', 'configuration taken over', 1)
  expect(await statusOf('/admin')).toBe(303)
  await takeOver('texts: {}\n', 'configuration taken over', 1)
  expect(await statusOf('/admin')).toBe(404)
})

test('what is wrong is said, problem by problem and without a secret, and what was there goes on', async () => {
  await takeOver('settings: { ADMIN_TOKEN: the-console-of-the-tests }\n', 'configuration taken over', 1)
  const wrong =
    'settings: { ADMIN_TOKEN: other-secret-of-the-tests, RETENTION_DAYS: soon, THREAD_IDLE_DAYS: none }\n'
  const said = await takeOver(wrong, 'configuration not taken over', 2)
  expect(said.join('\n')).toContain('RETENTION_DAYS')
  expect(said.join('\n')).toContain('THREAD_IDLE_DAYS')
  expect(system.connector.output).not.toContain('other-secret')
  expect(await statusOf('/admin')).toBe(303)
  expect(await statusOf('/readyz')).toBe(200)
})

test(`under load, ${reloads} reloads or more lose nothing, double nothing and refuse nobody (RELOAD_SEED=${seed})`, async ({
  onTestFailed,
}) => {
  onTestFailed(() => void process.stdout.write(system.connector.output.slice(-10_000)))
  const chance = createChance(seed)
  const started = system.connector.output.split('listening on').length
  const before = lines('configuration taken over').length
  const load = startLoad(system, chance, 400)
  const wasTakenOver = (): number => lines('configuration taken over').length - before
  for (let turn = 0; turn < reloads || wasTakenOver() < takenOver; turn += 1) {
    await pause(chance.between(50, 500))
    const broken = chance.happens(0.2)
    await writeFile(file, broken ? 'settings: [' : `settings: { THREAD_IDLE_DAYS: ${turn + 1} }\n`)
    system.connector.hangUp()
  }
  await vi.waitFor(() => expect(load.replies).toBeGreaterThan(0), patience)
  await load.stop()
  await vi.waitFor(() => expect(load.balance().details).toEqual([]), settling)
  const metrics = await (await fetch(`${system.connector.url}/metrics`)).text()
  const { lost, doubled, outOfOrder, orphans } = load.balance()
  expect({ lost, doubled, outOfOrder, orphans }).toEqual({ lost: 0, doubled: 0, outOfOrder: 0, orphans: 0 })
  expect(metrics).toMatch(/answer_seconds_count\{route="\/slack\/events",status="200"\}/)
  expect(metrics).not.toMatch(/answer_seconds_count\{.*status="[45]/)
  expect(system.connector.output.split('listening on')).toHaveLength(started)
  expect(await system.connector.stop()).toBe(0)
})
