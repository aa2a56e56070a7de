import type { Activity } from './wire.ts'

/** Whether somebody speaks with the bot alone. */
export const isPersonal = ({ conversationType, isGroup }: Activity): boolean =>
  conversationType === undefined ? !isGroup : conversationType === 'personal'

/**
 * Whether an installation is one into a single channel: Teams adds a bot to a shared or private channel by itself
 * (https://learn.microsoft.com/microsoftteams/platform/build-apps-for-shared-private-channels).
 */
export const isChannelInstallation = ({ eventType }: Activity): boolean =>
  eventType?.toLowerCase() === 'channelmemberadded'

/** Whether a message in a group is between its writer and the bot alone; in a personal chat every one is. */
export const isTargeted = (activity: Activity): boolean => activity.isTargeted && !isPersonal(activity)
