import { readBotFrameworkConfig } from '../../../adapters/botframework/config.ts'
import { createBotFrameworkAdapter } from '../../../adapters/botframework/index.ts'
import { readChannexConfig } from '../../../adapters/channex/config.ts'
import { createChannexAdapter } from '../../../adapters/channex/index.ts'
import { readSlackConfig } from '../../../adapters/slack/config.ts'
import { createSlackAdapter } from '../../../adapters/slack/index.ts'
import type { ReportProblem, Route } from '../../../src/port.ts'
import { createFetch } from '../../../src/fetch.ts'
import { createFakeBotFramework, isConnectorRequest } from '../../fakes/botframework/botframework.ts'
import { conversations } from '../../fakes/botframework/activities.ts'
import { createFakeChannex, fakeAccount, isSend } from '../../fakes/channex/channex.ts'
import type { FakeRequest, FakeServer } from '../../fakes/server.ts'
import { callsMethod, createFakeSlack, fakeWorkspace } from '../../fakes/slack/slack.ts'
import { type RelayFixture, createRelayFixture } from './fixture.ts'
import { createManualClock } from '../../fakes/clock.ts'

/** The relay between the fake Mews and one real adapter with its fake platform. */
export interface Platform extends RelayFixture {
  readonly server: FakeServer
  /** Whether a request to the platform posts. */
  readonly isPost: (request: FakeRequest) => boolean
  /** A guest writes; resolves once it is recorded. */
  say(text: string): Promise<void>
  /** What the bot posted, in order, but for its greeting. */
  heard(): readonly string[]
}

const remoteFetch = createFetch()

/** The program's fetch, which waits for an answer no longer than that. */
const createImpatientFetch =
  (patienceMs: number): typeof fetch =>
  (url, init) =>
    remoteFetch(url, {
      ...init,
      signal: AbortSignal.any([AbortSignal.timeout(patienceMs), ...(init?.signal ? [init.signal] : [])]),
    })

const isAnswer = (text: string): boolean => !text.startsWith('Hello!')

const report: ReportProblem = (setting, remedy) => {
  throw new Error(`${setting} ${remedy}`)
}

const expectRoute = (routes: readonly Route[]): Route => {
  const [route] = routes
  if (route === undefined) throw new Error('the adapter has no route')
  return route
}

/** Slack; `patienceMs`: how long a post may really take; `where`: a direct message, or a thread under a mention in a channel. The bot's own posts are announced by `echo`. */
export const createSlackPlatform = async (
  where: 'direct' | 'thread',
  patienceMs: number,
): Promise<Platform & { echo(): Promise<void> }> => {
  const clock = createManualClock()
  const slack = await createFakeSlack(() => clock.now())
  slack.addUser('U0ANNA', 'Anna')
  const { signingSecret, botToken, botUser } = fakeWorkspace
  const settings = {
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_BOT_TOKEN: botToken,
    SLACK_API_URL: slack.url,
  }
  const config = readSlackConfig(settings, report)
  if (config === undefined) throw new Error('Slack is off')
  let routes: readonly Route[] = []
  const fixture = await createRelayFixture({
    clock,
    platforms: [
      {
        name: 'slack',
        create: (context) => {
          const adapter = createSlackAdapter({
            ...context,
            config,
            fetch: createImpatientFetch(patienceMs),
            random: () => 0.5,
          })
          routes = adapter.routes
          return adapter
        },
      },
    ],
  })
  const channel = where === 'direct' ? 'D0ANNA' : 'C0LOBBY'
  let root: string | undefined
  const deliver = async (): Promise<void> =>
    void (await slack.deliver((request) => expectRoute(routes).handle(request)))
  return {
    ...fixture,
    server: slack.server,
    isPost: callsMethod('chat.postMessage'),
    say: async (text) => {
      const mention = where === 'thread' && root === undefined ? `<@${botUser}> ` : ''
      const said = { channel, user: 'U0ANNA', text: `${mention}${text}` }
      const ts = slack.say(where === 'thread' && root !== undefined ? { ...said, threadTs: root } : said)
      root ??= ts
      await deliver()
    },
    echo: deliver,
    heard: () => slack.posted(channel, where === 'thread' ? root : undefined).filter(isAnswer),
    close: async () => {
      await fixture.close()
      await slack.close()
    },
  }
}

/** Microsoft Teams, `patienceMs` as for Slack, in a personal chat. */
export const createTeamsPlatform = async (patienceMs: number): Promise<Platform> => {
  const clock = createManualClock()
  const teams = await createFakeBotFramework()
  const config = readBotFrameworkConfig(teams.settings, report)
  if (config === undefined) throw new Error('the Bot Framework is off')
  let routes: readonly Route[] = []
  const fixture = await createRelayFixture({
    clock,
    platforms: [
      {
        name: 'botframework',
        create: (context) => {
          const adapter = createBotFrameworkAdapter({
            ...context,
            // Tokens and keys are made for the real present.
            clock: { ...clock, now: Date.now },
            config,
            timeLimitMs: patienceMs,
          })
          routes = adapter.routes
          return adapter
        },
      },
    ],
  })
  return {
    ...fixture,
    server: teams.server,
    isPost: (request) => request.method === 'POST' && isConnectorRequest(request),
    say: async (text) =>
      void (await expectRoute(routes).handle(await teams.request(teams.activities.message(text)))),
    heard: () =>
      teams.connector
        .posted(conversations.personal.id)
        .map(({ activity }) => String(activity['text']))
        .filter(isAnswer),
    close: async () => {
      await fixture.close()
      await teams.server.close()
    },
  }
}

/** Channex, with a guest of a booking site. */
export const createChannexPlatform = async (): Promise<Platform> => {
  const clock = createManualClock()
  const channex = await createFakeChannex(clock.monotonic)
  const settings = {
    CHANNEX_API_KEY: fakeAccount.apiKey,
    CHANNEX_WEBHOOK_SECRET: fakeAccount.secret,
    CHANNEX_BASE_URL: channex.url,
  }
  const config = readChannexConfig(settings, report)
  if (config === undefined) throw new Error('Channex is off')
  let routes: readonly Route[] = []
  const fixture = await createRelayFixture({
    clock,
    platforms: [
      {
        name: 'channex',
        create: (context) => {
          const adapter = createChannexAdapter({ ...context, config, fetch, random: () => 0.5 })
          routes = adapter.routes
          return adapter
        },
      },
    ],
  })
  const thread = channex.open()
  return {
    ...fixture,
    server: channex.server,
    isPost: isSend,
    say: async (text) => {
      channex.say(thread, text)
      for (const body of channex.waiting.splice(0)) await expectRoute(routes).handle(channex.request(body))
    },
    heard: () => channex.posted(thread),
    close: async () => {
      await fixture.close()
      await channex.close()
    },
  }
}
