import { decodeEntities } from './entities.ts'
import { createLines, deepest } from './lines.ts'

const attribute = (tag: string, name: string): string =>
  decodeEntities(
    new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'i').exec(tag)?.slice(1).join('') ?? '',
  )

const bare = (url: string): string => url.replace(/^(?:https?:\/\/|mailto:|tel:)/i, '').replace(/\/$/, '')

/** Where a link leads, when its label does not say so. */
const destination = (label: string, href: string): string => {
  if (!/^(?:https?:\/\/|mailto:|tel:)\S+$/i.test(href) || bare(label) === bare(href)) return ''
  return label === '' ? href : ` (${href})`
}

const blocks = /^(?:p|div|h[1-6]|tr|table|pre|hr|ul|ol|li|blockquote)$/

/**
 * The words of HTML as lines: items with `- ` or their number, links as `label (url)`, quotations behind `> `, cells between
 * bars, and emoji for their pictures.
 */
export const htmlToText = (html: string): string => {
  const lines = createLines()
  const lists: { ordered: boolean; count: number }[] = []
  let link: { readonly href: string; label: string } | undefined
  let isCode = false

  const open = (name: string, tag: string): void => {
    if (blocks.test(name)) lines.flush()
    if (name === 'br') lines.end()
    else if (name === 'blockquote') lines.quote(1)
    else if (name === 'pre') isCode = true
    else if (name === 'ul' || name === 'ol') lists.push({ ordered: name === 'ol', count: 0 })
    else if (name === 'a') link = { href: attribute(tag, 'href'), label: '' }
    else if ((name === 'td' || name === 'th') && !lines.isEmpty()) lines.add(' | ')
    else if (name === 'img') {
      const alternative = attribute(tag, 'alt')
      if (/\p{Extended_Pictographic}/u.test(alternative)) lines.add(alternative)
    } else if (name === 'li') {
      const list = lists.at(-1) ?? { ordered: false, count: 0 }
      list.count += 1
      const indent = '  '.repeat(Math.min(Math.max(lists.length - 1, 0), deepest))
      lines.mark(indent + (list.ordered ? `${list.count}. ` : '- '))
    }
  }

  const close = (name: string): void => {
    if (name === 'a' && link !== undefined) {
      lines.add(destination(link.label.trim(), link.href))
      link = undefined
    }
    if (blocks.test(name)) lines.flush()
    if (name === 'blockquote') lines.quote(-1)
    else if (name === 'pre') isCode = false
    else if (name === 'ul' || name === 'ol') lists.pop()
  }

  const write = (words: string): void => {
    if (link !== undefined) link.label += decodeEntities(words)
    if (!isCode) return lines.add(decodeEntities(words.replaceAll(/[\r\n\t ]+/g, ' ')))
    words.split(/\r\n?|\n/).forEach((row, index) => {
      if (index > 0) lines.end()
      lines.add(decodeEntities(row.replaceAll(' ', '\u{a0}')))
    })
  }

  const visible = html.replaceAll(/<(script|style)\b[^<>]*>[^<]*<\/\1>/gi, '')
  for (const [token] of visible.matchAll(/<[^<>]*>|[^<]+|</g)) {
    const [, slash, name] = /^<(\/?)([a-z][a-z0-9]*)/i.exec(token) ?? []
    if (name === undefined || !token.endsWith('>')) {
      if (!/^<[!?/][^<>]*>$/.test(token)) write(token)
    } else if (slash === '/') close(name.toLowerCase())
    else open(name.toLowerCase(), token)
  }
  return lines.text()
}
