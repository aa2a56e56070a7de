import { cleanName, cleanText } from '../../src/util/clean.ts'
import { decodeEntities } from './entities.ts'
import { htmlToText } from './html.ts'
import { type Bot, withoutMentions } from './mention.ts'
import type { Activity } from './wire.ts'

const tidy = (text: string): string =>
  cleanText(text)
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()

const solid = (text: string): string => text.replaceAll(/\s/gu, '')

const countLines = (text: string): number => text.split('\n').filter((line) => line.trim() !== '').length

/** Whether `copy` has every visible character of `text` in its order, on no fewer lines. */
const saysAll = (copy: string, text: string): boolean => {
  if (countLines(copy) < countLines(text)) return false
  const rest = copy[Symbol.iterator]()
  for (const character of solid(text)) {
    let next = rest.next()
    while (next.done !== true && next.value !== character) next = rest.next()
    if (next.done === true) return false
  }
  return true
}

/** Whether `copy` has more than `text`: words, or breaks between them. */
const saysMore = (copy: string, text: string): boolean =>
  saysAll(copy, text) && (solid(copy) !== solid(text) || countLines(copy) > countLines(text))

const toQuotation = (text: string): string => text.replaceAll(/^/gm, '> ')

/** What the message answers to. The text itself never has it. */
const quotationOf = ({ quotes }: Activity, html: string | undefined, copy: string | undefined): string => {
  if (html !== undefined && /<blockquote\b/i.test(html))
    return (copy ?? '')
      .split('\n')
      .filter((line) => line.startsWith('> '))
      .join('\n')
  return quotes
    .map(({ sender, preview }) =>
      toQuotation([cleanName(sender ?? '') || [], tidy(preview)].flat().join('\n')),
    )
    .join('\n')
}

/**
 * What somebody wrote, in plain text. Markdown stays as it was typed. Teams' text leaves out line breaks, lists, links
 * and quotations, so its HTML copy is read where that says no less.
 */
export const toPlainText = (activity: Activity, bot: Bot): string => {
  const { text, textFormat, attachments } = activity
  const html = attachments.find(({ contentType }) => contentType === 'text/html')?.content
  const copy = html === undefined ? undefined : tidy(htmlToText(withoutMentions(html, activity, bot)))
  const quotation = quotationOf(activity, html, copy)
  const quoted = (words: string): string => [quotation, words].filter((part) => part !== '').join('\n')
  if (text === undefined) return html === undefined ? quoted('') : (copy ?? '')

  const words = withoutMentions(text.replaceAll(/<quoted\b[^<>]*>/gi, ''), activity, bot)
  const isHtml = textFormat === 'xml' || textFormat === 'html'
  const plain = tidy(isHtml ? htmlToText(words) : words.replaceAll('&nbsp;', ' '))
  const isFuller = copy !== undefined && (saysMore(copy, plain) || saysMore(copy, decodeEntities(plain)))
  if (!isFuller) return quoted(plain)
  return copy.startsWith(quotation) ? copy : quoted(copy)
}
