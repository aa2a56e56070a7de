import { conversations } from '../../fakes/botframework/activities.ts'
import { fakeWorkspace } from '../../fakes/slack/slack.ts'
import { defaultTexts } from '../../relay/support/default-texts.ts'
import type { SystemFixture } from './system-fixture.ts'

/** Where one guest writes. */
export interface GuestConversation {
  /** Resolves once the platform's request was answered. */
  say(text: string): Promise<void>
  /** What the bot posted into this very conversation, in order. */
  heard(): readonly string[]
}

/** The greeting comes once, in its own time. */
export const isGreeting = (text: string): boolean => text.startsWith(defaultTexts.greetPerson.slice(0, 20))

const slackDirect = ({ slack }: SystemFixture): GuestConversation => ({
  say: async (text) => {
    slack.say({ channel: 'D0PENELOPE', user: 'U0PENELOPE', text })
    await slack.settled()
  },
  heard: () => slack.posted('D0PENELOPE').filter((text) => !isGreeting(text)),
})

const slackThread = ({ slack }: SystemFixture): GuestConversation => {
  let root: string | undefined
  return {
    say: async (text) => {
      const said = { channel: 'C0LOBBY', user: 'U0PENELOPE' }
      if (root === undefined) root = slack.say({ ...said, text: `<@${fakeWorkspace.botUser}> ${text}` })
      else slack.say({ ...said, text, threadTs: root })
      await slack.settled()
    },
    heard: () => (root === undefined ? [] : slack.posted('C0LOBBY', root)),
  }
}

const teamsConversation =
  (where: keyof typeof conversations) =>
  ({ teams, connector }: SystemFixture): GuestConversation => ({
    say: async (text) => {
      const from = { id: '29:penelope', name: 'Penelope Morgan' }
      await teams.post(connector.url, { ...teams.activities.message(text, where), from })
    },
    heard: () =>
      teams.connector.posted(conversations[where].id).map(({ activity }) => String(activity['text'])),
  })

/** Every kind of conversation that the platforms have. */
export const conversationKinds: Readonly<Record<string, (system: SystemFixture) => GuestConversation>> = {
  'a Slack direct message': slackDirect,
  'a thread under a mention in a Slack channel': slackThread,
  'a personal chat in Teams': teamsConversation('personal'),
  'a group chat in Teams': teamsConversation('group'),
  'a thread in a Teams channel': teamsConversation('channel'),
}
