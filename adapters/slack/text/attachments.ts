import type { AdapterContext } from '../../../src/port.ts'
import { cleanName } from '../../../src/util/text.ts'
import { withEmoji } from './emoji.ts'
import { decodeText, escapeText, toLink } from './format.ts'
import { readFields, readItems, readList, readString, readValue, type Fields } from '../wire.ts'
import { isWordless, toMrkdwn, toPicture, toQuote } from './blocks.ts'

/**
 * What hangs on a message, as mrkdwn: what was forwarded, or stands behind a pasted link to a message, quoted under its writer's name;
 * tables of the message itself, which Slack keeps there; what an app shows. The preview of a link only where nothing else is said, as it is
 * not the guest's. Number, depth and length are limited, and a line says where something was left out
 * (https://docs.slack.dev/reference/messaging/message-attachments).
 */
export function readShown(
  attachments: readonly Fields[],
  { said, say }: { readonly said: boolean; readonly say: Say },
): readonly string[] {
  const shown = showAll(attachments, say, 0)
  if (shown.length > 0) return shorten(shown, say)
  return said
    ? []
    : shorten(
        attachments.filter(isPreview).map((preview) => toBody(preview, say, 0)),
        say,
      )
}

/** The words of a message: its text, and what its blocks say beyond that; all its blocks where the text only stands in for them. */
export function toWords(text: string, blocks: readonly Fields[], textStandsIn = false): string {
  if (text === '' || textStandsIn) {
    const shown = blocks
      .map((block) => toMrkdwn(block))
      .filter(Boolean)
      .join('\n')
    if (text === '' || !isWordless(shown)) return shown
  }
  const beside = blocks
    .filter(({ type }) => type !== 'rich_text')
    .map((block) => toMrkdwn(block))
    .filter((shown) => !text.includes(shown))
  return [withEmoji(text, blocks), ...beside].filter(Boolean).join('\n')
}

/** The text of each forwarded or linked message, for comparing. */
export function sharedIn(attachments: readonly Fields[]): readonly string[] {
  return attachments
    .filter(isShared)
    .slice(0, maxAttachments)
    .map((attachment) => {
      const files = readSharedFiles([attachment]).map(({ id }) => String(id))
      return [toForwarded(attachment, (name) => name, 0), ...files].join('\n')
    })
}

/** The files of what was forwarded, and of what that forwards in turn; at most 100. */
export function readSharedFiles(attachments: readonly Fields[], depth = 0): readonly Fields[] {
  if (depth > maxDepth) return []
  return attachments
    .slice(0, maxAttachments)
    .filter((attachment) => !isPreview(attachment))
    .flatMap((attachment) => [
      ...[attachment, ...messagesIn(attachment)].flatMap(({ files }) => readList(files)),
      ...readSharedFiles(nestedIn(attachment), depth + 1),
    ])
    .slice(0, maxFiles)
}

/** More of one message are not read. */
const maxAttachments = 20

const maxFiles = 100

/** What is forwarded within what is forwarded is not read below this. */
const maxDepth = 3

/** As long as Slack's own longest message. */
const maxLength = 40_000

/** What Slack writes where a client cannot show something. */
const placeholder = /^\[no preview available\]$/i

/** A longer text is not taken for a name. */
const maxName = 80

type Say = AdapterContext['say']

/** What hangs on a message at this depth, previews apart. */
function showAll(attachments: readonly Fields[], say: Say, depth: number): readonly string[] {
  const all = attachments.filter((attachment) => !isPreview(attachment))
  const within = depth > maxDepth ? [] : all.slice(0, maxAttachments)
  const shown = within.map((attachment) =>
    isShared(attachment) ? toForwarded(attachment, say, depth) : toBody(attachment, say, depth),
  )
  return [...shown, within.length < all.length ? sayShortened(say) : ''].filter(Boolean)
}

/** What Slack or an app shows of an address in the text. */
function isPreview(attachment: Fields): boolean {
  const {
    is_app_unfurl: ofApp,
    from_url: from,
    original_url: original,
    app_unfurl_url: unfurled,
  } = attachment
  const hasAddress = [from, original, unfurled].some((url) => readString(url) !== undefined)
  return !isShared(attachment) && (ofApp === true || hasAddress)
}

/** Somebody's message: forwarded (`is_share`), or pasted as a link. */
function isShared({ is_share: share, is_msg_unfurl: message, is_reply_unfurl: reply }: Fields): boolean {
  return share === true || message === true || reply === true
}

function toForwarded(attachment: Fields, say: Say, depth: number): string {
  const name = toName(attachment)
  // The name may be a mention, which must not be escaped.
  const header = escapeText(say(name === '' ? 'forwardedMessage' : 'forwarded')).replace('{name}', () => name)
  const body = toBody({ ...attachment, author_name: undefined, footer: undefined }, say, depth)
  if (body !== '') return `${header}\n${toQuote(body)}`
  const hasFiles = readSharedFiles([attachment]).length > 0
  return hasFiles ? header : `${header}\n${escapeText(say('unreadable', { platform: 'Slack' }))}`
}

function toName({ author_name: name, author_subname: subname, author_id: id }: Fields): string {
  const shown = cleanName(decodeText(readString(name) ?? readString(subname) ?? '')).slice(0, maxName)
  const user = readString(id) ?? ''
  return shown === '' && /^\w+$/.test(user) ? `<@${user}>` : escapeText(shown.toWellFormed())
}

/** All that is below an attachment, the files apart. */
function toBody(attachment: Fields, say: Say, depth: number): string {
  const text = (name: string): string => withEmoji(readString(attachment[name]) ?? '')
  const link = readString(attachment['title_link'])
  const title = readString(attachment['title']) ?? ''
  const lines = [
    text('pretext'),
    text('author_name'),
    title === '' || link === undefined ? withEmoji(title) : toLink(decodeText(link), decodeText(title)),
    wordsOf(attachment),
    ...readList(attachment['fields']).map(toField),
    text('footer'),
    ...showAll(nestedIn(attachment), say, depth + 1),
  ].filter(Boolean)
  const [body = ''] = shorten(
    [lines.join('\n') || readFallback(attachment) || toShownPicture(attachment)],
    say,
  )
  return body
}

/** An app's picture. */
function toShownPicture({ image_url: image, thumb_url: thumbnail }: Fields): string {
  const address = readString(image) ?? readString(thumbnail)
  return address === undefined ? '' : toPicture(address)
}

/** The blocks of a message that is shown for its link are in `message_blocks`; `blocks` are an app's preview of it. */
function wordsOf(attachment: Fields): string {
  const ofMessage = messagesIn(attachment).flatMap(({ blocks }) => readList(blocks))
  const isLinked = isShared(attachment) && attachment['is_share'] !== true
  const blocks = ofMessage.length > 0 || isLinked ? ofMessage : readList(attachment['blocks'])
  const text = readString(attachment['text']) ?? ''
  return toWords(placeholder.test(text) ? '' : text, blocks)
}

/** The messages that `message_blocks` has. */
function messagesIn(attachment: Fields): readonly Fields[] {
  return readList(attachment['message_blocks'])
    .map(({ message }) => readFields(message))
    .filter((message) => message !== undefined)
}

function toField({ title, value }: Fields): string {
  return [toFieldText(title), toFieldText(value)].filter(Boolean).join(': ')
}

/** Apps send mrkdwn there, but also numbers, lists and objects. */
function toFieldText(value: unknown): string {
  if (Array.isArray(value)) return readItems(value).map(toFieldText).filter(Boolean).join(', ')
  const fields = readFields(value)
  return fields === undefined ? withEmoji(readValue(value) ?? '') : toMrkdwn(fields)
}

function nestedIn(attachment: Fields): readonly Fields[] {
  return [attachment, ...messagesIn(attachment)].flatMap(({ attachments }) => readList(attachments))
}

/** As many of the texts as the limit leaves room for, and a word where there were more. */
function shorten(texts: readonly string[], say: Say): readonly string[] {
  let left = maxLength
  const shown: string[] = []
  for (const text of texts) {
    if (text.length > left) return [...shown, cut(text, left, say)]
    left -= text.length
    shown.push(text)
  }
  return shown
}

/** Never cuts inside of a character, a control sequence or an entity. */
function cut(text: string, length: number, say: Say): string {
  const head = text
    .slice(0, length)
    .toWellFormed()
    .replace(/(?:<[^<>]*|&[a-z]{0,3})$/, '')
  return `${head}\n${sayShortened(say)}`
}

function sayShortened(say: Say): string {
  return escapeText(say('shortened', { platform: 'Slack' }))
}

/** Removes the beginning of a fallback, which the header already says: `[July 1st, 2026 10:00 AM] lara: words` → `words`. */
function readFallback(attachment: Fields): string {
  const fallback = readString(attachment['fallback']) ?? ''
  if (placeholder.test(fallback)) return ''
  return withEmoji(
    isShared(attachment) ? fallback.replace(/^\[[^\]]{0,60}\] [^:\n]{1,80}:\s*/, '') : fallback,
  )
}
