import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { systemClock } from '../../src/clock.ts'
import { late } from '../fixtures/penelope.ts'
import { patience } from '../fakes/clock.ts'
import { createSystemFixture, type SystemFixture } from '../e2e/support/system-fixture.ts'
import { conversationKinds } from '../e2e/support/conversation-kinds.ts'
import { runCommand } from './run-command.ts'

const when = 'What time do you expect to arrive?'

let system: SystemFixture
let folder: string
const database = (): string => join(folder, 'connector.db')
let settings: Readonly<Record<string, string>> = {}

const run = (...args: readonly string[]) => runCommand(args, settings)
const json = async (...args: readonly string[]): Promise<never> => {
  const { code, out, err } = await run(...args, '--json')
  if (code !== 0) throw new Error(err)
  return JSON.parse(out) as never
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'commands-'))
  system = await createSystemFixture({ DATABASE_URL: `sqlite:${database()}`, MEWS_SYNC_SECONDS: '3600' })
  settings = system.connector.settings
  await system.connector.start()
})
afterAll(async () => {
  await system.close()
  await rm(folder, { recursive: true, force: true })
})

test('a guest and the hotel write to each other', async () => {
  const place = conversationKinds['a Slack direct message']?.(system)
  if (place === undefined) throw new Error('no place')
  await place.say(late)
  await vi.waitFor(() => expect(system.mews.threads()).toHaveLength(1), patience)
  const { id } = system.mews.threads()[0] ?? { id: '' }
  await vi.waitFor(() => expect(system.mews.messages(id)).toHaveLength(1), patience)
  system.mews.reply(id, when)
  await vi.waitFor(() => expect(place.heard()).toContain(when), patience)
  await vi.waitFor(async () => expect(await json('deliveries')).toEqual([]), patience)
})

describe.each([['while the connector runs'], ['while it does not']])('%s', (state) => {
  beforeAll(async () => {
    if (state === 'while it does not') await system.connector.stop()
  })

  test('conversations lists the conversation, and finds it by name', async () => {
    const found = { platform: 'slack', property: 'property', guest: 'Penelope Morgan', failed: 0 }
    expect(await json('conversations', '--search', 'penelope')).toMatchObject([
      { id: 'slack:D0PENELOPE', ...found },
    ])
    expect(await json('conversations', '--platform', 'botframework')).toEqual([])
    expect((await run('conversations')).out).toMatch(
      /Penelope Morgan +(delivered|1 waiting) +slack:D0PENELOPE/,
    )
  })

  test('transcript prints both sides in every format', async () => {
    const text = await run('transcript', 'slack:D0PENELOPE')
    expect(text.out).toContain(`Penelope Morgan\n    ${late}\n    (delivered to the hotel as `)
    expect(text.out).toContain(`Hotel\n    ${when}\n    (delivered to the guest as `)
    const activities = JSON.parse(
      (await run('transcript', 'D0PENELOPE', '--format', 'transcript')).out,
    ) as readonly { readonly text: string }[]
    expect(activities.filter(({ text: said }) => [late, when].includes(said))).toMatchObject([
      { type: 'message', from: { role: 'user', name: 'Penelope Morgan' }, recipient: { role: 'bot' } },
      { type: 'message', from: { role: 'bot' }, recipient: { role: 'user' } },
    ])
    expect((await run('transcript', 'D0PENELOPE', '-f', 'html')).out).toContain(`<p>${late}</p>`)
    const { messages } = JSON.parse((await run('transcript', 'D0PENELOPE', '-f', 'json')).out) as {
      readonly messages: readonly object[]
    }
    expect(messages[0]).toMatchObject({ from: 'guest', text: late, state: 'delivered' })
    expect((await run('transcript', 'slack:NOBODY')).code).toBe(1)
  })

  test('check finds everything in order', async () => {
    const { code, out } = await run('check')
    expect(out).not.toContain('FAILED')
    expect(code).toBe(0)
    expect(out).toMatch(/ok +Mews tokens/)
    expect(out).toMatch(/ok +Slack token/)
    expect(out).toMatch(/ok +Teams credentials/)
    expect(out).toMatch(
      /PROPERTY +REACHABLE +CLOCK +MISSING +ENTERPRISE\nproperty +yes +\d+ s +– +Grand Hotel, /,
    )
  })

  test('check tells of every hotel by itself, and of what waits for one that is gone', async () => {
    const file = join(folder, `hotels ${state}.yaml`)
    const [grand] = system.mews.properties
    await writeFile(
      file,
      `properties: [{ name: Grand, accessToken: ${grand?.accessToken} }, { name: Mill, accessToken: wrong }]`,
    )
    const url = `sqlite:${join(folder, `hotels ${state}.db`)}`
    const store = await openStore({ url, clock: systemClock, exclusive: false })
    const lane = { lane: `turn:slack:D0${state}`, kind: 'event', payload: '{}', at: 1 }
    await store.log.append([{ ...lane, group: 'turn:Inn', keys: [`inn ${state}`] }])
    await store.close()
    const several = {
      ...settings,
      DATABASE_URL: url,
      CONFIG_FILE: file,
      MEWS_ACCESS_TOKEN: '',
      CHANNEX_PROPERTY_ID: '',
    }
    const { code, out } = await runCommand(['check', '--json'], several)
    expect(code).toBe(1)
    const { properties, findings } = JSON.parse(out)
    expect(properties).toMatchObject([
      { property: 'Grand', reachable: true, clockSkewSeconds: expect.any(Number), missing: [] },
      { property: 'Mill', reachable: false, enterprise: null, clockSkewSeconds: null, missing: [] },
    ])
    expect(findings).toContainEqual(
      expect.objectContaining({
        name: 'Property Inn',
        ok: false,
        detail: expect.stringContaining('key: Inn'),
      }),
    )
    const deliveries = await runCommand(['deliveries', '--waiting'], several)
    expect(deliveries.out).toMatch(/D0\S*.*The property “Inn” is not in the configuration/)
  })

  test('check says which token is wrong, and shows none', async () => {
    const wrong = {
      MEWS_ACCESS_TOKEN: 'wrong-access',
      SLACK_BOT_TOKEN: 'xoxb-wrong',
      MicrosoftAppPassword: 'wrong-password',
    }
    const { code, out } = await runCommand(['check'], { ...settings, ...wrong })
    expect(code).toBe(1)
    expect(out).toMatch(/FAILED +Mews tokens .*MEWS_CLIENT_TOKEN/)
    expect(out).toMatch(/FAILED +Slack token .*invalid_auth/)
    expect(out).toMatch(/FAILED +Teams credentials/)
    for (const secret of Object.values(wrong)) expect(out).not.toContain(secret)
  })

  test('check tells of a name that looks like a setting, whatever else is wrong', async () => {
    const hint = 'MEWS_RETENTION_DAYS is no setting and is ignored.'
    const near = 'RETENTION_DAY is no setting and is ignored: did you mean RETENTION_DAYS?'
    const misspelt = { MEWS_RETENTION_DAYS: '1', RETENTION_DAY: '1' }
    const sound = await runCommand(['check'], { ...settings, ...misspelt })
    expect(sound.out.split('\n').slice(-4)).toEqual(['', hint, near, ''])
    expect(sound.code).toBe(await runCommand(['check'], settings).then(({ code }) => code))
    const { out } = await runCommand(['check', '--json'], { ...misspelt, MEWS_CLIENT: 'x' })
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      misspellings: [
        { name: 'MEWS_RETENTION_DAYS', meant: [] },
        { name: 'RETENTION_DAY', meant: ['RETENTION_DAYS'] },
      ],
    })
  })

  test('sync records what the hotel wrote without an announcement', async () => {
    system.mews.announceTo('http://127.0.0.1:9/')
    const { id } = system.mews.threads()[0] ?? { id: '' }
    system.mews.reply(id, `found by sync ${state}`)
    expect(await json('sync')).toEqual([{ property: 'property', replies: 1 }])
    expect(await json('sync')).toEqual([{ property: 'property', replies: 0 }])
  })

  test('sync looks at every hotel, also behind one that cannot be reached', async () => {
    const file = join(folder, `sync ${state}.yaml`)
    const [grand] = system.mews.properties
    await writeFile(
      file,
      `properties: [{ name: Mill, key: property, accessToken: wrong }, { name: Grand, accessToken: ${grand?.accessToken} }]`,
    )
    const several = { ...settings, CONFIG_FILE: file, MEWS_ACCESS_TOKEN: '', CHANNEX_PROPERTY_ID: '' }
    const asJson = await runCommand(['sync', '--json'], several)
    expect(asJson.code).toBe(1)
    expect(JSON.parse(asJson.out)).toEqual([
      { property: 'Mill', replies: 0, error: expect.stringContaining('not authorised') },
      { property: 'Grand', replies: 0 },
    ])
    const err: unknown = expect.stringMatching(/^Mill: .*not authorised/)
    expect(await runCommand(['sync'], several)).toEqual({ code: 1, out: 'Grand: 0 new\n', err })
  })

  test('backup makes a database that opens', async () => {
    const file = join(folder, `backup ${state}.db`)
    expect((await run('backup', file)).code).toBe(0)
    const store = await openStore({ url: `sqlite:${file}`, clock: systemClock, exclusive: false })
    expect(await store.admin.conversations.find('slack:D0PENELOPE')).toBeDefined()
    await store.close()
    expect((await run('backup', file)).code).toBe(1)
  })
})

// The restarts take seconds where the machine is busy.
test('deliveries are listed, given up and tried again', async () => {
  await system.connector.stop()
  const waiting = (await json('deliveries', '--waiting')) as readonly { id: string; text: string }[]
  expect(waiting).toMatchObject([{ state: 'waiting', lane: 'reply:slack:D0PENELOPE' }])
  const id = waiting[0]?.id ?? ''
  expect((await run('deliveries', 'give-up', id, '--yes')).out).toBe(
    `${id} is given up; the staff are told.\n`,
  )
  expect(await json('deliveries', '--failed')).toMatchObject([{ id, reason: 'An operator gave it up.' }])
  expect((await run('deliveries', 'give-up', id, '--yes')).code).toBe(1)
  expect((await run('deliveries', 'retry', '--failed')).code).toBe(0)
  const posted = system.slack.posted('D0PENELOPE').length
  await system.connector.start()
  await vi.waitFor(() => expect(system.slack.posted('D0PENELOPE').length).toBeGreaterThan(posted), patience)
  await vi.waitFor(async () => expect(await json('deliveries')).toEqual([]), patience)
  const { id: thread } = system.mews.threads()[0] ?? { id: '' }
  const texts = system.mews.messages(thread).map(({ text }) => text)
  expect(texts.slice(-2)).toEqual([
    expect.stringMatching(/^⚠️ This reply was not delivered to the guest/),
    expect.stringMatching(/^✅ This reply was delivered to the guest after all/),
  ])
})

test('erase leaves no word and no name in any file, and the conversation goes on', async () => {
  const said = await run('erase', '--guest', 'Penelope Morgan')
  expect(said.out).toMatch(/^slack:D0PENELOPE: erased \d+ events/)
  const files = ['', '-wal'].map((suffix) => readFile(`${database()}${suffix}`, 'latin1').catch(() => ''))
  const content = (await Promise.all(files)).join('')
  for (const word of [late, when, 'Penelope Morgan', 'penelope morgan']) expect(content).not.toContain(word)
  system.slack.say({ channel: 'D0PENELOPE', user: 'U0PENELOPE', text: 'Still there?' })
  const { id } = system.mews.threads()[0] ?? { id: '' }
  const texts = () => system.mews.messages(id).map(({ text }) => text)
  await vi.waitFor(() => expect(texts()).toContain('Still there?'), patience)
  expect(system.mews.threads()).toHaveLength(1)
  expect((await run('erase', '--guest', 'Nobody At All')).code).toBe(1)
})
