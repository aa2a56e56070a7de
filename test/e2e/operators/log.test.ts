import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { createFakeChannex, fakeAccount, type FakeChannex } from '../../fakes/channex/channex.ts'
import { fakeWorkspace } from '../../fakes/slack/slack.ts'
import { sendToEveryRoute } from '../support/every-route.ts'
import { conversationKinds } from '../support/conversation-kinds.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

const adminToken = 'admin-token-that-nobody-may-read'
const said = (place: string): string => `Confidential words from ${place}`
const answered = (place: string): string => `Discreet answer to ${place}`

let system: SystemFixture
let channex: FakeChannex
const talked: string[] = []
let knocks = 0

/** Guest and hotel have said one thing each in every kind of conversation. */
const talk = async (place: string, say: (text: string) => unknown, heard: () => readonly string[]) => {
  const { mews } = system
  await say(said(place))
  const thread = () =>
    mews.threads().find(({ id }) => mews.messages(id).some(({ text }) => text.includes(said(place))))
  await vi.waitFor(() => expect(thread()).toBeDefined(), patience)
  mews.reply(thread()?.id ?? '', answered(place))
  await vi.waitFor(() => expect(heard().join()).toContain(answered(place)), patience)
  talked.push(place)
}

/** Mews and Channex refuse what guest and hotel say, and quote it. */
const beRefused = async (guest: string): Promise<void> => {
  const { mews, slack } = system
  mews.switches.poison = (text) => text === said('nowhere')
  slack.say({ channel: 'D0PENELOPE', user: 'U0PENELOPE', text: said('nowhere') })
  await vi.waitFor(() => expect(slack.posted('D0PENELOPE').join()).toContain(said('nowhere')), patience)
  const details = { message: [`'${answered('nowhere')}' is not allowed`] }
  channex.refuse(guest, {
    status: 422,
    body: { errors: { code: `it says ${answered('nowhere')}`, title: 'Validation Error', details } },
  })
  const thread = mews
    .threads()
    .find(({ id }) => mews.messages(id).some(({ text }) => text.includes(said('Booking.com'))))
  mews.reply(thread?.id ?? '', answered('nowhere'))
  const told = (): string =>
    mews
      .messages(thread?.id ?? '')
      .map(({ text }) => text)
      .join()
  await vi.waitFor(() => expect(told()).toContain('not delivered'), patience)
}

beforeAll(async () => {
  channex = await createFakeChannex()
  system = await createSystemFixture({
    LOG_LEVEL: 'debug',
    ADMIN_TOKEN: adminToken,
    CHANNEX_API_KEY: fakeAccount.apiKey,
    CHANNEX_WEBHOOK_SECRET: fakeAccount.secret,
    CHANNEX_BASE_URL: channex.url,
    CHANNEX_PROPERTY_ID: fakeAccount.propertyId,
  })
  channex.announceTo(`${system.connector.url}/channex/webhooks`)
  await system.connector.start()
  system.slack.refuse('reactions.add', said('Slack'), 3)
  for (const [name, create] of Object.entries(conversationKinds)) {
    const place = create(system)
    await talk(
      name,
      (text) => place.say(text),
      () => place.heard(),
    )
  }
  const guest = channex.open({ title: 'Persephone', booking: { name: 'Persephone', surname: 'Quill' } })
  await talk(
    'Booking.com',
    (text) => channex.say(guest, text),
    () => channex.posted(guest),
  )
  await beRefused(guest)
  knocks = await sendToEveryRoute(system.connector, said('everywhere'))
  await fetch(`${system.connector.url}/admin/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ token: 'a-wrong-token-of-somebody' }),
  })
  await fetch(`${system.connector.url}/admin/conversations?search=Penelope`)
  await fetch(`${system.connector.url}/mews/webhooks?Token=a-wrong-webhook-token`, { method: 'POST' })
  await system.connector.stop()
})
afterAll(async () => {
  await system.close()
  await channex.close()
})

interface Line {
  readonly msg?: string
  readonly trace?: string
  readonly lane?: string
  readonly key?: string
  readonly id?: string
}

const lines = (): readonly Line[] =>
  system.connector.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)

test('the log of every platform’s conversations at debug level has no text, no name and no secret', () => {
  expect(talked).toHaveLength(Object.keys(conversationKinds).length + 1)
  expect(lines().length).toBeGreaterThan(50)
  expect(knocks).toBeGreaterThan(100)
  const { settings, output } = system.connector
  const secrets = [
    adminToken,
    settings['MEWS_CLIENT_TOKEN'],
    settings['MEWS_ACCESS_TOKEN'],
    settings['MEWS_WEBHOOK_TOKEN'],
    settings['MicrosoftAppPassword'],
    fakeWorkspace.signingSecret,
    fakeWorkspace.botToken,
    fakeAccount.apiKey,
    fakeAccount.secret,
    'a-wrong-token-of-somebody',
    'a-wrong-webhook-token',
    'Bearer ',
  ]
  const traces = ['Confidential', 'Discreet', 'Penelope', 'Morgan', 'Persephone', 'Quill', ...secrets]
  const leaking = lines().filter((line) =>
    traces.some((trace) => JSON.stringify(line).includes(trace ?? '?')),
  )
  expect(leaking).toEqual([])
  for (const trace of traces) expect(output).not.toContain(trace)
})

test('a message is followed from the platform’s event to Mews, and an answer from Mews to the platform', () => {
  const recorded = lines().filter(({ msg }) => msg === 'message recorded')
  const delivered = new Map(
    lines().flatMap(({ msg, trace = '', id }) => (msg === 'message delivered' ? [[trace, id]] : [])),
  )
  const messages = system.mews.threads().flatMap(({ id }) => system.mews.messages(id))
  const ofGuests = messages.filter(({ text }) => text.includes('Confidential'))
  const ofHotel = messages.filter(
    ({ text }) => text.includes('Discreet') && !text.includes(answered('nowhere')),
  )
  const reached = recorded.map(({ trace = '' }) => delivered.get(trace))
  expect(ofGuests.length).toBeGreaterThanOrEqual(talked.length)
  for (const { id } of ofGuests) expect(reached).toContain(id)
  for (const { id } of ofHotel) {
    const line = recorded.find(({ key }) => key === `mews:${id}`)
    expect(delivered.get(line?.trace ?? '')).toBeTruthy()
  }
})
