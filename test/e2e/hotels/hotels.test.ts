import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { conversations } from '../../fakes/botframework/activities.ts'
import { fakeWorkspace } from '../../fakes/slack/slack.ts'
import { isGreeting } from '../support/conversation-kinds.ts'
import { findButton, isQuestion, withoutOneHotel } from '../support/which-hotel.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

const hotels = ['Grand Hôtel', 'Old Mill', 'Seaside Inn'].map((name, index) => ({
  name,
  accessToken: `access-token-${index}`,
  enterpriseId: `c1a7e0d4-3b52-4f0a-9b1e-7de2a4b0c61${index}`,
}))

/** As an operator would write it; the third hotel has a channel of its own. */
const file = `
properties:
  - name: Grand Hôtel
    accessToken: \${GRAND_TOKEN}
    enterpriseId: ${hotels[0]?.enterpriseId}
    routes:
      - slack: { team: ${fakeWorkspace.team} }
  - name: Old Mill
    accessToken: access-token-1
    enterpriseId: ${hotels[1]?.enterpriseId.toUpperCase()}
    routes:
      - slack: { team: ${fakeWorkspace.team} }
  - name: Seaside Inn
    accessToken: access-token-2
    routes:
      - slack: { channel: C0SEASIDE }
`

let system: SystemFixture
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hotels-'))
  const path = join(folder, 'hotels.yaml')
  await writeFile(path, file)
  const settings = {
    CONFIG_FILE: path,
    GRAND_TOKEN: 'access-token-0',
    ...withoutOneHotel,
  }
  system = await createSystemFixture(settings, { properties: hotels })
})
afterEach(async () => {
  await system.close()
  await rm(folder, { recursive: true })
})

/** The texts of one hotel's threads. */
const threadsOf = (index: number): readonly (readonly string[])[] =>
  system.mews
    .threads(hotels[index]?.enterpriseId)
    .map(({ id }) => system.mews.messages(id).map(({ text }) => text))

const say = async (text: string, channel = 'D0PENELOPE'): Promise<void> => {
  system.slack.say({ channel, user: 'U0PENELOPE', text })
  await system.slack.settled()
}

/** Presses the button with that label under the only question in Penelope's direct message. */
const press = async (label: string): Promise<void> => {
  const button = findButton(system.slack, { channel: 'D0PENELOPE', user: 'U0PENELOPE' }, label)
  expect(await button?.(system.connector.url)).toBe(200)
}

test('a Slack guest of two hotels is asked once, also when the program is killed before they answer', async () => {
  const { connector, slack, mews } = system
  const heard = (): readonly string[] => slack.posted('D0PENELOPE').filter((text) => !isGreeting(text))
  await connector.start()
  await say('Is the pool open?')
  await vi.waitFor(() => expect(heard().filter(isQuestion)).toHaveLength(1), patience)
  await connector.kill()
  await connector.start()
  await say('And the sauna?')
  await vi.waitFor(() => expect(heard()).toHaveLength(2), patience)
  await press('Old Mill')
  await vi.waitFor(() => expect(threadsOf(1)).toEqual([['Is the pool open?', 'And the sauna?']]), patience)
  expect(threadsOf(0)).toEqual([])
  await vi.waitFor(
    () => expect(heard()[0]).toBe('Thank you! What you write here goes to the team at Old Mill.'),
    patience,
  )
  mews.reply(mews.threads()[0]?.id ?? '', 'Both until ten.')
  await vi.waitFor(() => expect(heard().at(-1)).toBe('Both until ten.'), patience)
  await say('Thanks')
  await vi.waitFor(() => expect(threadsOf(1)[0]?.slice(3)).toEqual(['Thanks']), patience)
  expect(heard().filter(isQuestion)).toEqual([])
})

test('a Teams guest answers by card or by name, and a channel of one hotel is nobody else’s', async () => {
  const { connector, teams, slack } = system
  await connector.start()
  await teams.post(connector.url, teams.activities.message('A late check-out, please'))
  const posted = () => teams.connector.posted(conversations.personal.id)
  await vi.waitFor(
    () => expect(posted().filter(({ activity }) => isQuestion(String(activity['text'])))).toHaveLength(1),
    patience,
  )
  const [question] = posted().filter(({ activity }) => isQuestion(String(activity['text'])))
  expect(question?.activity['text']).toMatch(/1\. Grand Hôtel\n2\. Old Mill\n3\. Seaside Inn$/)
  const [, choice] = /"mewsChatChoice":"([^"]+)"/.exec(JSON.stringify(question?.activity)) ?? []
  const value = { mewsChatChoice: choice }
  const { text: _, ...submitted } = teams.activities.message('')
  await teams.post(connector.url, { ...submitted, value })
  await vi.waitFor(() => expect(threadsOf(0)).toEqual([['A late check-out, please']]), patience)

  await teams.post(connector.url, teams.activities.message('Hello', 'group'))
  await vi.waitFor(() => expect(teams.connector.posted(conversations.group.id)).not.toEqual([]), patience)
  await teams.post(connector.url, teams.activities.message('OLD MILL', 'group'))
  await vi.waitFor(() => expect(threadsOf(1)).toEqual([['Hello']]), patience)

  await say(`<@${fakeWorkspace.botUser}> A table for two`, 'C0SEASIDE')
  await vi.waitFor(() => expect(threadsOf(2)).toEqual([['A table for two']]), patience)
  expect(slack.posted('C0SEASIDE').filter(isQuestion)).toEqual([])
})
