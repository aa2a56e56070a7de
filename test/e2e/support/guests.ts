import { setTimeout as pause } from 'node:timers/promises'
import { isSuccess } from '../../fakes/server.ts'
import { tenantId } from '../../fakes/botframework/activities.ts'
import { fakeWorkspace } from '../../fakes/slack/slack.ts'
import { isGreeting } from './conversation-kinds.ts'
import type { SystemFixture } from './system-fixture.ts'

/** One guest in a conversation of their own. */
export interface Guest {
  /** Resolves once the platform has delivered it or given it up; whether it was taken. */
  say(text: string): Promise<boolean>
  /** What the bot posted into the conversation, in order. */
  heard(): readonly string[]
  /** Whether the platform can be asked what was posted. */
  readonly askable: boolean
  /** Whether what they write stands where the connector looks for it by itself. */
  readonly isLookedFor: boolean
  /** Nobody knows of the conversation any more: they begin it as they did at first. */
  beginAgain(): void
}

type CreateGuest = (system: SystemFixture, number: number) => Guest

/** By this name a guest's threads are found again. */
const guestName = (number: number): string => `Guest ${number}`

/** The first of these texts that says who wrote it, and who that is. */
const numberIn = (texts: readonly string[], words: RegExp): number | undefined => {
  const [found] = texts.flatMap((text) => words.exec(text)?.[1] ?? [])
  return found === undefined ? undefined : Number(found)
}

/** Whose thread it is: by the guest's name or, where that could not be had in time and the thread has none, by what they wrote. */
export const ownerOf = (
  { mews }: Pick<SystemFixture, 'mews'>,
  { id, originalSender }: { readonly id: string; readonly originalSender: string },
): number | undefined =>
  numberIn([originalSender], /^Guest (\d+)$/) ??
  numberIn(
    mews.messages(id).map(({ text }) => text),
    /^turn (\d+)\./,
  )

const slackGuest = (system: SystemFixture, number: number) => {
  const user = `U0GUEST${number}`
  system.slack.addUser(user, guestName(number))
  return user
}

export const inDirectMessage: CreateGuest = (system, number) => {
  const { slack } = system
  const user = slackGuest(system, number)
  const channel = `D0GUEST${number}`
  return {
    say: (text) => slack.taken(slack.say({ channel, user, text })),
    heard: () => slack.posted(channel).filter((text) => !isGreeting(text)),
    askable: true,
    isLookedFor: false,
    beginAgain: () => {},
  }
}

const inSlackThread: CreateGuest = (system, number) => {
  const { slack } = system
  // Of their own, since Slack takes one message a second in each channel.
  const channel = `C0LOBBY${number}`
  const said = { channel, user: slackGuest(system, number) }
  let root: string | undefined
  let answered = false
  return {
    say: async (text) => {
      const words = { ...said, text: answered ? text : `<@${fakeWorkspace.botUser}> ${text}` }
      const ts = slack.say(root === undefined ? words : { ...words, threadTs: root })
      root ??= ts
      const taken = await slack.taken(ts)
      // Whoever has not got through mentions the bot once more.
      answered ||= taken
      return taken
    },
    heard: () => (root === undefined ? [] : slack.posted(channel, root)),
    askable: true,
    isLookedFor: false,
    beginAgain: () => {
      answered = false
    },
  }
}

/** How often Teams tries at most, and how long it waits after each attempt without an answer. */
const teamsAttempts = { most: 12, pauseMs: 150 }

export const inTeamsChat: CreateGuest = ({ teams, connector }, number) => {
  const id = `a:guest-${number}`
  return {
    say: async (text) => {
      const activity = {
        ...teams.activities.message(text),
        from: { id: `29:guest-${number}`, name: guestName(number) },
        conversation: { id, conversationType: 'personal', tenantId },
      }
      for (let attempt = 1; attempt <= teamsAttempts.most; attempt += 1) {
        const statuses = await teams.post(connector.url, activity, { times: 1, patienceMs: 5_000 })
        if (statuses.some(isSuccess)) return true
        await pause(teamsAttempts.pauseMs)
      }
      return false
    },
    heard: () => teams.connector.posted(id).map(({ activity }) => String(activity['text'])),
    askable: false,
    isLookedFor: false,
    beginAgain: () => {},
  }
}

const onBookingSite: CreateGuest = ({ channex }, number) => {
  const [name, surname] = guestName(number).split(' ')
  const thread = channex.open({
    title: guestName(number),
    booking: { name: name ?? '', surname: surname ?? '' },
  })
  return {
    say: async (text) => {
      await channex.told(channex.say(thread, text).id)
      // It stands in the thread, where it is found without a webhook.
      return true
    },
    heard: () => channex.posted(thread),
    askable: true,
    isLookedFor: true,
    beginAgain: () => {},
  }
}

/** Every kind of conversation that guests of the load have. */
export const guestKinds: readonly CreateGuest[] = [inDirectMessage, inSlackThread, inTeamsChat, onBookingSite]
