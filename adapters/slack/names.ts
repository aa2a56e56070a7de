import type { webApi } from '@slack/bolt'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../src/port.ts'
import { cleanName } from '../../src/util/clean.ts'
import { withPatience } from './patience.ts'
import { readFields, readUserName } from './wire.ts'

const maxNames = 10_000
const knownForMs = 3_600_000
/** A failed look-up is not repeated for this long. */
const unknownForMs = 300_000

/** Resolves with a person's name, or undefined when Slack does not tell in time or there is no client to ask it with; never rejects. */
export type FindName = (
  team: string,
  user: string,
  client: webApi.WebClient | undefined,
  signal: AbortSignal,
) => Promise<string | undefined>

interface Asked {
  answered: boolean
  readonly name: Promise<string | undefined>
}

const unasked: Asked = { answered: true, name: Promise.resolve(undefined) }

const ask = async (user: string, client: webApi.WebClient): Promise<string | undefined> => {
  try {
    const answer = await client.users.info({ user })
    return cleanName(readUserName(readFields(answer.user)) ?? '') || undefined
  } catch {
    return undefined
  }
}

/** Asks `users.info`, at most once an hour for each person; guests of other workspaces are often not found. */
export const createFindName = (clock: Clock): FindName => {
  const names = new LRUCache<string, Asked>({
    max: maxNames,
    ttl: knownForMs,
    ttlResolution: 0,
    perf: clock,
  })
  const find = (team: string, user: string, client: webApi.WebClient | undefined): Asked => {
    const key = `${team} ${user}`
    const known = names.get(key)
    if (known !== undefined) return known
    if (client === undefined) return unasked
    const asked: Asked = {
      answered: false,
      name: ask(user, client).then((name) => {
        asked.answered = true
        if (name === undefined) names.set(key, asked, { ttl: unknownForMs })
        return name
      }),
    }
    names.set(key, asked)
    return asked
  }
  return (team, user, client, signal) => {
    const { answered, name } = find(team, user, client)
    return answered ? name : withPatience(name, clock, signal)
  }
}
