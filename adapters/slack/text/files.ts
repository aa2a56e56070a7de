import type { AdapterContext, Attachment } from '../../../src/port.ts'
import { cleanName, cleanText } from '../../../src/util/text.ts'
import { readFields, readString, type Fields } from '../wire.ts'

/**
 * A message's files by name, size and link; never `url_private`, which would want our token
 * (https://docs.slack.dev/reference/objects/file-object).
 */
export function readAttachments(files: readonly Fields[]): readonly Attachment[] {
  return files.filter(isThere).map((file) => {
    const { size } = file
    const url = outsideLink(file) ?? slackLink(file)
    return {
      name: nameOf(file),
      ...(typeof size === 'number' && size > 0 ? { size } : {}),
      ...(url === undefined ? {} : { url }),
    }
  })
}

/**
 * What Slack itself tells of files' contents, as plain text quoted under the file's name: the beginning of a snippet, a post or an
 * e-mail, and the transcript of a voice or video clip; at most 8,000 characters a file.
 */
export function readFileWords(files: readonly Fields[], say: AdapterContext['say']): readonly string[] {
  return files.filter(isThere).flatMap((file) => {
    const spoken = transcriptIn(file)
    if (spoken !== undefined)
      return `${say('transcript', { name: nameOf(file), platform: 'Slack' })}\n${spoken}`
    const written = readWritten(file)
    return written === undefined ? [] : `${say('fileText', { name: nameOf(file) })}\n${written}`
  })
}

/** What is said in a clip, as Slack has written it down; undefined until then. */
export function transcriptIn(file: Fields): string | undefined {
  const preview = readFields(readFields(file['transcription'])?.['preview'])
  return toExcerpt(preview?.['content'], preview?.['has_more'] === true)
}

/** An address outside of Slack that opens without anybody's token, if this is one. */
export function readOutsideLink(value: unknown): string | undefined {
  const url = readLink(value)
  return url === undefined || isSlackHost(url.hostname) ? undefined : url.href
}

/** Names that Slack gives by itself: `Untitled`, `Untitled.txt`, `-.txt`. */
const nameless = /^(?:untitled)?-?(?:\.\w{1,8})?$/i

/** What people know by its title; its name is made of that, or of nothing. */
const titled: ReadonlySet<unknown> = new Set(['canvas', 'list', 'post', 'quip', 'space'])

/** The modes of files whose words Slack sends along. */
const written: ReadonlySet<unknown> = new Set(['snippet', 'post', 'email'])

/** More of one file is not read here; it is in the file. */
const maxExcerpt = 8_000

const isThere = ({ mode }: Fields): boolean => mode !== 'tombstone'

/** Where a file lies that is not Slack's own, such as one of Google Drive. */
function outsideLink({ mode, url_private: link }: Fields): string | undefined {
  return mode === 'external' ? readOutsideLink(link) : undefined
}

/** An address of a file that opens without anybody's token, if this is one. */
function readLink(value: unknown): URL | undefined {
  const link = readString(value)
  if (link === undefined || !URL.canParse(link)) return undefined
  const url = new URL(link)
  const plain = url.protocol === 'https:' && url.username === '' && url.password === '' && url.port === ''
  return plain ? url : undefined
}

const isSlackHost = (hostname: string): boolean => /(?:^|\.)slack(?:-edge|-files|-gov)?\.com$/.test(hostname)

/** A file's page in Slack: people of its conversation can open it, and no one else. Nothing after the path is passed on. */
function slackLink({ permalink }: Fields): string | undefined {
  const url = readLink(permalink)
  return url !== undefined && isSlackHost(url.hostname) ? `${url.origin}${url.pathname}` : undefined
}

/** The name, or the title of what has none of its own. */
function nameOf(file: Fields): string {
  const name = cleanName(readString(file['name']) ?? '')
  const title = cleanName(readString(file['title']) ?? '')
  const isTitled = nameless.test(name) || titled.has(file['mode']) || titled.has(file['filetype'])
  return (isTitled ? title || name : name) || 'file'
}

function readWritten(file: Fields): string | undefined {
  if (!written.has(file['mode'])) return undefined
  const subject = readString(file['subject'])
  const text = readString(file['preview']) ?? readString(file['preview_plain_text']) ?? ''
  const more = file['preview_is_truncated'] === true || Number(file['lines_more'] ?? 0) > 0
  return toExcerpt(file['mode'] === 'email' && subject !== undefined ? `${subject}\n${text}` : text, more)
}

function toExcerpt(content: unknown, hasMore: boolean): string | undefined {
  const text = cleanText(readString(content) ?? '').trim()
  if (text === '') return undefined
  const shown = text.slice(0, maxExcerpt).toWellFormed()
  const rest = hasMore || shown !== text ? ' …' : ''
  return `${shown}${rest}`.replaceAll(/^/gm, '> ')
}
