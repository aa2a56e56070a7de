import { afterEach, expect, test, vi } from 'vitest'
import { day, patience } from '../../fakes/clock.ts'
import { createPostgresServer } from '../../fakes/postgres.ts'
import { createCluster } from '../support/cluster.ts'
import { type Guest, guestKinds } from '../support/guests.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

let close: () => Promise<void>
afterEach(() => close())

const bookingNumber = '4512345678'

/** Words of the stays that stand nowhere else. */
const secrets = ['Quintanilha', 'Zeppelin', 'in the house', 'confirmation', '@stays.example']

const emailOf = (number: number): string => `guest${number}@stays.example`

/** A guest of each kind, whose stay Mews knows. */
const invite = (system: SystemFixture): readonly Guest[] => {
  const { mews, slack, teams } = system
  const [stays] = mews.stays
  const start = Date.now() - day
  return guestKinds.map((create, index) => {
    const number = index + 1
    const guest = create(system, number)
    const email = emailOf(number)
    slack.addUser(`U0GUEST${number}`, `Guest ${number}`, 'person', { email })
    teams.connector.introduce(`29:guest-${number}`, { name: `Guest ${number}`, email, userRole: 'user' })
    const customer = stays?.addCustomer({ firstName: 'Ines', lastName: 'Quintanilha', email })
    stays?.addReservation({
      customerId: customer?.id ?? '',
      number: `${50 + number}`,
      state: 'Started',
      room: `Zeppelin ${number}`,
      start,
      end: start + 3 * day,
      ...(number === guestKinds.length && { channelNumber: bookingNumber }),
    })
    return guest
  })
}

/** What each guest's thread has, the guests in order. */
const threads = ({ mews }: SystemFixture): readonly (readonly string[])[] =>
  mews
    .threads()
    .toSorted((one, other) => one.originalSender.localeCompare(other.originalSender))
    .map(({ id }) => mews.messages(id).map(({ text }) => text))

const expectLines = (system: SystemFixture): Promise<void> =>
  vi.waitFor(() => {
    const lines = threads(system).map((texts) => texts.filter((text) => text.startsWith('Guest (by ')))
    expect(lines).toEqual(
      [1, 2, 3, 4].map((number) => [expect.stringContaining(`room Zeppelin ${number} · `)]),
    )
    expect(lines.flat().filter((line) => line.includes('by booking number'))).toHaveLength(1)
  }, patience)

/** Everything that was sent to a platform, addresses and headers included. */
const sentToPlatforms = ({ slack, teams, channex }: SystemFixture): string =>
  JSON.stringify([slack, teams, channex].map(({ server }) => server.requests))

test('the staff read whose stay it is wherever guests write, once, and no request to a platform has a word of it', async () => {
  const system = await createSystemFixture({ MEWS_STAY: 'email' })
  const { connector, mews } = system
  close = () => system.close()
  const guests = invite(system)
  await connector.start()
  for (const guest of guests) await guest.say('one')
  await expectLines(system)
  for (const guest of guests) await guest.say('status')
  for (const guest of guests) await guest.say('two')
  await connector.kill()
  await connector.start()
  for (const { id } of mews.threads()) mews.reply(id, 'Gladly')
  await vi.waitFor(() => {
    for (const guest of guests) expect(guest.heard()).toContain('Gladly')
  }, patience)
  await expectLines(system)
  const sent = sentToPlatforms(system)
  expect(sent).toContain('Gladly')
  for (const secret of secrets) {
    expect(sent).not.toContain(secret)
    expect(connector.output).not.toContain(secret)
  }
  const privacy = await fetch(`${connector.url}/privacy`)
  expect(await privacy.text()).toContain('tell the team whose stay')
})

test('of two processes that are killed one tells it, once', async () => {
  const server = await createPostgresServer()
  const settings = { MEWS_STAY: 'email', DATABASE_URL: await server.database() }
  const system = await createSystemFixture(settings, {}, (given) => createCluster(2, given))
  close = async () => {
    await system.close()
    await server.dispose()
  }
  const { connector, mews } = system
  const guests = invite(system)
  await connector.start()
  let killed: Promise<void> | undefined
  mews.fail(
    {
      kind: 'hang',
      applied: true,
      meanwhile: () => {
        killed ??= connector.kill()
      },
    },
    { operation: 'customers/getAll' },
  )
  for (const guest of guests) await guest.say('one')
  await vi.waitFor(() => expect(killed).toBeDefined(), patience)
  await killed
  await connector.start()
  await expectLines(system)
})
