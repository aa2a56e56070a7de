import { createLines, deepest, type Lines } from './lines.ts'
import { readTokens, type Attributes, type HtmlToken } from './html-tokens.ts'
import { isEmoji, readCustomEmoji, readEmoji, readMedia, type Media } from './media.ts'
import { createQuotations, joinSegments, type Quotations, type Segment } from './segments.ts'

/** What HTML says. */
export interface HtmlContent {
  readonly segments: readonly Segment[]
  /** In their order; those of quotations left out. */
  readonly media: readonly Media[]
  /** Whether some of the words were crossed out. */
  readonly isStruck: boolean
  /** Whether there are elements that are not known here, which may show something. */
  readonly hasUnknown: boolean
}

/**
 * The words of HTML as lines: items with `- ` or their number, links as `label (url)`, quotations behind `> `, cells between
 * bars, what was crossed out between `~~`, and emoji for their pictures.
 */
export const htmlToText = (html: string): string =>
  joinSegments(renderHtml(readTokens(html), createQuotations([])).segments)

/** Writes tokens as lines, quotations apart from the writer's own words, and forwarded ones below `forwarded`. */
export const renderHtml = (
  tokens: readonly HtmlToken[],
  quotations: Quotations,
  forwarded = 'Forwarded message:',
): HtmlContent => {
  const blocks = createBlocks(quotations, forwarded)
  const inline = createInline(() => blocks.lines())
  const media: Media[] = []
  let hasUnknown = false

  const open = (name: string, attributes: Attributes): void => {
    if (name === 'quoted' || name === 'attachment') {
      if (blocks.cite(attributes.get('messageid') ?? attributes.get('id') ?? '')) return
    }
    const found = readMedia(name, attributes)
    if (found !== undefined && !blocks.isQuoting()) media.push(found)
    if (emojiElements.test(name) && isEmoji(attributes)) inline.write(readEmoji(attributes))
    else if (name === 'customemoji') inline.write(readCustomEmoji(attributes))
    else if (found === undefined && !wordElements.test(name) && !blocks.isQuoting()) hasUnknown = true
    if (endsLine(name)) inline.endLine()
    blocks.open(name, attributes)
    inline.open(name, attributes)
  }

  for (const token of tokens) {
    if (token.kind === 'open') open(token.name, token.attributes)
    else if (token.kind === 'close') {
      inline.close(token.name)
      if (endsLine(token.name)) inline.endLine()
      blocks.close(token.name)
    } else if (blocks.isCode()) writeCode(token.text, blocks.lines(), inline)
    else inline.write(token.text.replaceAll(/[\r\n\t ]+/g, ' '))
  }
  return { segments: blocks.end(), media, isStruck: inline.isStruck(), hasUnknown }
}

const emojiElements = /^(?:img|emoji)$/

/** Elements that show nothing but the words in them. */
const wordElements =
  /^(?:a|abbr|article|at|b|big|blockquote|body|br|center|code|codeblock|col|colgroup|del|div|em|figure|font|h[1-6]|head|hr|html|i|ins|li|mark|meta|ol|p|pre|readonly|s|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|u|ul)$/

const blockElements = /^(?:p|div|h[1-6]|tr|table|pre|codeblock|hr|ul|ol|li|blockquote)$/

const struckElements = /^(?:s|strike|del)$/

/** What begins and ends lines: blocks, lists, tables and quotations. */
function createBlocks(quotations: Quotations, forwarded: string): Blocks {
  const parts = createParts(quotations, forwarded)
  const lists = createLists()
  let code = 0

  const open = (name: string, attributes: Attributes): void => {
    if (name === 'blockquote') parts.open(attributes)
    const lines = parts.lines()
    if (blockElements.test(name)) lines.flush()
    if (name === 'br') lines.end()
    else if (name === 'pre') code += 1
    else if (name === 'ul' || name === 'ol') lists.open(name, attributes)
    else if (name === 'li') lines.mark(lists.mark(attributes))
    else if ((name === 'td' || name === 'th') && !lines.isEmpty()) lines.add(' | ')
  }
  const close = (name: string): void => {
    if (blockElements.test(name)) parts.lines().flush()
    if (name === 'blockquote') parts.close()
    else if (name === 'pre') code = Math.max(0, code - 1)
    else if (name === 'ul' || name === 'ol') lists.close()
  }
  return {
    lines: () => parts.lines(),
    open,
    close,
    cite: (id) => parts.cite(id),
    isQuoting: () => parts.isQuoting(),
    isCode: () => code > 0,
    end: () => parts.end(),
  }
}

interface Blocks {
  /** Where words go now. */
  lines(): Lines
  open(name: string, attributes: Attributes): void
  close(name: string): void
  /** Inserts a known quotation; false for an unknown id. */
  cite(id: string): boolean
  isQuoting(): boolean
  isCode(): boolean
  end(): readonly Segment[]
}

/** Where quotations begin and end. Forwarded text is not a quotation, since the writer passes it on as their message. */
function createParts(quotations: Quotations, forwarded: string): Parts {
  const segments: { readonly kind: Segment['kind'] | 'told'; readonly lines: Lines }[] = []
  const open: ('quotation' | 'inside')[] = []
  let lines = createLines()
  const begin = (kind: Segment['kind'] | 'told'): void => {
    lines = createLines()
    segments.push({ kind, lines })
  }
  begin('words')
  const isQuoting = (): boolean => open[0] === 'quotation'

  return {
    lines: () => lines,
    isQuoting,
    open: (attributes) => {
      const isForward = /\/forward$/i.test(attributes.get('itemtype') ?? '')
      if (isForward && !isQuoting()) {
        lines.flush()
        lines.add(forwarded)
      }
      const begins = !isForward && open.length === 0
      const id = attributes.get('itemid')
      if (begins) begin(id === undefined || quotations.tell(id) ? 'quotation' : 'told')
      open.push(begins ? 'quotation' : 'inside')
      lines.quote(1)
    },
    close: () => {
      const kind = open.pop()
      if (kind === 'quotation') begin('words')
      else if (kind === 'inside') lines.quote(-1)
    },
    cite: (id) => {
      const text = quotations.take(id)
      if (text === undefined) return false
      if (text === '' || isQuoting()) return true
      begin('quotation')
      text.split('\n').forEach((row) => {
        lines.add(row)
        lines.end()
      })
      begin('words')
      return true
    },
    end: () =>
      segments.flatMap((part) =>
        part.kind === 'told' ? [] : [{ kind: part.kind, text: part.lines.text() }],
      ),
  }
}

type Parts = Pick<Blocks, 'lines' | 'cite' | 'isQuoting' | 'end'> & {
  /** A `<blockquote>` begins. */
  open(attributes: Attributes): void
  close(): void
}

/** Numbers and indents items. */
function createLists(): {
  open(name: 'ul' | 'ol', attributes: Attributes): void
  close(): void
  /** What the next item begins with. */
  mark(attributes: Attributes): string
} {
  const lists: { readonly isOrdered: boolean; next: number }[] = []
  return {
    open: (name, attributes) =>
      void lists.push({ isOrdered: name === 'ol', next: readNumber(attributes.get('start')) ?? 1 }),
    close: () => void lists.pop(),
    mark: (attributes) => {
      const list = lists.at(-1)
      const indent = '  '.repeat(Math.min(Math.max(lists.length - 1, 0), deepest))
      if (list?.isOrdered !== true) return `${indent}- `
      const number = readNumber(attributes.get('value')) ?? list.next
      list.next = number + 1
      return `${indent}${number}. `
    },
  }
}

function readNumber(text = ''): number | undefined {
  return /^\s*-?\d{1,9}\s*$/.test(text) ? Number(text) : undefined
}

/** What stands within a line: words, links, and what was crossed out. */
function createInline(lines: () => Lines): Inline {
  const strikethrough = createStrikethrough()
  let link: { readonly href: string; label: string } | undefined
  return {
    write: (words) => {
      if (link !== undefined) link.label += words
      lines().add(strikethrough.mark(words))
    },
    open: (name, attributes) => {
      strikethrough.open(name, attributes)
      if (name === 'a') link = { href: attributes.get('href') ?? '', label: '' }
    },
    close: (name) => {
      if (name === 'a' && link !== undefined) {
        lines().add(destination(link.label.trim(), link.href))
        link = undefined
      }
      if (strikethrough.close(name)) lines().add(strikethrough.end())
    },
    endLine: () => lines().add(strikethrough.end()),
    isStruck: () => strikethrough.was(),
  }
}

interface Inline {
  write(words: string): void
  open(name: string, attributes: Attributes): void
  close(name: string): void
  endLine(): void
  /** Whether anything was crossed out. */
  isStruck(): boolean
}

/** Marks struck-through text with `~~`, so that it is not read as valid. */
function createStrikethrough(): {
  open(name: string, attributes: Attributes): void
  /** Whether this element ends the struck-through text. */
  close(name: string): boolean
  /** The words, with `~~` before the first struck-through ones. */
  mark(words: string): string
  /** The `~~` that ends struck-through text; empty where there is none. */
  end(): string
  was(): boolean
} {
  const open: string[] = []
  let isMarked = false
  let was = false
  return {
    open: (name, attributes) => {
      const isStruck = struckElements.test(name) || /line-through/i.test(attributes.get('style') ?? '')
      if (isStruck || open.at(-1) === name) open.push(name)
    },
    close: (name) => {
      if (open.at(-1) !== name) return false
      open.pop()
      return open.length === 0
    },
    mark: (words) => {
      if (open.length === 0 || isMarked || words.trim() === '') return words
      isMarked = true
      was = true
      return words.replace(/^\s*/, (space) => `${space}~~`)
    },
    end: () => {
      const mark = isMarked ? '~~' : ''
      isMarked = false
      return mark
    },
    was: () => was,
  }
}

/** Where a link leads, when its label does not say so. */
function destination(label: string, href: string): string {
  if (!/^(?:https?:\/\/|mailto:|tel:)\S+$/i.test(href) || bare(label) === bare(href)) return ''
  return label === '' ? href : ` (${href})`
}

function bare(url: string): string {
  return url.replace(/^(?:https?:\/\/|mailto:|tel:)/i, '').replace(/\/$/, '')
}

function endsLine(name: string): boolean {
  return name === 'br' || blockElements.test(name)
}

function writeCode(text: string, lines: Lines, inline: Inline): void {
  text.split(/\r\n?|\n/).forEach((row, index) => {
    if (index > 0) lines.end()
    inline.write(row.replaceAll(' ', '\u{a0}'))
  })
}
