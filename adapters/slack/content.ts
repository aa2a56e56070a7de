import type { Attachment } from '../../src/port.ts'
import { cleanName } from '../../src/util/clean.ts'
import { escapeText } from './format.ts'
import { readFields, readList, readString, type Fields, type Message } from './wire.ts'

/** Deeper than any real message. */
const maxDepth = 8

/** Deeper than Slack's own lists go. */
const maxIndent = 8

const toLink = (url: string, label: string): string =>
  label === '' ? `<${escapeText(url)}>` : `<${escapeText(url)}|${escapeText(label)}>`

/** A text object or an element of a rich text; undefined for what holds other elements. */
const toLeaf = (element: Fields): string | undefined => {
  const field = (name: string): string => readString(element[name]) ?? ''
  switch (element['type']) {
    case 'mrkdwn':
      return field('text')
    case 'text':
    case 'raw_text':
    case 'plain_text':
      return escapeText(field('text'))
    case 'link':
      return toLink(field('url'), field('text'))
    case 'user':
      return `<@${field('user_id')}>`
    case 'channel':
      return `<#${field('channel_id')}>`
    case 'usergroup':
      return `<!subteam^${field('usergroup_id')}>`
    case 'broadcast':
      return `<!${field('range')}>`
    case 'emoji':
      return `:${field('name')}:`
    case 'image':
      return escapeText(field('alt_text'))
    default:
      return undefined
  }
}

/** A table's rows as lines (https://docs.slack.dev/reference/block-kit/blocks/table-block). */
const toRows = (table: Fields, depth: number): string => {
  const rows: readonly unknown[] = Array.isArray(table['rows']) ? table['rows'] : []
  return rows
    .filter((row) => Array.isArray(row))
    .map((row) =>
      readList(row)
        .map((cell) => toMrkdwn(cell, depth + 1).replaceAll('\n', ' '))
        .join(' | '),
    )
    .join('\n')
}

const readCount = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0

/** A list's items as lines, numbered or with bullets (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block). */
const toItems = ({ style, indent, offset }: Fields, items: readonly string[]): string => {
  const margin = '  '.repeat(Math.min(readCount(indent), maxIndent))
  const first = readCount(offset) + 1
  return items
    .map((item, index) => `${margin}${style === 'ordered' ? `${first + index}.` : '•'} ${item}`)
    .join('\n')
}

const toQuote = (text: string): string => text.replaceAll(/^/gm, '&gt; ')

/** What a block holds, by its kind. */
const join = (block: Fields, elements: readonly string[]): string => {
  switch (block['type']) {
    case 'rich_text':
      return elements.filter(Boolean).join('\n')
    case 'rich_text_list':
      return toItems(block, elements)
    case 'rich_text_quote':
      return toQuote(elements.join(''))
    default:
      return elements.join('')
  }
}

/** A block as mrkdwn (https://docs.slack.dev/reference/block-kit/blocks). */
const toMrkdwn = (block: Fields, depth = 0): string => {
  if (depth > maxDepth) return ''
  if (block['type'] === 'table') return toRows(block, depth)
  const leaf = toLeaf(block)
  if (leaf !== undefined) return leaf
  const elements = readList(block['elements']).map((element) => toMrkdwn(element, depth + 1))
  const texts = [readFields(block['text']) ?? {}, ...readList(block['fields'])].map(toLeaf)
  return [...texts, join(block, elements)].filter(Boolean).join('\n')
}

const tablesOf = (blocks: readonly Fields[]): readonly string[] =>
  blocks.filter(({ type }) => type === 'table').map((block) => toMrkdwn(block))

/** What an attachment adds: tables always, as Slack keeps those of a message there; its words where nothing else is said, or passed on. */
const toShown = (attachment: Fields, said: boolean): readonly (string | undefined)[] => {
  const tables = tablesOf(readList(attachment['blocks']))
  if (tables.length > 0) return tables
  if (said && attachment['is_share'] !== true) return []
  return [readString(attachment['text']) ?? readString(attachment['fallback'])]
}

/** What a message says, in mrkdwn: its text, else its blocks or attachments; its tables; and what it passes on of another message. */
export const readContent = ({ text, blocks, attachments }: Message): string => {
  const own = text === '' ? blocks.map((block) => toMrkdwn(block)) : [text, ...tablesOf(blocks)]
  const said = own.some((line) => line !== '')
  return [...own, ...attachments.flatMap((attachment) => toShown(attachment, said))]
    .filter(Boolean)
    .join('\n')
}

const isSlackHost = (hostname: string): boolean => /(?:^|\.)slack(?:-edge|-files|-gov)?\.com$/.test(hostname)

/** An address of a file that opens without a token of anybody's, if this is one. */
const readLink = (value: unknown): URL | undefined => {
  const link = readString(value)
  if (link === undefined || !URL.canParse(link)) return undefined
  const url = new URL(link)
  const plain = url.protocol === 'https:' && url.username === '' && url.password === '' && url.port === ''
  return plain ? url : undefined
}

/** Where a file lies that is not Slack's own, such as one of Google Drive. */
const outsideLink = ({ mode, url_private: link }: Fields): string | undefined => {
  const url = mode === 'external' ? readLink(link) : undefined
  return url === undefined || isSlackHost(url.hostname) ? undefined : url.href
}

/** A file's page in Slack: whoever is in its conversation can open it, and nobody else. Nothing after the path is passed on. */
const slackLink = ({ permalink }: Fields): string | undefined => {
  const url = readLink(permalink)
  return url !== undefined && isSlackHost(url.hostname) ? `${url.origin}${url.pathname}` : undefined
}

/** A message's files by name, size and link; never `url_private`, which would want our token. */
export const readAttachments = ({ files }: Message): readonly Attachment[] =>
  files
    .filter((file) => file['mode'] !== 'tombstone')
    .map((file) => {
      const name = cleanName(readString(file['name']) ?? readString(file['title']) ?? '') || 'file'
      const size = file['size']
      const url = outsideLink(file) ?? slackLink(file)
      return {
        name,
        ...(typeof size === 'number' && size > 0 ? { size } : {}),
        ...(url === undefined ? {} : { url }),
      }
    })
