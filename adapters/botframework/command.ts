import type { Command } from '../../src/port.ts'
import { isPersonal } from './conversation.ts'
import { type Bot, mentionsBot } from './mention.ts'
import type { Activity } from './wire.ts'

const commands: ReadonlySet<string> = new Set(['help', 'status', 'new'] satisfies readonly Command[])

const isCommand = (word: string): word is Command => commands.has(word)

/**
 * The command that a message is: typed alone, without files, and to the bot where others read along. `text` is without
 * mentions.
 */
export const readCommand = (activity: Activity, text: string, bot: Bot): Command | undefined => {
  const word = text.trim().toLowerCase()
  const hasFiles = activity.attachments.some(({ contentType }) => contentType !== 'text/html')
  if (activity.type !== 'message' || hasFiles || !isCommand(word)) return undefined
  return isPersonal(activity) || mentionsBot(activity, bot) ? word : undefined
}

/** *help*, said to the bot alone, may be a cry for help: it is answered, and goes to the hotel as well. */
export const isAlsoForHotel = (activity: Activity, command: Command): boolean =>
  command === 'help' && isPersonal(activity)
