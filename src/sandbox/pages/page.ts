import type { WebhookResponse } from '../../port.ts'
import { html, type Html, type Piece, toDocument } from '../../util/html.ts'

const places = [
  { path: '/', label: 'Both' },
  { path: '/guest', label: 'Guest' },
  { path: '/desk', label: 'Front desk' },
] as const

/** A whole page: what the sandbox is, the way to its other pages, and the panes; the browser's script keeps it current. */
export const page = (title: string, view: View, panes: Piece, status = 200): WebhookResponse => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: toDocument(html`
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Sandbox</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
        <script src="/script.js" defer></script>
      </head>
      <body data-here="${toAddress(view)}">
        <header>
          <p class="banner">
            <strong>Sandbox.</strong> Nothing leaves this computer: guests, hotel and Mews are stand-ins, and
            both sides start empty each time.
          </p>
          <div class="top">
            <div>
              <h1>Mews Chat Connector</h1>
              <p>
                A guest writes on one side, the hotel answers on the other. Every message passes through the
                connector.
              </p>
            </div>
            ${links(view)}
          </div>
        </header>
        <p id="connection" role="status"></p>
        <noscript
          ><p class="notice">
            Without JavaScript this page does not update itself: <a href="${toAddress(view)}">refresh</a>.
          </p></noscript
        >
        <main class="${view.path === '/' ? 'both' : 'single'}">${panes}</main>
      </body>
    </html>
  `),
})

/** What is shown instead of a page: one sentence and the way back. */
export const messagePage = (status: number, message: string): WebhookResponse =>
  page(
    'Not possible',
    { path: '/' },
    html`<p class="empty">${message} <a href="/">Back to the sandbox</a></p>`,
    status,
  )

const paths = ['/', '/guest', '/desk'] as const

/** What somebody looks at: a page, and the chat and thread chosen on it. */
export interface View {
  readonly path: (typeof paths)[number]
  readonly chat?: string | undefined
  readonly thread?: string | undefined
}

/** Reads a page's address, path and query; undefined when there is no such page. */
export const readView = (address: string): View | undefined => {
  const [pathname = '', query = ''] = address.split('?', 2)
  const path = paths.find((each) => each === pathname)
  if (path === undefined) return undefined
  const parameters = new URLSearchParams(query)
  return {
    path,
    chat: parameters.get('chat') ?? undefined,
    thread: parameters.get('thread') ?? undefined,
  }
}

/** A page's address. */
export const toAddress = ({ path, chat, thread }: View): string => {
  const chosen = Object.entries({ chat, thread }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return chosen.length === 0 ? path : `${path}?${new URLSearchParams(chosen).toString()}`
}

const links = (view: View): Html => html`
  <nav class="places" aria-label="Pages">
    ${places.map(
      ({ path, label }) =>
        html`<a href="${toAddress({ ...view, path })}" aria-current="${path === view.path ? 'page' : 'false'}"
          >${label}</a
        >`,
    )}
  </nav>
`
