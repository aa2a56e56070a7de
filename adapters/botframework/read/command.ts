import type { Command } from '../../../src/port.ts'
import { isPersonal, isTargeted } from '../conversation.ts'
import type { Content } from '../text/format.ts'
import type { Activity } from '../wire.ts'

const commands: ReadonlySet<string> = new Set(['help', 'status', 'new'] satisfies readonly Command[])

const isCommand = (word: string): word is Command => commands.has(word)

/** The command that a message to the bot is: typed alone, without files. */
export const readCommand = (
  { type }: Pick<Activity, 'type'>,
  { text, attachments }: Content,
): Command | undefined => {
  const word = text.trim().toLowerCase()
  return type === 'message' && attachments.length === 0 && isCommand(word) ? word : undefined
}

/** *help*, said to the bot alone, may be a cry for help: it is answered, and goes to the hotel as well. */
export const isAlsoForHotel = (activity: Activity, command: Command): boolean =>
  command === 'help' && (isPersonal(activity) || isTargeted(activity))
