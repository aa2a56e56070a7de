import type { Clock, WebhookResponse } from '../../port.ts'
import { conversationOf } from '../../relay/ids.ts'
import { whyStranded } from '../../relay/routing/unconfigured.ts'
import type { ListedTrouble, ListPlace, Repairs } from '../../store/admin/types.ts'
import { withExcerpts } from '../../transcript/excerpt.ts'
import { html, type Html } from '../../util/html.ts'
import { page } from './layout.ts'
import { ago, conversationPath, repairButtons, time, toQuery } from './parts.ts'
import { deliveryPlaceId, type RepairAction } from '../repair.ts'
import type { Session } from '../access/session.ts'

const pageSize = 50

const writers: Readonly<Record<string, string>> = {
  event: 'From the guest',
  reply: 'From the hotel',
  announcement: 'Announced by Mews',
}

/** Where it belongs; what Mews announced and never showed is in no conversation. */
const place = ({ kind, lane }: ListedTrouble): Html | false => {
  if (kind === 'announcement') return false
  const conversation = conversationOf(lane)
  return html`<a href="${conversationPath(conversation)}">${conversation}</a> ·`
}

const wordsOf = (one: ListedTrouble): string => {
  if (one.text !== '') return one.text
  if (one.payload === '') return '[erased]'
  // What failed is not going to be read, unless it is tried again.
  return one.nextAt === null ? '[never read]' : '[not read yet]'
}

/** Its white space is shown as it is: nothing may stand around the words. */
const words = (one: ListedTrouble): Html => html`<p class="words">${wordsOf(one)}</p>`

const tried = (attempts: number): string => (attempts === 1 ? 'tried once' : `tried ${attempts} times`)

const item = (
  one: ListedTrouble,
  actions: readonly RepairAction[],
  session: Session,
  details: Html,
): Html => html`
  <li id="${deliveryPlaceId(one)}">
    <div>
      ${words(one)}
      <small> ${writers[one.kind] ?? 'From the connector'} · ${place(one)} ${time(one.at)} </small>
      <small>${details}</small>
    </div>
    ${repairButtons(session, one, actions, '/admin/deliveries')}
  </li>
`

const waitingItem = (one: ListedTrouble, now: number, session: Session): Html => {
  const { behind, attempts, nextAt, reason } = one
  const next = attempts > 0 && nextAt !== null && nextAt > now && `, again in ${ago(nextAt - now)}`
  return item(
    one,
    ['retry', 'mark-delivered', 'give-up'],
    session,
    html`${reason ?? 'On its way'}${attempts > 0 && ` (${tried(attempts)})`}${next}${behind > 0 && `; ${behind} more behind it`}`,
  )
}

const failedItem = (one: ListedTrouble, session: Session): Html =>
  item(one, ['retry', 'mark-delivered'], session, html`<span class="bad">${one.reason ?? 'Failed'}</span>`)

const readPlace = (text: string | null): ListPlace | undefined => {
  const [, at, id] = /^(\d{1,16}) (.+#\d{1,15})$/s.exec(text ?? '') ?? []
  return id === undefined ? undefined : { at: Number(at), id }
}

const list = (items: readonly Html[], nothing: string): Html =>
  items.length === 0
    ? html`<p class="empty">${nothing}</p>`
    : html`<ul class="rows troubles">
        ${items}
      </ul>`

/** What waits and what failed, and what can be done about it. */
export const deliveriesPage = async (
  repairs: Repairs,
  properties: ReadonlySet<string>,
  clock: Clock,
  query: URLSearchParams,
  session: Session,
): Promise<WebhookResponse> => {
  const waiting = (await withExcerpts(await repairs.waiting(pageSize), repairs)).map((one) => ({
    ...one,
    reason: whyStranded(one.group, properties) ?? one.reason,
  }))
  const found = await repairs.failed(pageSize + 1, readPlace(query.get('after')))
  const failed = await withExcerpts(found.slice(0, pageSize), repairs)
  const last = found.length > pageSize ? failed.at(-1) : undefined
  const now = clock.now()
  return page({
    title: 'Deliveries',
    here: '/admin/deliveries',
    session,
    content: html`
      <h1>Deliveries</h1>
      <section id="waiting" data-live aria-labelledby="waiting-title">
        <h2 id="waiting-title">Waiting</h2>
        ${list(
          waiting.map((one) => waitingItem(one, now, session)),
          'Nothing is waiting.',
        )}
      </section>
      <section id="failed" data-live aria-labelledby="failed-title">
        <h2 id="failed-title">Failed</h2>
        ${list(
          failed.map((one) => failedItem(one, session)),
          'Nothing has failed.',
        )}
      </section>
      <nav class="paging" aria-label="Further failures">
        ${
          last !== undefined &&
          html`<a href="/admin/deliveries${toQuery({ after: `${last.failedAt} ${deliveryPlaceId(last)}` })}"
            >Older</a
          >`
        }
      </nav>
    `,
  })
}
