import type { WebhookResponse } from '../../port.ts'
import { html, type Html } from '../../util/html.ts'
import type { RepairPlan } from '../give-up.ts'
import { changingForm, page } from './layout.ts'
import type { RepairAction } from '../repair.ts'
import type { Session } from '../access/session.ts'

/** What ends a delivery, and is asked about before. */
type FinalAction = Exclude<RepairAction, 'retry'>

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
  const { title, question, what, yes, no, nobody } = words[action]
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

const words = {
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

function whoIsTold({ told, name, platform }: RepairPlan): Html {
  return told === 'guest'
    ? html`One guest is told${name !== '' && html`, ${name}`}, on ${platform}:`
    : html`The staff of one hotel are told, ${name}, in the guest’s thread in Mews:`
}
