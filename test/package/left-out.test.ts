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

/** restify loads its plugins at once, and with them what they need. No plugin is used here. */
const namedByPlugins = ['csv', 'dtrace-provider', 'http-signature']

test('what is left out of the dependencies is never loaded, wherever guests write', async () => {
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
  expect(loaded).toContain('/node_modules/botbuilder-core/')
  expect(leftOut.length).toBeGreaterThan(namedByPlugins.length)
  const found = leftOut.filter((folder) => loaded.includes(`/${folder}/`))
  expect(found).toEqual(namedByPlugins.map((name) => `node_modules/restify/node_modules/${name}`))
})

test('no plugin of restify is used', () => {
  const used = readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => readFileSync(join(repository, 'src', name), 'utf8').match(/\brestify\.\w+/g) ?? [])
  expect(new Set(used)).toEqual(new Set(['restify.createServer']))
})
