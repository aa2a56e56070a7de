import type { WebhookResponse } from '../../port.ts'
import type { AdminStore, TranscriptPlace } from '../../store/admin/types.ts'
import type { ConversationRow } from '../../store/search/types.ts'
import { formats } from '../../transcript/formats.ts'
import { type Line, stateOf, textOf, toLines, writerOf } from '../../transcript/lines.ts'
import { html, type Html } from '../../util/html.ts'
import type { ConversationsOptions } from './conversations.ts'
import { messagePage, page } from './layout.ts'
import { badges, conversationPath, repairButtons, time, toQuery } from './parts.ts'
import { readDeliveryPlace, type RepairAction } from '../repair.ts'
import type { Session } from '../access/session.ts'

const pageSize = 100

/** One conversation as a chat: the guest on the left, the hotel on the right. */
export const conversationPage = async (
  admin: AdminStore,
  { names, clock }: Pick<ConversationsOptions, 'names' | 'clock'>,
  query: URLSearchParams,
  session: Session,
): Promise<WebhookResponse> => {
  const id = query.get('id') ?? ''
  const conversation = await admin.conversations.find(id)
  if (conversation === undefined)
    return messagePage(404, 'Not found', 'There is no such conversation.', session)
  const before = readPlace(query.get('before'))
  const { entries, next: older } = await admin.transcript(id, pageSize, before)
  const lines = toLines(entries)
  const back = conversationPath(id)
  const name = conversation.guest || 'Guest'
  return page({
    title: name,
    here: '/admin/conversations',
    session,
    content: html`
      <div class="heading">
        <div>
          <h1>${name}</h1>
          <p>
            ${names.platforms.get(conversation.platform) ?? conversation.platform} ·
            <span class="id">${id}</span>
          </p>
        </div>
        <div class="badges" id="badges" data-live>${badges(conversation, clock.now())}</div>
      </div>
      ${downloads(id)}
      <div id="reason" data-live>${whyItWaits(conversation)}</div>
      <nav class="paging" aria-label="Further messages">
        ${older !== undefined && html`<a href="${`${back}&before=${older.turn}-${older.reply}`}">Older messages</a>`}
        ${before !== undefined && html`<a href="${back}">Newest messages</a>`}
      </nav>
      <section role="log" aria-label="Conversation with ${name}">
        ${lines.length === 0 && html`<p class="empty">Nothing was written here.</p>`}
        <ol id="chat" class="chat" data-live ${before === undefined && html`data-follow`}>
          ${lines.map((line) => bubble(line, back, session))}
        </ol>
      </section>
    `,
  })
}

const readPlace = (text: string | null): TranscriptPlace | undefined => {
  const [, turn, reply] = /^(\d{1,16})-(\d{1,16})$/.exec(text ?? '') ?? []
  return reply === undefined ? undefined : { turn: Number(turn), reply: Number(reply) }
}

const downloads = (id: string): Html => html`
  <p class="downloads">
    Download:
    ${formats.map(
      ({ name, extension }) =>
        html`<a href="/admin/download${toQuery({ id, format: name })}" download>.${extension}</a> `,
    )}
  </p>
`

/** Why something waits, and where that is repaired. */
const whyItWaits = ({ reason }: ConversationRow): Html =>
  reason === null
    ? html``
    : html`<p class="reason">
        Waiting: ${reason}. It is tried again by itself. <a href="/admin/deliveries">Deliveries</a>
      </p>`

const bubble = (line: Line, back: string, session: Session): Html => {
  const place = readDeliveryPlace(line.id)
  const actions = actionsFor(line)
  return html`
    <li id="${`${line.id}.${line.part}`}" class="bubble ${line.direction} ${line.from} ${kindOf(line)}">
      <span class="author">${writerOf(line)}</span>
      <p class="text ${line.text === '' && 'none'}">${textOf(line)}</p>
      <span class="note">${time(line.at)} · <span class="state">${stateCell(line)}</span></span>
      ${place !== undefined && actions.length > 0 && repairButtons(session, place, actions, back)}
    </li>
  `
}

const actionsFor = ({ state, reason, erased }: Line): readonly RepairAction[] => {
  if (state === 'failed') return erased ? ['mark-delivered'] : ['retry', 'mark-delivered']
  return reason !== null && (state === 'waiting' || state === 'sending') ? ['retry'] : []
}

/** The other side's id is shown in small print, for comparing records. */
const stateCell = (line: Line): Html =>
  html`${stateOf({ ...line, nativeId: null })}${
    line.state === 'delivered' &&
    line.nativeId !== null &&
    html` <span class="native">${line.nativeId}</span>`
  }`

/** What a line's state is for the eye. */
const kindOf = ({ state, possiblyTwice }: Line): string => (possiblyTwice ? `${state} twice` : state)
