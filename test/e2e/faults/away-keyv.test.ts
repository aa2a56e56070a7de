import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { useSystemOnPostgres } from '../support/system-on-postgres.ts'
import { bareEnvironment, executable } from '../support/connector-process.ts'

const away = useSystemOnPostgres('KEYV_URL')

/** Resolves when the backend was asked in vain once more. */
const refused = async (): Promise<void> => {
  const before = failures()
  await vi.waitFor(() => expect(failures()).toBeGreaterThan(before), patience)
}
const failures = (): number => away().system.connector.output.split('lane waits').length

/** That a reply was put off, as turns are: not left to its lease. */
const waitingReplies = (): readonly string[] =>
  away()
    .system.connector.output.split('\n')
    .filter((line) => line.includes('lane waits') && line.includes('"lane":"reply:'))

/** What `check` says of the backend. */
const checked = async (): Promise<string | undefined> => {
  const options = { cwd: tmpdir(), env: { ...bareEnvironment(), ...away().system.connector.settings } }
  const text = await new Promise<string>((resolve) => {
    execFile(process.execPath, [executable, 'check'], options, (_, out) => resolve(out))
  })
  return text.split('\n').find((line) => line.includes('Records (KEYV_URL)'))
}

test('while the backend of bindings is away turns wait, and no second thread is opened, also after a restart', async () => {
  const { system, server, say, written } = away()
  expect(await say('one')).toEqual([200])
  await vi.waitFor(() => expect(written()).toEqual([['one']]), patience)

  expect(await checked()).toMatch(/^ok .* postgres, reached$/)

  await server.crash()
  expect(await checked()).toMatch(/^FAILED .* postgres does not answer/)
  expect(await say('two')).toEqual([200])
  await refused()
  expect(written()).toEqual([['one']])

  const [thread] = system.mews.threads()
  system.mews.reply(thread?.id ?? '', 'an answer')
  await vi.waitFor(() => expect(waitingReplies()).not.toEqual([]), patience)

  await system.connector.kill()
  await system.connector.start()
  expect(await say('three')).toEqual([200])
  await refused()
  expect(written()).toEqual([['one', 'an answer']])

  await server.start()
  await vi.waitFor(() => expect(written()).toEqual([['one', 'an answer', 'two', 'three']]), patience)
  system.mews.reply(thread?.id ?? '', 'four')
  const { id } = system.teams.activities.message('')['conversation'] as { readonly id: string }
  const posted = () => system.teams.connector.posted(id).map(({ activity }) => activity['text'])
  await vi.waitFor(() => expect(posted()).toEqual(['an answer', 'four']), patience)
  expect(system.connector.output).not.toContain('left until its lease ends')
  expect(await system.connector.stop()).toBe(0)
})
