import type { AdapterContext, Attachment } from '../../../src/port.ts'
import { cleanName, isBlank } from '../../../src/util/text.ts'
import { type Activity, type ActivityAttachment, isHtmlCopy, isQuotation } from '../wire.ts'
import { readCardWords, readForwarded } from './card.ts'
import { decodeEntities, readTokens } from './html-tokens.ts'
import { type HtmlContent, renderHtml } from './html.ts'
import type { Media } from './media.ts'
import { type Bot, createMentions } from './mention.ts'
import { createQuotations, cutAtQuotations, joinSegments, type Quotations, type Segment } from './segments.ts'

/** What somebody wrote. */
export interface Content {
  /** Plain text; markdown stays as it was typed. */
  readonly text: string
  /** By name and size, also those that only the HTML copy has. */
  readonly attachments: readonly Attachment[]
  /** Whether it mentions the bot. */
  readonly mentionsBot: boolean
}

/**
 * Reads the text of an activity and its HTML copy, which is taken where it says no less: Teams' text leaves out line breaks,
 * lists, links, quotations, pictures and files. Below it stands what cards and forwarded messages say. Where there is something in a
 * message and nothing of it can be shown, a line says so.
 */
export const readContent = (activity: Activity, bot: Bot, say: Say): Content => {
  const mentions = createMentions(activity, bot)
  const quotations = (): Quotations => createQuotations(activity.quotes)
  const render = (html: string): Version => {
    const own = quotations()
    const tokens = mentions.cleanHtml(readTokens(html))
    return { ...renderHtml(tokens, own, say('forwardedMessage')), quotations: own }
  }
  const cut = (text: string): Version => {
    const own = quotations()
    const words = mentions.cleanText(text).replaceAll('&nbsp;', ' ')
    return { ...nothing, segments: cutAtQuotations(words, own), quotations: own }
  }
  const { text, textFormat, attachments } = activity
  const html = attachments.find(
    ({ contentType, content }) => isHtmlCopy(contentType) && content !== undefined,
  )
  const copy = html?.content === undefined ? undefined : render(html.content)
  const isHtml = textFormat === 'xml' || textFormat === 'html'
  const plain = text === undefined ? undefined : isHtml ? render(text) : cut(text)
  const { segments, quotations: told } = choose(plain, copy) ?? cut('')
  const isTold = quotationsOf(segments).length >= activity.quotes.length
  const carried = attachments.flatMap((one) => wordsIn(one, say) ?? [])
  const words = joinSegments([...(isTold ? [] : told.rest()), ...segments, ...carried.map(toSegment)])
  const shown = toAttachments(attachments, (copy ?? plain)?.media ?? [], say)
  const isUnreadable = isBlank(words) && shown.length === 0 && copy?.hasUnknown === true
  return {
    text: isUnreadable ? say('unreadable', { platform: 'Microsoft Teams' }) : isBlank(words) ? '' : words,
    attachments: shown,
    mentionsBot: mentions.isAddressed(),
  }
}

type Say = AdapterContext['say']

const nothing: HtmlContent = { segments: [], media: [], isStruck: false, hasUnknown: false }

const toSegment = (text: string): Segment => ({ kind: 'words', text })

/** What a card or a forwarded message says; undefined for any other attachment, and for a card without words. */
function wordsIn({ contentType, fields = {} }: ActivityAttachment, say: Say): string | undefined {
  if (contentType === 'forwardedmessagereference') return readForwarded(fields, say)
  return /\bcard\b|banner/.test(contentType) ? readCardWords(fields, say) : undefined
}

/** One of the two forms in which a message comes. */
interface Version extends HtmlContent {
  readonly quotations: Quotations
}

/** The form that says more, with the quotations of the one that has more of them. */
function choose(plain: Version | undefined, copy: Version | undefined): Version | undefined {
  if (plain === undefined || copy === undefined) return plain ?? copy
  const written = joinSegments(wordsOf(plain.segments))
  const copied = joinSegments(wordsOf(copy.segments))
  const quotes = quotationsOf(plain.segments)
  const copiedQuotes = quotationsOf(copy.segments)
  // What the writer marked as a quotation stands in the text as well.
  const quoted = copiedQuotes.length > 0 ? solid(joinSegments(copy.segments)).replaceAll('>', '') : ''
  if (quoted !== '' && quoted === solid(written)) return copy
  if (isFuller(copied, written, copy.isStruck)) {
    if (quotes.length <= copiedQuotes.length) return copy
    const { segments } = plain
    const isFirst = wordsOf(segments.slice(0, -1)).every(({ text }) => text.trim() === '')
    return isFirst ? { ...plain, segments: [...quotes, ...wordsOf(copy.segments)] } : plain
  }
  if (quotes.length >= copiedQuotes.length) return plain
  if (solid(copied) === solid(written)) return copy
  return { ...copy, segments: [...copiedQuotes, ...wordsOf(plain.segments)] }
}

const wordsOf = (segments: readonly Segment[]): readonly Segment[] =>
  segments.filter(({ kind }) => kind === 'words')

const quotationsOf = (segments: readonly Segment[]): readonly Segment[] =>
  segments.filter(({ kind }) => kind === 'quotation')

function solid(text: string): string {
  return text.replaceAll(/\s/gu, '')
}

function isFuller(copy: string, text: string, isStruck: boolean): boolean {
  if (isStruck && hasAll(copy, text)) return true
  return saysMore(copy, text) || saysMore(copy, decodeEntities(text))
}

/** Whether `copy` has every visible character of `text` in its order. */
function hasAll(copy: string, text: string): boolean {
  const rest = copy[Symbol.iterator]()
  for (const character of solid(text)) {
    let next = rest.next()
    while (next.done !== true && next.value !== character) next = rest.next()
    if (next.done === true) return false
  }
  return true
}

/** Whether `copy` has more than `text`: words, or breaks between them. */
function saysMore(copy: string, text: string): boolean {
  if (countLines(copy) < countLines(text) || !hasAll(copy, text)) return false
  return solid(copy) !== solid(text) || countLines(copy) > countLines(text)
}

function countLines(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '').length
}

/**
 * The attachments of an activity, and behind them what only its HTML copy has: outside of personal chats Teams tells bots of pictures and files there
 * alone. By name and size only: the links that Teams gives open for a short while, for anybody, or never for the hotel.
 */
const toAttachments = (
  attachments: readonly ActivityAttachment[],
  media: readonly Media[],
  say: Say,
): readonly Attachment[] => {
  const listed = attachments.filter((one) => !isHtmlCopy(one.contentType) && !isQuotation(one))
  const pictures = listed.filter(isPicture).length
  // The copy shows what is listed over again, pictures without a name of their own.
  const files = without(media, isFile, listed.length - pictures)
  const missing = without(files, isPlain, pictures)
  const left = pictures - (files.length - missing.length)
  return [
    ...listed.filter((one) => wordsIn(one, say) === undefined).map(toAttachment),
    ...without(missing, (one) => !isFile(one), left).map(({ name }) => ({ name })),
  ]
}

function isPicture({ contentType }: ActivityAttachment): boolean {
  return contentType.startsWith('image/')
}

/** The list without the first `count` of those that match. */
function without(media: readonly Media[], matches: (one: Media) => boolean, count: number): readonly Media[] {
  let left = count
  return media.filter((one) => {
    if (left <= 0 || !matches(one)) return true
    left -= 1
    return false
  })
}

function isFile({ kind }: Media): boolean {
  return kind === 'file'
}

function isPlain({ kind }: Media): boolean {
  return kind === 'image'
}

function toAttachment({ contentType, name = '', size }: ActivityAttachment): Attachment {
  return {
    name: cleanName(name) || cleanName(toKind(contentType)) || 'attachment',
    ...(size === undefined ? {} : { size }),
  }
}

function toKind(contentType: string): string {
  if (/^(?:image|video|audio)\//.test(contentType)) return contentType.slice(0, 5)
  return contentType.includes('.card.') ? 'card' : contentType || 'attachment'
}
