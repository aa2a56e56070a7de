import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import type { Fault } from '../../fakes/server.ts'
import { fakeWorkspace } from '../../fakes/slack/slack.ts'
import { isGreeting } from '../support/conversation-kinds.ts'
import { findButton, isQuestion, twoHotels, twoHotelsFile, withoutOneHotel } from '../support/which-hotel.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

/** Each hotel has a channel; in a direct message the guest is asked. */
const hotelsFile = twoHotelsFile(['slack: { channel: C0GRAND }', 'slack: { channel: C0MILL }'])

let system: SystemFixture
let folder: string
const writeFileWith = (settings: string): Promise<void> =>
  writeFile(join(folder, 'hotels.yaml'), `${hotelsFile}settings: ${settings}\n`)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hotels-apart-'))
  await writeFileWith('{ ADMIN_TOKEN: the-first-token-of-the-tests }')
  const settings = { ...withoutOneHotel, CONFIG_FILE: join(folder, 'hotels.yaml') }
  system = await createSystemFixture(settings, { properties: twoHotels })
  await system.connector.start()
})
afterAll(async () => {
  await system.close()
  await rm(folder, { recursive: true })
})

/** What the guests of a hotel wrote, thread by thread. */
const threadsOf = (index: number): readonly (readonly string[])[] =>
  system.mews
    .threads(twoHotels[index]?.enterpriseId)
    .map(({ id }) =>
      system.mews.messages(id).flatMap(({ text, sender }) => (sender === 'Application' ? text : [])),
    )

const say = async (text: string, channel: string): Promise<string> => {
  const ts = system.slack.say({ channel, user: 'U0PENELOPE', text })
  await system.slack.settled()
  return ts
}

const metric = async (name: string, hotel: string): Promise<number> => {
  const text = await (await fetch(`${system.connector.url}/metrics`)).text()
  const start = `mews_chat_${name}{property="${hotel}"} `
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(start))
      ?.slice(start.length),
  )
}

const limited: Fault = {
  kind: 'answer',
  applied: false,
  answer: { status: 429, headers: { 'retry-after': '1' }, body: { Message: 'Too many requests.' } },
}

test.each([
  ['refuses too many requests', limited],
  ['is down', { kind: 'reset', applied: false } satisfies Fault],
])('while Mews %s for one hotel, guests of the other are served as usual', async (name, fault) => {
  const { mews, slack } = system
  const before = [threadsOf(0), threadsOf(1)]
  const refused = (): number => mews.requests.filter(({ body }) => body.includes('access-token-0')).length
  const asked = refused()
  mews.fail(fault, { times: Infinity, accessToken: 'access-token-0' })
  await say(`<@${fakeWorkspace.botUser}> Grand, ${name}`, 'C0GRAND')
  await vi.waitFor(() => expect(refused()).toBeGreaterThan(asked), patience)
  await vi.waitFor(async () => expect(await metric('property_paused', 'Grand Hotel')).toBe(1), patience)

  const threadTs = await say(`<@${fakeWorkspace.botUser}> Mill, ${name}`, 'C0MILL')
  slack.say({ channel: 'C0MILL', user: 'U0PENELOPE', text: 'And breakfast?', threadTs })
  const written = [`Mill, ${name}`, 'And breakfast?']
  await vi.waitFor(() => expect(threadsOf(1)).toEqual([...(before[1] ?? []), written]), patience)
  mews.reply(mews.threads(twoHotels[1]?.enterpriseId).at(-1)?.id ?? '', 'From seven')
  await vi.waitFor(() => expect(slack.posted('C0MILL', threadTs)).toEqual(['From seven']), patience)
  expect(await metric('property_paused', 'Old Mill')).toBe(0)
  expect(await metric('mews_requests_left', 'Old Mill')).toBeGreaterThan(100)
  expect(threadsOf(0)).toEqual(before[0])

  mews.heal()
  await vi.waitFor(() => expect(threadsOf(0)).toEqual([...(before[0] ?? []), [`Grand, ${name}`]]), patience)
})

const hangUp = async (settings: string): Promise<void> => {
  const taken = (): number => system.connector.output.split('configuration taken over').length
  const before = taken()
  await writeFileWith(settings)
  system.connector.hangUp()
  await vi.waitFor(() => expect(taken()).toBe(before + 1), patience)
}

const signIn = async (token: string): Promise<string> => {
  const answer = await fetch(`${system.connector.url}/admin/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ token }),
  })
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

const openConsole = async (cookie: string): Promise<number> => {
  const asked = { headers: { cookie }, redirect: 'manual' } as const
  return (await fetch(`${system.connector.url}/admin/conversations`, asked)).status
}

test('SIGHUP while a guest was asked and somebody is signed in: nothing is lost or asked again, a new token signs out', async () => {
  const { connector, slack } = system
  const first = 'the-first-token-of-the-tests'
  const place = { channel: 'D0PENELOPE', user: 'U0PENELOPE' }
  const heard = (): readonly string[] => slack.posted(place.channel).filter((text) => !isGreeting(text))
  const before = threadsOf(1)
  await say('Is the pool open?', place.channel)
  await vi.waitFor(() => expect(heard().filter(isQuestion)).toHaveLength(1), patience)
  const cookie = await signIn(first)
  expect(await openConsole(cookie)).toBe(200)

  await hangUp(`{ ADMIN_TOKEN: ${first}, THREAD_IDLE_DAYS: 20 }`)
  expect(await openConsole(cookie)).toBe(200)
  await say('And the sauna?', place.channel)

  await hangUp('{ ADMIN_TOKEN: the-second-token-of-the-tests }')
  expect(await openConsole(cookie)).toBe(303)
  expect(await openConsole(await signIn(first))).toBe(303)
  expect(await openConsole(await signIn('the-second-token-of-the-tests'))).toBe(200)

  expect(heard().filter(isQuestion)).toHaveLength(1)
  expect(await findButton(slack, place, 'Old Mill')?.(connector.url)).toBe(200)
  const written = ['Is the pool open?', 'And the sauna?']
  await vi.waitFor(() => expect(threadsOf(1)).toEqual([...before, written]), patience)
  await say('Thanks', place.channel)
  await vi.waitFor(() => expect(threadsOf(1).at(-1)).toEqual([...written, 'Thanks']), patience)
  // The question says what was chosen now; beside it there is the reminder after the second message.
  await vi.waitFor(() => expect(heard().filter(isQuestion)).toEqual([]), patience)
  expect(heard()).toHaveLength(2)
})
