import { hash } from 'node:crypto'

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

/** A template whose pieces are escaped, for elements' contents and quoted attributes. */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html => ({
  [markup]: strings.map((text, index) => text + render(pieces[index])).join(''),
})

/** A whole document as text. */
export const toDocument = (page: Html): string => `<!doctype html>\n${page[markup]}\n`

/** Pieces as text, for a document that is sent while it is made. */
export const toMarkup = (piece: Piece): string => render(piece)

/** A `<style>` element as a source of a Content-Security-Policy: the hash of its whole content. */
export const toStyleSource = (element: Html): string => {
  const content = /^\s*<style>(.*)<\/style>\s*$/s.exec(element[markup])?.[1] ?? ''
  return `'sha256-${hash('sha256', content, 'base64')}'`
}

/** What a browser may do with a page that only we may put together: nothing from other sites, and no frames. */
export const ownPageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
} as const

/** A script of functions that run in the browser: their own text is served, and `start` is called. */
export const toBrowserScript = (functions: Readonly<Record<string, (...given: never) => unknown>>): string =>
  [
    "'use strict'",
    ...Object.entries(functions).map(([name, value]) => `const ${name} = ${value.toString()}`),
    'start()\n',
  ].join('\n')

/** The colours that pages share, light and dark, as variables of a style sheet. */
export const palette = `
:root {
  color-scheme: light dark;
  --ground: #f2f3ef; --surface: #ffffff; --sunken: #f7f8f5; --ink: #1b2326; --muted: #55606a; --line: #dcdfd8;
  --accent: #176259; --on-accent: #ffffff; --accent-soft: #e0efeb;
  --warn: #fff0cf; --on-warn: #523500; --bad: #a3232b; --bad-soft: #fbe6e6; --fine: #e0efe4; --on-fine: #14532d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111517; --surface: #1a2022; --sunken: #151a1c; --ink: #e7ebea; --muted: #a2adb0; --line: #313a3d;
    --accent: #74c9bb; --on-accent: #06211d; --accent-soft: #1d3a36;
    --warn: #3a2b08; --on-warn: #ffe0a1; --bad: #ff9d97; --bad-soft: #3d1f1f; --fine: #17331f; --on-fine: #b4e6c3;
  }
}
`.trim()

/** The connector's icon. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#176259"/><path d="M8 9h16v11H15l-5 4v-4H8z" fill="#fff"/></svg>`

const render = (piece: Piece): string => {
  if (piece === undefined || piece === false) return ''
  if (typeof piece === 'string' || typeof piece === 'number')
    return String(piece).replace(/[&<>"']/g, (character) => escapes[character] ?? character)
  return markup in piece ? piece[markup] : piece.map((each) => render(each)).join('')
}
