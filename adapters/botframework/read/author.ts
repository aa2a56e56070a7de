import { LRUCache } from 'lru-cache'
import type { Adapter, Author, Clock } from '../../../src/port.ts'
import { cleanName } from '../../../src/util/text.ts'
import type { LookUp } from '../api/http-client.ts'
import { type Activity, parseFields, readActivity, readString } from '../wire.ts'

/** Says who wrote an activity, by a name for people. Rejects only when the signal aborts. */
export type ReadAuthor = (activity: Activity, signal: AbortSignal) => Promise<Author>

/** What finding out needs. */
export interface ReadAuthorOptions {
  readonly lookUp: LookUp
  readonly clock: Clock
  /** For one look-up; after it the author is called a guest. */
  readonly timeLimitMs: number
}

const mostNames = 5000
const keptMs = 24 * 3_600_000
/** A member who could not be found is looked for again after this. */
const keptUnknownMs = 60_000

/**
 * Takes the name that Teams sends. Where it sends none, the member is looked up by `GET /v3/conversations/{id}/members/{id}`
 * (https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context), at most once a day. An id is never a name.
 */
export const createReadAuthor = ({ lookUp, clock, timeLimitMs }: ReadAuthorOptions): ReadAuthor => {
  const known = new LRUCache<string, { readonly name: string }>({
    max: mostNames,
    ttl: keptMs,
    ttlResolution: 0,
    perf: clock,
  })

  const find = async (
    { serviceUrl, ...activity }: Activity,
    id: string,
    signal: AbortSignal,
  ): Promise<string> => {
    const key = `${activity.conversationId ?? ''}|${id}`
    const found = known.get(key)
    if (found !== undefined) return found.name
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeLimitMs)])
    let name = ''
    for (const place of placesOf(activity)) {
      if (name === '' && serviceUrl !== undefined)
        name = readMemberName(await lookUp(serviceUrl, toMemberPath(place, id), limited))
    }
    signal.throwIfAborted()
    known.set(key, { name }, { ttl: name === '' ? keptUnknownMs : keptMs })
    return name
  }

  return async (activity, signal) => {
    const { id, name } = activity.from
    const given = toName(name)
    if (given !== '' || id === undefined) return { id: id ?? 'unknown', name: given || 'Guest' }
    return { id, name: (await find(activity, id, signal)) || 'Guest' }
  }
}

/** Gives the author's address, as their tenant has it. An account of a guest has one that the tenant made up. */
export const createIdentify =
  ({ lookUp }: Pick<ReadAuthorOptions, 'lookUp'>): NonNullable<Adapter['identify']> =>
  async (payload, signal) => {
    const fields = parseFields(payload)
    const activity = fields === undefined ? undefined : readActivity(fields)
    const { serviceUrl } = activity ?? {}
    const id = activity?.from.id
    if (activity === undefined || serviceUrl === undefined || id === undefined) return {}
    for (const place of placesOf(activity)) {
      const member = await lookUp(serviceUrl, toMemberPath(place, id), signal)
      if (member === undefined) continue
      const email = readString(member['email'])
      const isKnown = email !== undefined && member['userRole'] !== 'anonymous' && !/#ext#/i.test(email)
      return isKnown ? { email } : {}
    }
    return {}
  }

/** Whose members are asked for. A shared channel has people who are not in its team, so the channel is asked as well. */
function placesOf({
  teamId,
  conversationId = '',
}: Pick<Activity, 'teamId' | 'conversationId'>): readonly string[] {
  const [channel = ''] = conversationId.split(';', 1)
  return [...new Set([teamId ?? channel, channel])].filter((place) => place !== '')
}

function toMemberPath(place: string, id: string): string {
  return `v3/conversations/${encodeURIComponent(place)}/members/${encodeURIComponent(id)}`
}

function readMemberName(member: Readonly<Record<string, unknown>> | undefined): string {
  const parts = ['givenName', 'surname'].flatMap((field) => readString(member?.[field]) ?? [])
  return toName(readString(member?.['name'])) || toName(parts.join(' '))
}

/** A name that can be shown: on one line, and no id such as `29:1J7s…`. */
function toName(text = ''): string {
  const name = cleanName(text)
  return /^\d+:\S+$/.test(name) ? '' : name
}
