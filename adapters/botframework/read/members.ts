import { isChannelInstallation } from '../conversation.ts'
import type { LookUp } from '../api/look-up.ts'
import { readFields, readString, type Activity } from '../wire.ts'

/** How many people a team, or a shared or private channel, has; counts no further than just beyond `enough`. Undefined when it cannot be told in time. */
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
