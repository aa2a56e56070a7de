import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { patience } from '../fakes/clock.ts'
import { createConnectorProcess } from '../e2e/support/connector-process.ts'
import { conversationKinds } from '../e2e/support/conversation-kinds.ts'
import { createSystemFixture } from '../e2e/support/system-fixture.ts'

interface LockedPackage {
  readonly name?: string
  readonly dev?: boolean
}

const repository = new URL('../..', import.meta.url).pathname
const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

/** Where an empty package is installed for one that is never used. */
const leftOut = Object.entries(packages)
  .filter(([, { name, dev }]) => name === 'empty-npm-package' && dev !== true)
  .map(([folder]) => folder)

/** Bolt exports two classes anew; restify does without a provider where it gets none. */
const harmless = new Set(['createDTraceProvider', 'FileInstallationStore', 'MemoryInstallationStore'])

test('what is left out of the dependencies is never used, wherever guests write', async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'mews-chat-loads-'))
  onTestFinished(() => rmSync(temporary, { recursive: true }))
  const loads = join(temporary, 'loads')
  const flags = ['--import', join(import.meta.dirname, 'note-loads.ts')]
  const system = await createSystemFixture({}, {}, (settings) =>
    createConnectorProcess((url) => ({ ...settings(url), LOADS: loads }), { flags }),
  )
  onTestFinished(() => system.close())
  await system.connector.start()
  for (const createPlace of Object.values(conversationKinds)) {
    const before = system.mews.threads().length
    const place = createPlace(system)
    await place.say('Is there a parking space?')
    await vi.waitFor(() => expect(system.mews.threads()).toHaveLength(before + 1), patience)
    system.mews.reply(system.mews.threads().at(-1)?.id ?? '', 'There is.')
    await vi.waitFor(() => expect(place.heard()).toEqual(['There is.']), patience)
  }
  const loaded = readFileSync(loads, 'utf8')
  for (const name of ['botbuilder-core', '@slack/bolt', 'restify'])
    expect(loaded).toContain(`/node_modules/${name}/`)
  const onMain = loaded.split('\n').filter((line) => line.startsWith('0:'))
  // Each takes a while and some memory: queries are made on other threads, and there is no CONFIG_FILE.
  expect(onMain.filter((line) => /\/node_modules\/(kysely|yaml)\//.test(line))).toEqual([])
  // Several are loaded, by modules that name them and never call them: the check does see them.
  expect(leftOut.filter((folder) => loaded.includes(`/${folder}/`))).not.toEqual([])
  const used = loaded.split('\n').filter((line) => line.includes(' '))
  expect(new Set(used.map((line) => line.split(' ').at(-1)))).toEqual(harmless)
})

test('no plugin of restify is used', () => {
  const used = readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap(
      (name) => readFileSync(join(repository, 'src', name), 'utf8').match(/'restify(?:\/[^']*)?'/g) ?? [],
    )
  expect(new Set(used)).toEqual(new Set(["'restify/lib/server'", "'restify/lib/router'"]))
})
