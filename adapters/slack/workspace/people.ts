import type { webApi } from '@slack/bolt'
import { LRUCache } from 'lru-cache'
import type { Clock, ConversationId, Vault } from '../../../src/port.ts'
import { cleanName } from '../../../src/util/text.ts'
import { resultWithin } from '../../../src/util/time-limit.ts'
import { lookUpMs, refusalCode } from '../api/call.ts'
import { toFailure } from '../send/outcome.ts'
import { type Fields, readFields, readString, readUserName } from '../wire.ts'

/** How many of a person's conversations are remembered. */
const maxConversations = 20

/** Which conversations a person began, for their App Home. */
export interface People {
  /** The person wrote in a conversation. */
  note(user: string, conversation: ConversationId): Promise<void>
  /** The newest first. */
  conversationsOf(user: string): Promise<readonly ConversationId[]>
}

/** Keeps people's conversations in the records, ids only. */
export const createPeople = (records: Vault): People => {
  const noted = new LRUCache<string, true>({ max: 10_000 })
  const read = async (user: string): Promise<readonly ConversationId[]> => {
    const ids = readFields(await records.get(keyOf(user)))?.['conversations']
    return Array.isArray(ids) ? ids.flatMap((id) => (readString(id) as ConversationId | undefined) ?? []) : []
  }
  return {
    note: async (user, conversation) => {
      const pair = `${user} ${conversation}`
      if (noted.has(pair)) return
      const known = await read(user)
      if (!known.includes(conversation))
        await records.set(keyOf(user), {
          v: 1,
          conversations: [conversation, ...known].slice(0, maxConversations),
        })
      noted.set(pair, true)
    },
    conversationsOf: read,
  }
}

const maxUsers = 10_000

const knownForMs = 3_600_000

/** A failed look-up is not repeated for this long. */
const unknownForMs = 300_000

/**
 * Resolves with what Slack tells of a user, who is no person where Slack refuses to; undefined when it does not answer in time, and at once
 * where one look-up did not. Without a client no one is asked. Never rejects.
 */
export type FindUser = (
  team: string,
  user: string,
  client: webApi.WebClient | undefined,
  signal: AbortSignal,
) => Promise<User | undefined>

/** Asks `users.info`, at most once an hour for each user; guests of other workspaces are often not found. */
export const createFindUser = (clock: Clock): FindUser => {
  const users = new LRUCache<string, Asked>({
    max: maxUsers,
    ttl: knownForMs,
    ttlResolution: 0,
    perf: clock,
  })
  const find = (team: string, user: string, client: webApi.WebClient | undefined): Asked => {
    const key = `${team} ${user}`
    const known = users.get(key)
    if (known !== undefined) return known
    if (client === undefined) return unasked
    const asked: Asked = {
      answered: false,
      isLate: false,
      user: ask(user, team, client).then((found) => {
        asked.answered = true
        if (found?.name === undefined) users.set(key, asked, { ttl: unknownForMs })
        return found
      }),
    }
    users.set(key, asked)
    return asked
  }
  return async (team, id, client, signal) => {
    const asked = find(team, id, client)
    if (asked.answered) return asked.user
    if (asked.isLate) return undefined
    const user = await resultWithin({ clock, signal, ms: lookUpMs }, () => asked.user)
    asked.isLate = !signal.aborted
    return user
  }
}

const nobody: User = { name: undefined, locale: undefined, isPerson: false }

const unasked: Asked = { answered: true, isLate: false, user: Promise.resolve(nobody) }

const everyMs = 5 * 60_000

const maxBots = 10_000

const key = 'bots'

/** Our own bot users, one in each workspace: what one of them writes in a shared channel is nothing for the others. */
export interface Bots {
  readonly has: (user: string) => boolean
  /** Remembers users that Slack itself names as our bots, in memory. */
  note(users: readonly string[]): void
  /** Remembers the bot user of a new installation for good. */
  add(user: string): Promise<void>
  /** Learns from the records what other installations there are, at most every five minutes. */
  refresh(): Promise<void>
}

/** Keeps our bot users in memory and in the records. */
export const createBots = (records: Vault, clock: Clock): Bots => {
  const known = new Set<string>()
  let freshUntil = -Infinity
  const note = (users: readonly string[]): void => {
    for (const user of users) if (known.size < maxBots) known.add(user)
  }
  const read = async (): Promise<readonly string[]> => {
    const users = readFields(await records.get(key))?.['users']
    return Array.isArray(users) ? users.flatMap((user) => readString(user) ?? []) : []
  }
  return {
    has: (user) => known.has(user),
    note,
    add: async (user) => {
      note([user])
      const users = await read()
      if (!users.includes(user)) await records.set(key, { v: 1, users: [...users, user].slice(-maxBots) })
    },
    refresh: async () => {
      if (clock.monotonic() < freshUntil) return
      note(await read())
      freshUntil = clock.monotonic() + everyMs
    },
  }
}

const keyOf = (user: string): string => `user:${user}`

/** What Slack tells of a user. */
interface User {
  /** Undefined where Slack knows none, or does not tell. */
  readonly name: string | undefined
  /** Their language (`fr-FR`); people of other workspaces have none. */
  readonly locale: string | undefined
  readonly isPerson: boolean
  /** Told where the app may read it, of people of the workspace alone: another workspace's admins may write any address. */
  readonly email?: string | undefined
}

interface Asked {
  answered: boolean
  /** A message has waited for it in vain. */
  isLate: boolean
  readonly user: Promise<User | undefined>
}

async function ask(id: string, team: string, client: webApi.WebClient): Promise<User | undefined> {
  try {
    const user = readFields((await client.users.info({ user: id, include_locale: true })).user)
    const name = cleanName(readUserName(user) ?? '') || undefined
    const email = isOfWorkspace(user, team) ? readString(readFields(user?.['profile'])?.['email']) : undefined
    return { name, locale: readString(user?.['locale']), isPerson: user?.['is_bot'] !== true, email }
  } catch (error) {
    // What passes says nothing of the user.
    return refusalCode(error) !== undefined && toFailure(error).outcome === 'rejected' ? nobody : undefined
  }
}

/** Guests of a shared channel are strangers, or have another workspace (https://docs.slack.dev/apis/slack-connect); an organisation's people may have any of its workspaces. */
function isOfWorkspace(user: Fields | undefined, team: string): boolean {
  if (user?.['is_stranger'] === true) return false
  const own = readString(user?.['team_id']) ?? team
  return own === team || readFields(user?.['enterprise_user']) !== undefined
}
