import type { Log, Route, WebhookResponse } from '../../port.ts'
import { StoreError } from '../../store/error.ts'
import { html, type Html, ownPageHeaders, type Piece, toDocument } from '../../util/html.ts'
import type { Session } from '../access/session.ts'
import type { Outage } from '../outages.ts'
import { changingForm, time } from './parts.ts'

const pages = [
  { path: '/admin/conversations', label: 'Conversations' },
  { path: '/admin/deliveries', label: 'Deliveries' },
  { path: '/admin/status', label: 'Status' },
] as const

/** What a browser may do with the console's pages: nothing from other sites, and no frames. */
const headers = {
  'content-type': 'text/html; charset=utf-8',
  ...ownPageHeaders,
  'x-robots-tag': 'noindex',
}

/** Somebody who is signed in, and what they are told on every page first. */
export interface Viewer extends Session {
  readonly outages?: readonly Outage[]
}

export interface PageOptions {
  readonly title: string
  /** Which page of the navigation it is. */
  readonly here?: PagePath
  /** Undefined where no one is signed in. */
  readonly session?: Viewer
  readonly content: Piece
  readonly status?: number
}

/** A whole page of the console. */
export const page = ({ title, here, session, content, status = 200 }: PageOptions): WebhookResponse => ({
  status,
  headers,
  body: toDocument(html`
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Mews Chat Connector</title>
        <link rel="icon" href="/admin/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/admin/style.css" />
        <script src="/admin/script.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">To the content</a>
        <header class="top">
          <a class="brand" href="/admin/conversations">
            <img src="/admin/icon.svg" alt="" width="28" height="28" /> Mews Chat Connector
          </a>
          ${
            session !== undefined && [
              navigation(here),
              changingForm(session, '/admin/sign-out', html`<button>Sign out</button>`),
            ]
          }
        </header>
        <p id="connection" role="status"></p>
        ${session !== undefined && outageList(session)}
        <main id="main" tabindex="-1">${content}</main>
      </body>
    </html>
  `),
})

/** A page that says one thing. */
export const messagePage = (status: number, title: string, text: string, session?: Viewer): WebhookResponse =>
  page({
    title,
    status,
    ...(session === undefined ? {} : { session }),
    content: html`<div class="message">
      <h1>${title}</h1>
      <p>${text}</p>
      <p><a href="/admin/conversations">To the conversations</a></p>
    </div>`,
  })

/** Leads a browser on after a form. */
export const redirect = (to: string, cookie?: string): WebhookResponse => ({
  status: 303,
  headers: { location: to, ...(cookie === undefined ? {} : { 'set-cookie': cookie }) },
})

const text =
  'The connector runs, and its database does not answer, so there is nothing to show and nothing was changed. ' +
  'What was acknowledged is recorded there; platforms send the rest again. See that the database runs and can be reached ' +
  'at DATABASE_URL, then load this page again: the connector goes on by itself.'

/** The same route, and a page that says so while the database is away: whether a session stands is asked there, too. */
export const unlessAway = (route: Route, log: Log): Route => ({
  ...route,
  handle: async (request) => {
    try {
      return await route.handle(request)
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'unavailable')) throw error
      log.error({ err: error }, 'a page of the console could not be shown: the database is away')
      return messagePage(503, 'The database is away', text)
    }
  },
})

/** What cannot be reached, above everything else; it is there also while there is nothing, so that open pages learn of it. */
const outageList = ({ outages = [] }: Viewer): Html => html`
  <div id="outages" class="outages" data-live role="status">
    ${outages.map(
      ({ what, since, waiting, reason }) => html`
        <p>
          <strong>${what}</strong> since ${time(since)}${waiting !== undefined && html`; ${waiting}`}.
          ${reason !== undefined && html`<small>${reason}</small>`}
          <a href="/admin/deliveries">What waits</a>
        </p>
      `,
    )}
  </div>
`

type PagePath = (typeof pages)[number]['path']

const navigation = (here: PagePath | undefined): Html => html`
  <nav aria-label="Pages">
    ${pages.map(({ path, label }) =>
      path === here
        ? html`<a href="${path}" aria-current="page">${label}</a>`
        : html`<a href="${path}">${label}</a>`,
    )}
  </nav>
`
