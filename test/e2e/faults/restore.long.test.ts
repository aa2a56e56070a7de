import { copyFile, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { runCommand } from '../../cli/run-command.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'
import { conversationKinds } from '../support/conversation-kinds.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

/** How a database is backed up, and put back; the connector does not run when it is put back. */
interface Kind {
  readonly url: () => Promise<string | undefined>
  readonly backUp: (system: SystemFixture) => Promise<void>
  /** Resolves with the settings of the next start. */
  readonly putBack: (system: SystemFixture) => Promise<Readonly<Record<string, string>>>
}

let servers: readonly [PostgresServer, PostgresServer]
beforeAll(async () => {
  servers = [await createPostgresServer(), await createPostgresServer()]
})
afterAll(() => Promise.all(servers.map((server) => server.dispose())))

const fileOf = ({ connector }: SystemFixture): string =>
  (connector.settings['DATABASE_URL'] ?? '').slice('sqlite:'.length)

const sqlite: Kind = {
  url: async () => undefined,
  backUp: async (system) => {
    const { connector } = system
    expect(await runCommand(['backup', `${fileOf(system)}.copy`], connector.settings)).toMatchObject({
      code: 0,
    })
  },
  putBack: async (system) => {
    const file = fileOf(system)
    for (const ending of ['-wal', '-shm', '.spool', '.spool-wal', '.spool-shm'])
      await rm(`${file}${ending}`, { force: true })
    await copyFile(`${file}.copy`, file)
    return {}
  },
}

/** The server has one copy of its database: each kind has a server of its own. */
const postgresOn = (server: () => PostgresServer): Kind => ({
  url: () => server().database(),
  backUp: async ({ connector }) => {
    // A database that is copied as a template has nobody connected.
    await connector.stop()
    const url = connector.settings['DATABASE_URL'] ?? ''
    await vi.waitFor(() => server().run(url, 'create database backup template postgres'), patience)
    await connector.start()
  },
  putBack: async ({ connector }) => ({
    DATABASE_URL: (connector.settings['DATABASE_URL'] ?? '').replace('/postgres?', '/backup?'),
  }),
})

/** Nobody runs `restored`. */
const dump = postgresOn(() => servers[1])

const announcedDump: Kind = {
  ...postgresOn(() => servers[0]),
  putBack: async (system) => {
    const settings = await dump.putBack(system)
    const said = await runCommand(['restored'], { ...system.connector.settings, ...settings })
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining('Taken for a backup of 20') })
    return settings
  },
}

/** The file as it is, as a snapshot of the disk has it: nothing in it says so. */
const snapshot: Kind = {
  ...sqlite,
  backUp: async (system) => {
    const database = new DatabaseSync(fileOf(system))
    database.exec(`vacuum into '${fileOf(system)}.copy'`)
    database.close()
  },
}

/** What `check` says of a backup that was put back. */
const checked = async (
  { connector }: SystemFixture,
  changed: Readonly<Record<string, string>>,
): Promise<string> =>
  /Backup +(.*)/.exec((await runCommand(['check'], { ...connector.settings, ...changed })).out)?.[1] ?? ''

/** Somebody who writes, and what both sides have of them. */
interface Guest {
  readonly say: (text: string) => Promise<unknown>
  readonly heard: () => readonly string[]
}

const bookingGuest = ({ channex }: SystemFixture): Guest => {
  const id = channex.open()
  return {
    say: async (text) => channex.told(channex.say(id, text).id),
    heard: () => channex.posted(id),
  }
}

const hears = (guest: Guest, texts: readonly string[]): Promise<void> =>
  vi.waitFor(() => expect(guest.heard()).toEqual(texts), patience)

const one = (name: string): readonly string[] => [`${name} one`, `re: ${name} one`]
const two = (name: string): readonly string[] => [`${name} two`, `re: ${name} two`]
const three = (name: string): readonly string[] => [`${name} three`, `re: ${name} three`]
const away = (name: string): string => `${name} while away`

describe.each([
  ['a copy of SQLite', sqlite],
  ['a copy of PostgreSQL, and `restored`', announcedDump],
  ['a snapshot of SQLite, without a word,', snapshot],
  ['a copy of PostgreSQL, without a word,', dump],
])('%s that is put back under traffic', (_, { url, backUp, putBack }) => {
  test('sends nothing twice that can be looked up, loses nothing, and keeps the order', async () => {
    const database = await url()
    const settings = { MEWS_SYNC_SECONDS: '1', ...(database === undefined ? {} : { DATABASE_URL: database }) }
    const system = await createSystemFixture(settings)
    onTestFinished(() => system.close())
    const { mews, connector } = system
    const place = (name: string): Guest => {
      const create = conversationKinds[name]
      if (create === undefined) throw new Error(`there is no place ${name}`)
      return create(system)
    }
    const slack = place('a Slack direct message')
    const teams = place('a personal chat in Teams')
    const booking = bookingGuest(system)
    /** These begin after the backup. */
    const thread = place('a thread under a mention in a Slack channel')
    const newBooking = bookingGuest(system)

    const threadOf = (first: string): string | undefined =>
      mews.threads().find(({ id }) => mews.messages(id)[0]?.text.startsWith(first))?.id
    const written = (first: string): readonly string[] => {
      const id = threadOf(first)
      return id === undefined ? [] : mews.messages(id).map(({ text }) => text)
    }
    const reply = (first: string, text: string): unknown => mews.reply(threadOf(first) ?? '', text)
    const arrives = (first: string, texts: readonly string[]): Promise<void> =>
      vi.waitFor(() => expect(written(first)).toEqual(texts), patience)
    /** Says something and hears an answer. */
    const talk = async (guest: Guest, first: string, text: string): Promise<void> => {
      const before = written(first)
      await guest.say(text)
      await arrives(first, [...before, text])
      const heard = guest.heard()
      reply(first, `re: ${text}`)
      await hears(guest, [...heard, `re: ${text}`])
    }

    await connector.start()
    const known = [
      [slack, 'slack'],
      [teams, 'teams'],
      [booking, 'booking'],
    ] as const
    for (const [guest, name] of known) await talk(guest, name, `${name} one`)
    // A start that is none on a backup is not taken for one.
    await connector.kill()
    await connector.start()
    expect(await checked(system, {})).toBe('')
    mews.fail(
      { kind: 'answer', applied: false, answer: { status: 503, body: {} } },
      { operation: 'messages/add', times: 10_000 },
    )
    await slack.say('slack waits')
    await backUp(system)
    mews.heal()
    await arrives('slack', [...one('slack'), 'slack waits'])
    for (const [guest, name] of known) await talk(guest, name, `${name} two`)
    await talk(thread, 'thread', 'thread one')
    await talk(newBooking, 'new', 'new one')
    await connector.kill()
    const changed = await putBack(system)
    for (const name of ['slack', 'teams', 'booking', 'new']) reply(name, `${name} while away`)
    await connector.start(changed)
    expect(await checked(system, changed)).toMatch(/^A backup of 20.* was put back at 20/)
    for (const [guest, name] of known)
      await vi.waitFor(() => expect(guest.heard().at(-1)).toBe(`${name} while away`), patience)
    await hears(newBooking, ['re: new one', 'new while away'])
    for (const [guest, name] of [...known, [thread, 'thread'], [newBooking, 'new']] as const)
      await talk(guest, name, `${name} three`)

    expect(written('slack')).toEqual([
      ...one('slack'),
      'slack waits',
      ...two('slack'),
      away('slack'),
      ...three('slack'),
    ])
    for (const name of ['teams', 'booking'])
      expect(written(name)).toEqual([...one(name), ...two(name), away(name), ...three(name)])
    expect(written('new')).toEqual([...one('new'), away('new'), ...three('new')])
    expect(written('thread')).toEqual([...one('thread'), ...three('thread')])
    expect(mews.threads()).toHaveLength(5)
    for (const [guest, name] of [
      [slack, 'slack'],
      [booking, 'booking'],
    ] as const)
      expect(guest.heard()).toEqual([`re: ${name} one`, `re: ${name} two`, away(name), `re: ${name} three`])
    expect(thread.heard()).toEqual(['re: thread one', 're: thread three'])
    // Teams cannot be asked: what it may have twice is marked.
    expect(teams.heard()).toEqual([
      're: teams one',
      're: teams two',
      're: teams two',
      away('teams'),
      're: teams three',
    ])
  })
})
