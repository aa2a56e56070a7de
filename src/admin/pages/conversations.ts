import type { Clock, WebhookResponse } from '../../port.ts'
import type { ConversationMark, ConversationRow, Conversations, ListPlace } from '../../store/search/types.ts'
import { html, type Html } from '../../util/html.ts'
import { page } from './layout.ts'
import { badges, conversationPath, time, toQuery } from './parts.ts'
import type { Session } from '../access/session.ts'

const pageSize = 50

const marks: Readonly<Record<ConversationMark, string>> = {
  waiting: 'Waiting',
  failed: 'Failed',
  twice: 'Possibly twice',
  unreplied: 'Guest waits for a reply',
}

/** The names by which people know platforms and properties. */
export interface Names {
  readonly platforms: ReadonlyMap<string, string>
  readonly properties: ReadonlyMap<string, string>
}

/** What the page is made of. */
export interface ConversationsOptions {
  readonly conversations: Conversations
  readonly names: Names
  /** Mews's: waits are told by it. */
  readonly clock: Pick<Clock, 'now'>
}

/** Conversations, newest first, or those whose guests wait for the staff, the longest first; a page at a time. */
export const conversationsPage = async (
  { conversations, names, clock }: ConversationsOptions,
  query: URLSearchParams,
  session: Session,
): Promise<WebhookResponse> => {
  const filter = readFilter(query)
  await conversations.refresh()
  const rows = await conversations.list({ ...filter, limit: pageSize + 1 })
  const shown = rows.slice(0, pageSize)
  const last = rows.length > pageSize ? shown.at(-1) : undefined
  const { search, platform, property, mark } = filter
  const kept = { search, platform, property, state: mark }
  const isByWait = mark === 'unreplied'
  const next = last && { ...kept, after: `${isByWait ? last.waitsSince : last.lastAt} ${last.id}` }
  return page({
    title: 'Conversations',
    here: '/admin/conversations',
    session,
    content: html`
      <h1>Conversations</h1>
      ${filterForm(filter, names)}
      <section id="list" data-live aria-label="Conversations">${list(shown, names, clock.now())}</section>
      <nav class="paging" aria-label="Further conversations">
        ${
          filter.after !== undefined &&
          html`<a href="/admin/conversations${toQuery(kept)}">${isByWait ? 'Longest' : 'Newest'}</a>`
        }
        ${
          next !== undefined &&
          html`<a href="/admin/conversations${toQuery(next)}">${isByWait ? 'Shorter' : 'Older'}</a>`
        }
      </nav>
    `,
  })
}

const readFilter = (query: URLSearchParams): Filter => ({
  search: query.get('search')?.trim().slice(0, 200) || undefined,
  platform: query.get('platform') || undefined,
  property: query.get('property') || undefined,
  mark: (Object.keys(marks) as ConversationMark[]).find((mark) => mark === query.get('state')),
  after: readPlace(query.get('after')),
})

interface Filter {
  readonly search: string | undefined
  readonly platform: string | undefined
  readonly property: string | undefined
  readonly mark: ConversationMark | undefined
  readonly after: ListPlace | undefined
}

const readPlace = (text: string | null): ListPlace | undefined => {
  const [, at, id] = /^(\d{1,16}) (.+)$/s.exec(text ?? '') ?? []
  return id === undefined ? undefined : { at: Number(at), id }
}

const filterForm = ({ search, platform, property, mark }: Filter, names: Names): Html => html`
  <form class="filter" method="get" action="/admin/conversations" role="search">
    <label
      >Search <input type="search" name="search" value="${search ?? ''}" placeholder="Guest or id"
    /></label>
    ${select('platform', 'Platform', names.platforms, platform)}
    ${names.properties.size > 1 && select('property', 'Property', names.properties, property)}
    ${select('state', 'State', Object.entries(marks), mark)}
    <button class="primary">Show</button>
  </form>
`

const select = (
  name: string,
  label: string,
  options: Iterable<readonly [string, string]>,
  chosen: string | undefined,
): Html => html`
  <label
    >${label}
    <select name="${name}">
      <option value="">All</option>
      ${Array.from(options, ([value, text]) =>
        value === chosen
          ? html`<option value="${value}" selected>${text}</option>`
          : html`<option value="${value}">${text}</option>`,
      )}
    </select>
  </label>
`

const list = (rows: readonly ConversationRow[], names: Names, atMews: number): Html =>
  rows.length === 0
    ? html`<p class="empty">There is no such conversation.</p>`
    : html`<ul class="rows">
        ${rows.map((row) => item(row, names, atMews))}
      </ul>`

const item = (row: ConversationRow, names: Names, atMews: number): Html => html`
  <li id="${row.id}">
    <a href="${conversationPath(row.id)}">
      <span class="who">
        <strong>${row.guest || 'Guest'}</strong>
        <small
          >${names.platforms.get(row.platform) ?? row.platform}${
            names.properties.size > 1 && ` · ${names.properties.get(row.property) ?? row.property}`
          }</small
        >
      </span>
      <span class="badges">${badges(row, atMews)}</span>
      <small>${time(row.lastAt)}</small>
    </a>
  </li>
`
