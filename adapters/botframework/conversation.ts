import type { Activity } from './wire.ts'

/** Whether somebody speaks with the bot alone. */
export const isPersonal = ({ conversationType, isGroup }: Activity): boolean =>
  conversationType === undefined ? !isGroup : conversationType === 'personal'
