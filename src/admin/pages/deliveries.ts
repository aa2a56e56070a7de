import type { WebhookResponse } from '../../port.ts'
import { conversationOf } from '../../relay/ids.ts'
import type { ListedTrouble } from '../../store/admin/types.ts'
import type { ListPlace } from '../../store/search/types.ts'
import { withExcerpts } from '../../transcript/lines.ts'
import { html, type Html } from '../../util/html.ts'
import type { Session } from '../access/session.ts'
import type { RepairPlan } from '../give-up.ts'
import { describeDeliveries, type DescribedDelivery, describeWaiting } from '../read-waiting.ts'
import { deliveryPlaceId, type RepairAction, type RepairOptions } from '../repair.ts'
import { page, type Viewer } from './layout.ts'
import { ago } from '../../util/text.ts'
import { changingForm, conversationPath, repairButtons, time, toQuery } from './parts.ts'

const pageSize = 50

const writers: Readonly<Record<string, string>> = {
  event: 'From the guest',
  reply: 'From the hotel',
  announcement: 'Announced by Mews',
}

/** What waits and what failed, and what can be done about it. */
export const deliveriesPage = async (
  options: RepairOptions,
  query: URLSearchParams,
  session: Viewer,
): Promise<WebhookResponse> => {
  const { repairs, clock } = options
  const waiting = await describeWaiting(options, session.outages ?? [], pageSize)
  const found = await repairs.failed(pageSize + 1, readPlace(query.get('after')))
  const failed = await describeDeliveries(await withExcerpts(found.slice(0, pageSize), repairs), options)
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

/** A delivery that an operator is about to end. */
export interface Question {
  readonly action: FinalAction
  readonly id: string
  /** Where the browser goes afterwards. */
  readonly back: string
  readonly plan: RepairPlan
}

/** Asks before a delivery is given up or marked as delivered: says who is told, and in which words. */
export const askPage = ({ action, id, back, plan }: Question, session: Session): WebhookResponse => {
  const { title, question, what, yes, no, nobody } = giveUpWords[action]
  return page({
    title,
    here: '/admin/deliveries',
    session,
    content: html`<div class="message">
      <h1>${question}</h1>
      <p>${what} ${plan.told === 'nobody' ? nobody : whoIsTold(plan)}</p>
      ${plan.told !== 'nobody' && html`<blockquote>${plan.text}</blockquote>`}
      ${plan.withoutWords && html`<p>What was written could not be read, so it is not quoted.</p>`}
      ${changingForm(
        session,
        '/admin/repair',
        html`<span class="actions">
          <input type="hidden" name="id" value="${id}" /><input type="hidden" name="back" value="${back}" />
          <input type="hidden" name="sure" value="yes" />
          <button class="primary" name="action" value="${action}">${yes}${andTell[plan.told]}</button>
          <a href="${back}">${no}</a>
        </span>`,
      )}
    </div>`,
  })
}

const giveUpWords = {
  'give-up': {
    title: 'Give up?',
    question: 'Give this up?',
    what: 'It is not tried again by itself.',
    nobody: 'Nobody is told: there is no place to tell it, or it was written by the connector itself.',
    yes: 'Give up',
    no: 'Keep trying',
  },
  'mark-delivered': {
    title: 'Mark as delivered?',
    question: 'Has this arrived?',
    what: 'Then it is not sent any more, and counts as delivered.',
    nobody: 'Nobody is told.',
    yes: 'Mark as delivered',
    no: 'Leave it as it is',
  },
} as const

const andTell: Readonly<Record<RepairPlan['told'], string>> = {
  guest: ' and tell the guest',
  staff: ' and tell the staff',
  nobody: '',
}

const readPlace = (text: string | null): ListPlace | undefined => {
  const [, at, id] = /^(\d{1,16}) (.+#\d{1,15})$/s.exec(text ?? '') ?? []
  return id === undefined ? undefined : { at: Number(at), id }
}

const list = (items: readonly Html[], nothing: string): Html =>
  items.length === 0
    ? html`<p class="empty">${nothing}</p>`
    : html`<ul class="rows failures">
        ${items}
      </ul>`

const waitingItem = (one: DescribedDelivery, now: number, session: Session): Html => {
  const { behind, attempts, nextAt, reason } = one
  const next = attempts > 0 && nextAt !== null && nextAt > now && `, again in ${ago(nextAt - now)}`
  return item(
    one,
    ['retry', 'mark-delivered', 'give-up'],
    session,
    html`${reason ?? 'On its way'}${attempts > 0 && ` (${tried(attempts)})`}${next}${behind > 0 && `; ${behind} more behind it`}`,
  )
}

const item = (
  one: DescribedDelivery,
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

/** Its white space is shown as it is: nothing may stand around the words. */
const words = (one: ListedTrouble): Html => html`<p class="words">${wordsOf(one)}</p>`

const wordsOf = (one: ListedTrouble): string => {
  if (one.text !== '') return one.text
  if (one.payload === '') return '[erased]'
  // A failed message will not be read unless it is tried again.
  return one.nextAt === null ? '[never read]' : '[not read yet]'
}

/** Its conversation; a message that Mews announced and never showed has none. */
const place = ({ kind, lane, guest, platform }: DescribedDelivery): Html | false => {
  if (kind === 'announcement') return false
  const conversation = conversationOf(lane)
  const name = guest === '' ? conversation : `${guest} (${platform})`
  return html`<a href="${conversationPath(conversation)}">${name}</a> ·`
}

const tried = (attempts: number): string => (attempts === 1 ? 'tried once' : `tried ${attempts} times`)

const failedItem = (one: DescribedDelivery, session: Session): Html =>
  item(one, ['retry', 'mark-delivered'], session, html`<span class="bad">${one.reason ?? 'Failed'}</span>`)

/** What ends a delivery, and is asked about before. */
type FinalAction = Exclude<RepairAction, 'retry'>

function whoIsTold({ told, name, platform }: RepairPlan): Html {
  return told === 'guest'
    ? html`One guest is told${name !== '' && html`, ${name}`}, on ${platform}:`
    : html`The staff of one hotel are told, ${name}, in the guest’s thread in Mews:`
}
