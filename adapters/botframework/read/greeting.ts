import type { Reading } from '../../../src/port.ts'
import { isPersonal } from '../conversation.ts'
import type { CountMembers } from './members.ts'
import { isBotId, type Bot } from '../text/mention.ts'
import type { Activity } from '../wire.ts'

/** In bigger teams a greeting would disturb more people than it helps. */
const largestTeam = 100

/** Whether the bot itself has come into the conversation: neither other people nor a newer version of it. */
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
