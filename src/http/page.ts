import type { WebhookResponse } from '../port.ts'
import { html, icon, palette, type Piece, toDocument, toStyleSource } from '../util/html.ts'

export interface PublicPageOptions {
  readonly title: string
  /** BCP 47; default English. */
  readonly language?: string
  readonly content: Piece
  readonly status?: number
}

/** A page that anybody may open. It brings its style along and fetches nothing else, so it also stands where no other route does. */
export const publicPage = ({
  title,
  language = 'en',
  content,
  status = 200,
}: PublicPageOptions): WebhookResponse => ({
  status,
  headers,
  body: toDocument(html`
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="${iconAddress}" type="image/svg+xml" />
        ${styleElement}
      </head>
      <body>
        <main>
          <img src="${iconAddress}" alt="" width="40" height="40" />
          ${content}
        </main>
      </body>
    </html>
  `),
})

/** The page in place of one that there is not; it tells nothing of the inside. */
export const refusalPage = (status: number): WebhookResponse => {
  const [title, text] = refusals[status] ?? refused
  return publicPage({
    title,
    status,
    content: html`<h1>${title}</h1>
      <p>${text}</p>
      <p><a href="/">To the start page</a></p>`,
  })
}

/** Whether a page is wanted rather than JSON, by the `Accept` header: browsers name `text/html`, programs rarely do. */
export const wantsPage = (accept: string | undefined): boolean => {
  const wanted = readAccept(accept ?? '')
  const page = wanted.get('text/html') ?? 0
  return page > 0 && page >= (wanted.get('application/json') ?? 0)
}

// `html` escapes what stands in it, so the style has no quotation marks and no child combinators.
const style = `
${palette}
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.6 ui-sans-serif, system-ui, -apple-system, Segoe UI, Roboto, Open Sans, sans-serif; }
main { max-width: 42rem; margin: clamp(1rem, 8vh, 5rem) auto; padding: clamp(1.25rem, 5vw, 2.75rem); background: var(--surface); border: 1px solid var(--line); border-radius: 16px; }
img { display: block; margin-bottom: 1.25rem; }
h1, h2, p { margin: 0; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin-top: 1.75rem; font-size: 1.1rem; line-height: 1.3; }
p { margin-top: .75rem; }
h2 + p { margin-top: .35rem; }
nav { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; margin-top: 2rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
@media (max-width: 45rem) { main { margin: 0; min-height: 100dvh; border: 0; border-radius: 0; } }
@media print { body, main { background: none; border: 0; margin: 0; } }
`

const styleElement = html`<style>
  ${style}
</style>`

const iconAddress = `data:image/svg+xml,${encodeURIComponent(icon)}`

/** What a browser may do with these pages: show them with this very style and the icon. */
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src ${toStyleSource(styleElement)}; img-src data:; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
}

const refused = ['This did not work', 'Please try again in a minute.'] as const

const refusals: Readonly<Record<number, readonly [title: string, text: string]>> = {
  404: ['There is no such page', 'Check the address, or begin at the start page.'],
  405: ['This address is not a page', 'Programs send messages to it. There is nothing to read here.'],
}

/** Each media type with its weight, 1 where none is given. */
function readAccept(accept: string): ReadonlyMap<string, number> {
  return new Map(
    accept.split(',').map((part) => {
      const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
      return [type, weight === undefined ? 1 : Number(weight) || 0]
    }),
  )
}
