import type { WebhookResponse } from '../port.ts'
import { html, type Html } from '../util/html.ts'
import type { GiveUpPlan } from './give-up.ts'
import { changingForm, page } from './layout.ts'
import type { Session } from './session.ts'

/** Asks before a delivery is given up: says who is told, and in which words. */
export const giveUpPage = (id: string, back: string, plan: GiveUpPlan, session: Session): WebhookResponse =>
  page({
    title: 'Give up?',
    here: '/admin/deliveries',
    session,
    content: html`<div class="message">
      <h1>Give this up?</h1>
      <p>It is not tried again by itself. ${whoIsTold(plan)}</p>
      ${plan.told !== 'nobody' && html`<blockquote>${plan.text}</blockquote>`}
      ${plan.withoutWords && html`<p>What was written could not be read, so it is not quoted.</p>`}
      ${changingForm(
        session,
        '/admin/repair',
        html`<span class="actions">
          <input type="hidden" name="id" value="${id}" /><input type="hidden" name="back" value="${back}" />
          <input type="hidden" name="sure" value="yes" />
          <button class="primary" name="action" value="give-up">${buttons[plan.told]}</button>
          <a href="${back}">Keep trying</a>
        </span>`,
      )}
    </div>`,
  })

const buttons: Readonly<Record<GiveUpPlan['told'], string>> = {
  guest: 'Give up and tell the guest',
  staff: 'Give up and tell the staff',
  nobody: 'Give up',
}

function whoIsTold({ told, name, platform }: GiveUpPlan): Html {
  if (told === 'guest') return html`One guest is told${name !== '' && html`, ${name}`}, on ${platform}:`
  if (told === 'staff') return html`The staff of one hotel are told, ${name}, in the guest’s thread in Mews:`
  return html`Nobody is told: there is no place to tell it, or it was written by the connector itself.`
}
