const markup = Symbol('markup')

/** Text that is already HTML; only `html` makes it. */
export interface Html {
  readonly [markup]: string
}

/** What may stand in a template: text is escaped, lists are joined, `false` and `undefined` leave nothing. */
export type Piece = Html | string | number | false | undefined | readonly Piece[]

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const render = (piece: Piece): string => {
  if (piece === undefined || piece === false) return ''
  if (typeof piece === 'string' || typeof piece === 'number')
    return String(piece).replace(/[&<>"']/g, (character) => escapes[character] ?? character)
  return markup in piece ? piece[markup] : piece.map((each) => render(each)).join('')
}

/** A template whose pieces are escaped, for elements' contents and quoted attributes. */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html => ({
  [markup]: strings.map((text, index) => text + render(pieces[index])).join(''),
})

/** A whole document as text. */
export const toDocument = (page: Html): string => `<!doctype html>\n${page[markup]}\n`

/** Pieces as text, for a document that is sent while it is made. */
export const toMarkup = (piece: Piece): string => render(piece)
