import type { AdapterContext } from '../../../src/port.ts'
import { escapeText } from './format.ts'
import { readSharedFiles, readShown, sharedIn, toWords } from './attachments.ts'
import { isWordless } from './blocks.ts'
import { transcriptIn } from './files.ts'
import type { Fields, Message } from '../wire.ts'

/**
 * What a message says, in mrkdwn with its emoji as characters: its own words, its tables, and what it passes on of other messages. Of a
 * message that an app posted its blocks: the text only stands in for them. Where there is something in it and no word of it can be
 * shown, a line says so.
 */
export const readContent = (message: Message, say: AdapterContext['say']): string => {
  const { text, blocks, attachments, files } = message
  const own = toWords(text, blocks, isOfApp(message))
  const shown = [own, ...readShown(attachments, { said: own !== '', say })].filter(Boolean).join('\n')
  const hasContent = blocks.length > 0 || attachments.length > 0
  if (text !== '' || files.length > 0 || !hasContent || !isWordless(shown)) return shown
  return [shown, escapeText(say('unreadable', { platform: 'Slack' }))].filter(Boolean).join('\n')
}

/** The message's own files and those of what it forwards. */
export const readFiles = ({ files, attachments }: Message): readonly Fields[] => [
  ...files,
  ...readSharedFiles(attachments),
]

/** Whether somebody who edited a message changed what it says; the preview of a link changes nothing. */
export const saysTheSame = (one: Message, other: Message): boolean =>
  one.text === other.text && besideText(one) === besideText(other)

/** Whether Slack itself has added something that the message means: the message behind a pasted link, or a clip's transcript. */
export const isCompleted = (before: Message, after: Message): boolean => {
  const [had, has] = [addedTo(before), addedTo(after)]
  return has.some((part) => !had.includes(part))
}

const isOfApp = ({ appId, botId }: Message): boolean => appId !== undefined || botId !== undefined

/** Files, tables and the like, which the text does not have. */
const besideText = (message: Message): string => {
  const files = message.files.map(({ id, mode }) => `${String(id)} ${String(mode)}`)
  const blocks = message.blocks.filter(({ type }) => type !== 'rich_text')
  return [...files, toWords('', blocks), ...sharedIn(message.attachments)].join('\n')
}

const addedTo = ({ attachments, files }: Message): readonly string[] => [
  ...sharedIn(attachments),
  ...files.flatMap((file) => transcriptIn(file) ?? []),
]
