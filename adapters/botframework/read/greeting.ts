import type { Reading } from '../../../src/port.ts'
import type { LookUp } from '../api/http-client.ts'
import { isChannelInstallation, isPersonal } from '../id.ts'
import { type Bot, isBotId } from '../text/mention.ts'
import { type Activity, readFields, readString } from '../wire.ts'

/** In bigger teams a greeting would disturb more people than it helps. */
const largestTeam = 100

/** Whether the bot itself was added to the conversation, rather than other people or a newer version of the bot. */
export const isInstallation = ({ type, action, membersAdded }: Activity, bot: Bot): boolean =>
  (type === 'installationUpdate' && action === 'add') ||
  (type === 'conversationUpdate' && membersAdded.some((id) => isBotId(id, bot)))

/** Whom to greet after an event. A team whose size is unknown is taken for a big one. */
export const readGreeting = async (
  activity: Activity,
  bot: Bot,
  countMembers: CountMembers,
  signal: AbortSignal,
): Promise<Reading['greet']> => {
  if (!isInstallation(activity, bot)) return undefined
  if (isPersonal(activity)) return 'person'
  if (activity.conversationType !== 'channel' && activity.teamId === undefined) return 'group'
  const count = await countMembers(activity, largestTeam, signal)
  signal.throwIfAborted()
  return count !== undefined && count <= largestTeam ? 'group' : undefined
}

/** How many people a team, or a shared or private channel, has; stops counting just beyond `enough`. Undefined when Teams does not say so in time. */
export type CountMembers = (
  activity: Activity,
  enough: number,
  signal: AbortSignal,
) => Promise<number | undefined>

/** Pages as long as Teams gives them; shorter ones end the count early rather than go on for ever. */
const mostPages = 5

const pageSize = 500

/** Counts by `GET …/pagedmembers` (https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context), all pages within the time limit. */
export const createCountMembers =
  (lookUp: LookUp, timeLimitMs: number): CountMembers =>
  async (activity, enough, signal) => {
    const { serviceUrl } = activity
    const id = placeOf(activity)
    if (serviceUrl === undefined || id === undefined) return undefined
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeLimitMs)])
    let count = 0
    let query = `?pageSize=${pageSize}`
    for (let page = 0; page < mostPages; page += 1) {
      const fields = await lookUp(
        serviceUrl,
        `v3/conversations/${encodeURIComponent(id)}/pagedmembers${query}`,
        limited,
      )
      const members = fields?.['members']
      if (!Array.isArray(members)) return undefined
      count += members.filter((member) => readFields(member) !== undefined).length
      const next = readString(fields?.['continuationToken'])
      if (next === undefined || count > enough) return count
      query = `?pageSize=${pageSize}&continuationToken=${encodeURIComponent(next)}`
    }
    return undefined
  }

/** Who is in a shared or private channel is not who is in its team. */
function placeOf(activity: Activity): string | undefined {
  const { teamId, conversationId } = activity
  return isChannelInstallation(activity) ? conversationId : (teamId ?? conversationId)
}
