import { Tokenizer } from 'htmlparser2'

/** An element's attributes by name, in lower case, entities decoded. */
export type Attributes = ReadonlyMap<string, string>

/** A piece of HTML. */
export type HtmlToken =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: Attributes }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }

/**
 * Tags and text in order; names in lower case, entities decoded, and a tag without an end as text. Takes time in proportion to the
 * length, whatever the HTML is: htmlparser2's parser does not, because it keeps a list of open elements, so only its tokenizer is used.
 */
export const readTokens = (html: string): readonly HtmlToken[] => {
  const collected = createCollector()
  let element = ''
  let attributes = new Map<string, string>()
  let attribute = ''
  let consumed = 0
  const ended = (end: number): void => {
    consumed = html.indexOf('>', end) + 1 || html.length
  }
  const open = (end: number): void => {
    collected.tag({ kind: 'open', name: element, attributes })
    ended(end)
  }
  const value = (text: string): void =>
    void attributes.set(attribute, (attributes.get(attribute) ?? '') + text)
  const tokenizer = new Tokenizer(
    { xmlMode: false, decodeEntities: true },
    {
      ontext: (start, end) => {
        collected.text(html.slice(start, end))
        consumed = end
      },
      ontextentity: (code, end) => {
        collected.text(String.fromCodePoint(code))
        consumed = end
      },
      onopentagname: (start, end) => {
        element = html.slice(start, end).toLowerCase()
        attributes = new Map()
      },
      onattribname: (start, end) => {
        attribute = html.slice(start, end).toLowerCase()
      },
      onattribdata: (start, end) => value(html.slice(start, end)),
      onattribentity: (code) => value(String.fromCodePoint(code)),
      onattribend: () => value(''),
      onopentagend: open,
      onselfclosingtag: open,
      onclosetag: (start, end) => {
        collected.tag({ kind: 'close', name: html.slice(start, end).toLowerCase() })
        ended(end)
      },
      oncomment: (_start, end) => ended(end),
      oncdata: (_start, end) => ended(end),
      ondeclaration: (_start, end) => ended(end),
      onprocessinginstruction: (_start, end) => ended(end),
      onend: () => collected.text(html.slice(consumed)),
    },
  )
  tokenizer.write(html)
  tokenizer.end()
  return collected.tokens()
}

/** Elements whose text people do not see. */
const hidden: ReadonlySet<string> = new Set(['script', 'style', 'title'])

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u{a0}',
}

/** Numbered entities and the six names that Teams writes. */
export const decodeEntities = (text: string): string =>
  text.replaceAll(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos|nbsp));/gi,
    (_all, ...groups: unknown[]) => {
      const [hex, decimal, name] = groups
      if (typeof hex === 'string') return toCharacter(Number.parseInt(hex, 16))
      if (typeof decimal === 'string') return toCharacter(Number(decimal))
      return named[String(name).toLowerCase()] ?? ''
    },
  )

/** Joins pieces of text that follow each other. */
function createCollector(): Collector {
  const tokens: HtmlToken[] = []
  let words = ''
  let within = ''
  const flush = (): void => {
    if (words !== '' && !hidden.has(within)) tokens.push({ kind: 'text', text: words })
    words = ''
  }
  return {
    text: (more) => {
      words += more
    },
    tag: (token) => {
      flush()
      within = token.kind === 'open' ? token.name : ''
      tokens.push(token)
    },
    tokens: () => {
      flush()
      return tokens
    },
  }
}

interface Collector {
  text(words: string): void
  tag(token: Extract<HtmlToken, { name: string }>): void
  tokens(): readonly HtmlToken[]
}

const toCharacter = (code: number): string =>
  Number.isInteger(code) && code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    ? String.fromCodePoint(code)
    : '\u{fffd}'
