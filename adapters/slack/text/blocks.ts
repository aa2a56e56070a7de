import { type Fields, readFields, readItems, readList, readString, readValue } from '../wire.ts'
import { toEmoji, withEmoji } from './emoji.ts'
import { readOutsideLink } from './files.ts'
import { escapeText, toLink } from './format.ts'
import { toAdded, toUnknown } from './unknown.ts'

/**
 * A block, or something in one, as mrkdwn with its emoji as characters: what people see of it. Of an unknown kind the text in it is shown.
 * Empty for what shows no words (a divider), and below 8 levels, which no real message has
 * (https://docs.slack.dev/reference/block-kit/blocks).
 */
export function toMrkdwn(block: Fields, depth = 0): string {
  if (depth > maxDepth) return ''
  const type = readString(block['type']) ?? ''
  const leaf = toLeaf(type, block)
  if (leaf !== undefined) return leaf
  const inner = (fields: Fields): string => toMrkdwn(fields, depth + 1)
  if (type.startsWith('rich_text')) return toRichText(type, block, inner)
  if (type === 'table' || type === 'data_table') return toTable(block, inner)
  const parts = visibleParts.get(type)
  if (parts === undefined) return toUnknown(block, inner)
  if (parts.length === 0) return ''
  const shown = parts.map((part) => toPart(block[part], type, inner))
  const others = Object.entries(block).map(([name, value]) =>
    parts.includes(name) ? undefined : toAdded(name, value, inner),
  )
  return [...shown, ...others].filter(Boolean).join('\n')
}

/** Whether there is nothing but what kind of thing something is, such as `[image]`. */
export const isWordless = (shown: string): boolean => /^(?:\[[^\]\n]*\]\s*)*$/.test(shown)

/** Deeper than any real message. */
const maxDepth = 8

/** Deeper than Slack's own lists go. */
const maxIndent = 8

/** The fields that people see of blocks and elements whose text stands in fields of their own, in the order in which they see them. */
const visibleParts: ReadonlyMap<string, readonly string[]> = new Map([
  ['actions', ['elements']],
  ['alert', ['text']],
  ['card', ['hero_image', 'title', 'subtitle', 'body', 'subtext', 'actions']],
  ['carousel', ['elements']],
  ['checkboxes', ['options']],
  ['container', ['title', 'rich_text_title', 'subtitle', 'child_blocks']],
  ['context', ['elements']],
  ['context_actions', []],
  ['divider', []],
  ['header', ['text']],
  ['input', ['label', 'hint', 'element']],
  ['option', ['text', 'description']],
  ['plan', ['title', 'tasks']],
  ['radio_buttons', ['options']],
  ['section', ['text', 'fields', 'accessory']],
  ['task_card', ['title', 'details', 'output', 'sources']],
  ['video', ['title', 'author_name', 'description', 'title_url']],
])

/** The blocks whose parts stand side by side. */
const inOneLine: ReadonlySet<string> = new Set(['actions', 'context'])

/** The elements of a rich text that stand in it as words do, without a margin. */
const asWords: ReadonlySet<string> = new Set([
  'broadcast',
  'channel',
  'date',
  'emoji',
  'link',
  'text',
  'user',
  'usergroup',
])

/** Text as mrkdwn quotes it. */
export function toQuote(text: string): string {
  return text.replaceAll(/^/gm, '&gt; ')
}

/** A text object or an element of a rich text (https://docs.slack.dev/reference/block-kit/block-elements); undefined for what holds others. */
function toLeaf(type: string, element: Fields): string | undefined {
  const field = (name: string): string => readString(element[name]) ?? ''
  switch (type) {
    case 'mrkdwn':
      return withEmoji(field('text'))
    case 'plain_text':
      return element['emoji'] === false ? escapeText(field('text')) : withEmoji(escapeText(field('text')))
    case 'markdown':
      return withEmoji(escapeText(field('text')))
    case 'text':
    case 'raw_text':
      return escapeText(field('text'))
    case 'raw_number':
      return escapeText(field('text') || (readValue(element['value']) ?? ''))
    case 'link':
      return toLink(field('url'), field('text'))
    case 'user':
    case 'canvas_user_mention':
      return `<@${escapeText(field('user_id'))}>`
    case 'channel':
      return `<#${escapeText(field('channel_id'))}>`
    case 'usergroup':
      return `<!subteam^${escapeText(field('usergroup_id'))}>`
    case 'broadcast':
      return `<!${escapeText(field('range'))}>`
    case 'emoji':
      return escapeText(toEmoji(element))
    case 'color':
      return escapeText(field('value')) || undefined
    case 'date':
      return toDate(element)
    case 'image':
      return toImage(element)
    case 'button':
    case 'workflow_button':
      return toButton(element)
    default:
      return isReference(type) ? toReference(type, element) : undefined
  }
}

/** `<!date^…>`, as a text writes it (https://docs.slack.dev/reference/block-kit/block-elements/date-element). */
function toDate({ timestamp, format, url, fallback }: Fields): string {
  const link = readString(url) === undefined ? '' : `^${toDatePart(url)}`
  const label = readString(fallback) === undefined ? '' : `|${escapeText(readString(fallback) ?? '')}`
  return `<!date^${toDatePart(readValue(timestamp))}^${toDatePart(format)}${link}${label}>`
}

function toDatePart(value: unknown): string {
  return escapeText((readString(value) ?? '').replaceAll(/[|^]/g, ' '))
}

function toImage(image: Fields): string {
  const { title, alt_text: alternative } = image
  const words = readString(readFields(title)?.['text']) ?? readString(title) ?? readString(alternative)
  return words === undefined ? toPicture(image['image_url']) : escapeText(words)
}

/** A picture without a word: where it opens for everybody, else only that there is one. */
export function toPicture(address: unknown): string {
  const link = readOutsideLink(address)
  return link === undefined ? '[image]' : toLink(link, '[image]')
}

function toButton({ text, url }: Fields): string {
  const label = readString(readFields(text)?.['text']) ?? readString(text) ?? ''
  const address = readString(url)
  return address === undefined ? escapeText(`[${label}]`) : toLink(address, label)
}

const isReference = (type: string): boolean =>
  type === 'canvas' || type === 'file' || type === 'team' || type.endsWith('_mention')

/** What leads to something else in Slack, by its words; else by what it is and where. */
function toReference(type: string, element: Fields): string | undefined {
  const text = readString(element['text']) ?? readString(element['label'])
  const url = readString(element['url'])
  if (url !== undefined) return toLink(url, text ?? '')
  if (text !== undefined) return escapeText(text)
  // A remote file's block has the file in it.
  if (readFields(element['file']) !== undefined) return undefined
  const kind = type.replace(/_mention$/, '')
  const channel = readString(element['channel_id'])
  if (channel !== undefined) return `[${escapeText(kind)} in <#${escapeText(channel)}>]`
  const id = readString(element['team_id']) ?? readString(element['file_id']) ?? ''
  return escapeText(`[${`${kind.replaceAll('_', ' ')} ${id}`.trim()}]`)
}

/** A rich text and what it is made of (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block). */
function toRichText(type: string, block: Fields, inner: (fields: Fields) => string): string {
  const elements = readList(block['elements'])
  const shown = elements.map(inner)
  switch (type) {
    case 'rich_text':
      return shown.filter(Boolean).join('\n')
    case 'rich_text_list':
      return toItems(block, shown)
    case 'rich_text_quote':
      return toQuote(toLine(elements, shown))
    default:
      return toLine(elements, shown)
  }
}

/** Slack draws everything but words with a margin of its own, so a space stands where only letters meet it. */
function toLine(elements: readonly Fields[], shown: readonly string[]): string {
  let line = ''
  let afterWords = true
  for (const [index, text] of shown.entries()) {
    const isWords = asWords.has(readString(elements[index]?.['type']) ?? '')
    const touches = /[^\s([{"'“‘/-]$/u.test(line) && /^[^\s)\]}.,;:!?"'”’/-]/u.test(text)
    line += touches && !(isWords && afterWords) ? ` ${text}` : text
    if (text !== '') afterWords = isWords
  }
  return line
}

/** A list's items as lines, numbered or with bullets. */
function toItems({ style, indent, offset }: Fields, items: readonly string[]): string {
  const margin = '  '.repeat(Math.min(readCount(indent), maxIndent))
  const first = readCount(offset) + 1
  return items
    .map((item, index) => `${margin}${style === 'ordered' ? `${first + index}.` : '•'} ${item}`)
    .join('\n')
}

function readCount(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}

/** A table's caption, and its rows as lines; an empty cell keeps its column (https://docs.slack.dev/reference/block-kit/blocks/table-block). */
function toTable(table: Fields, inner: (fields: Fields) => string): string {
  const rows: readonly unknown[] = Array.isArray(table['rows']) ? table['rows'] : []
  const lines = rows.map((row) => {
    const cells = readCells(row)
    return cells === undefined
      ? toPart(row, 'table', inner)
      : cells.map((cell) => toPart(cell, 'table', inner).replaceAll('\n', ' ')).join(' | ')
  })
  return [toPart(table['caption'], 'table', inner), ...lines].filter(Boolean).join('\n')
}

/** A row is a list of cells; one that names its cells is read as well, since what is in them may be a price. */
function readCells(row: unknown): readonly unknown[] | undefined {
  if (Array.isArray(row)) return row
  const fields = readFields(row)
  if (fields === undefined || fields['type'] !== undefined) return undefined
  return Array.isArray(fields['cells']) ? fields['cells'] : Object.values(fields)
}

function toPart(value: unknown, type: string, inner: (fields: Fields) => string): string {
  if (Array.isArray(value))
    return readItems(value)
      .map((one) => toPart(one, type, inner))
      .filter(Boolean)
      .join(inOneLine.has(type) ? ' ' : '\n')
  const fields = readFields(value)
  if (fields === undefined) return escapeText(readValue(value) ?? '')
  const isOption = fields['type'] === undefined && (type === 'checkboxes' || type === 'radio_buttons')
  return inner(isOption ? { ...fields, type: 'option' } : fields)
}
