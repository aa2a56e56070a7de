import type { webApi } from '@slack/bolt'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../src/port.ts'
import { cleanName } from '../../../src/util/text.ts'
import { refusalCode } from '../api/call.ts'
import { withPatience } from '../../../src/util/time-limit.ts'
import { readFields, readUserName } from '../wire.ts'

const maxUsers = 10_000
const knownForMs = 3_600_000
/** A failed look-up is not repeated for this long. */
const unknownForMs = 300_000

/** What Slack tells of a user. */
interface User {
  /** Undefined where Slack knows none, or does not tell. */
  readonly name: string | undefined
  readonly isPerson: boolean
}

/**
 * Resolves with what Slack tells of a user, who is no person where Slack refuses to; undefined when it does not answer in time. There is
 * nobody to ask without a client. Never rejects.
 */
export type FindUser = (
  team: string,
  user: string,
  client: webApi.WebClient | undefined,
  signal: AbortSignal,
) => Promise<User | undefined>

interface Asked {
  answered: boolean
  readonly user: Promise<User | undefined>
}

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
      user: ask(user, client).then((found) => {
        asked.answered = true
        if (found?.name === undefined) users.set(key, asked, { ttl: unknownForMs })
        return found
      }),
    }
    users.set(key, asked)
    return asked
  }
  return (team, id, client, signal) => {
    const { answered, user } = find(team, id, client)
    return answered ? user : withPatience(user, clock, signal)
  }
}

const nobody: User = { name: undefined, isPerson: false }
const unasked: Asked = { answered: true, user: Promise.resolve(nobody) }

async function ask(id: string, client: webApi.WebClient): Promise<User | undefined> {
  try {
    const user = readFields((await client.users.info({ user: id })).user)
    const name = cleanName(readUserName(user) ?? '') || undefined
    return { name, isPerson: user?.['is_bot'] !== true }
  } catch (error) {
    return refusalCode(error) === undefined ? undefined : nobody
  }
}
