import { html, type Html, type Piece } from '../../util/html.ts'
import { ago } from '../../util/text.ts'
import type { ConversationRow } from '../../store/search/types.ts'
import { deliveryPlaceId, type RepairAction } from '../repair.ts'
import type { Session } from '../access/session.ts'

/** Date and time; the script puts them into the reader's own zone. */
export const time = (at: number): Html => {
  const iso = new Date(at).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`
}

/** A conversation's state, in a few words with a colour. */
export const badges = ({ waiting, failed, twice, waitsSince }: ConversationRow, atMews: number): Html => html`
  ${waitsSince !== null && html`<span class="badge unreplied">waits ${ago(atMews - waitsSince)}</span>`}
  ${waiting > 0 && html`<span class="badge waiting">${waiting} waiting</span>`}
  ${failed > 0 && html`<span class="badge failed">${failed} failed</span>`}
  ${twice > 0 && html`<span class="badge twice">${twice} possibly twice</span>`}
`

const labels: Readonly<Record<RepairAction, string>> = {
  retry: 'Try again',
  'give-up': 'Give up',
  'mark-delivered': 'Mark as delivered',
}

/** The buttons by which a delivery is repaired; `back` is where the browser goes afterwards. */
export const repairButtons = (
  session: Session,
  place: { readonly lane: string; readonly pos: number },
  actions: readonly RepairAction[],
  back: string,
): Html => {
  const id = deliveryPlaceId(place)
  return changingForm(
    session,
    '/admin/repair',
    html`<span class="actions">
      <input type="hidden" name="id" value="${id}" /><input type="hidden" name="back" value="${back}" />
      ${actions.map((action) => html`<button name="action" value="${action}">${labels[action]}</button> `)}
    </span>`,
  )
}

/** A link's query from what is set. */
export const toQuery = (fields: Readonly<Record<string, string | undefined>>): string => {
  const set = Object.entries(fields).flatMap(([name, value]) =>
    value ? [[name, value] as [string, string]] : [],
  )
  const text = new URLSearchParams(set).toString()
  return text === '' ? '' : `?${text}`
}

/** The address of one conversation. */
export const conversationPath = (id: string): string => `/admin/conversation${toQuery({ id })}`

/** A form that changes something; it carries the session's own token. */
export const changingForm = (session: Session, action: string, content: Piece): Html => html`
  <form method="post" action="${action}">
    <input type="hidden" name="form" value="${session.formToken}" />${content}
  </form>
`
