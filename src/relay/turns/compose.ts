import type { Attachment, Author, Turn } from '../../port.ts'
import { excerpt, type Texts } from '../texts.ts'

/** Mews documents no maximum; these stay below what its fields are seen to hold. */
export const mewsLimits = { text: 4_000, subject: 255, sender: 255, subjectLine: 150 } as const

const sizes = ['B', 'kB', 'MB', 'GB'] as const

/**
 * A turn as the hotel reads it: an author is named unless they opened the thread, and a late turn is marked. Empty where the turn says
 * nothing.
 */
export const composeTurn = (turn: Turn, { firstAuthor, late = false }: Read, texts: Texts): string => {
  const { id, name } = turn.author
  const lines = turn.attachments.map((attachment) => attachmentLine(attachment, texts))
  const said = [body(turn, texts), ...lines].filter((line) => line.trim() !== '').join('\n')
  if (said === '') return ''
  const text = late ? texts.say('late', { text: said }) : said
  if (firstAuthor === undefined || id === firstAuthor || id === '') return text
  return texts.say('speaker', { name, text })
}

/** A new thread's subject: what the adapter gives for it or the first line of what was written, the platform, and the reference by which it is found again. */
export const composeSubject = (turn: Turn, platform: string, reference: string, texts: Texts): string => {
  const firstLine = (turn.subject ?? body(turn, texts)).trim().split('\n', 1)[0] ?? ''
  const line = excerpt(
    firstLine === '' ? (turn.attachments[0]?.name ?? texts.say('attachmentOnly')) : firstLine,
    mewsLimits.subjectLine,
  )
  return texts.say('subject', { line, platform, reference })
}

/** A new thread's sender: the guest's name, never empty. */
export const composeSender = ({ name, id }: Author): string => {
  const line = excerpt(name, mewsLimits.sender)
  return line || id || 'Guest'
}

/** What the hotel knows already when it reads the turn. */
interface Read {
  /** Whom the thread is named for. */
  readonly firstAuthor?: string | undefined
  /** Something that was written after the turn. */
  readonly late?: boolean | undefined
}

const attachmentLine = ({ name, size, url, deleted = false }: Attachment, texts: Texts): string => {
  if (deleted) return texts.say('attachmentDeleted', { name })
  const label = size === undefined ? name : `${name} (${sizeText(size)})`
  return texts.say('attachment', { name: url === undefined ? label : `${label} ${url}` })
}

const sizeText = (bytes: number): string => {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), sizes.length - 1)
  return `${Math.round(bytes / 1000 ** power)} ${sizes[power]}`
}

const body = ({ kind, text }: Turn, texts: Texts): string => {
  if (kind === 'message') return text
  if (kind === 'edit') return text === '' ? '' : texts.say('edited', { text })
  return text === '' ? texts.say('deletedUnknown') : texts.say('deleted', { text })
}
