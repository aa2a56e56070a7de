import type { WebhookResponse } from '../../port.ts'
import { html } from '../../util/html.ts'
import { page } from '../pages/layout.ts'

const problems = {
  wrong: 'This is not the admin token.',
  often: 'There were too many wrong tokens. Wait a minute.',
} as const

/** Where one signs in; `to` is where one wanted to go. */
export const signInPage = (to: string, problem?: keyof typeof problems): WebhookResponse =>
  page({
    title: 'Sign in',
    status: problem === undefined ? 200 : problem === 'often' ? 429 : 403,
    content: html`
      <form class="sign-in" method="post" action="/admin/sign-in">
        <h1>Sign in</h1>
        <p id="about">With the token that is set as <code>ADMIN_TOKEN</code>.</p>
        ${problem !== undefined && html`<p class="bad" role="alert">${problems[problem]}</p>`}
        <input type="hidden" name="to" value="${to}" />
        <label
          >Admin token
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            aria-describedby="about"
            required
            autofocus
        /></label>
        <button class="primary">Sign in</button>
      </form>
    `,
  })

/** Only pages of the console, in characters that a header may hold: a link from elsewhere must not lead away after signing in. */
export const safeTarget = (to: string | null): string =>
  to !== null && /^\/admin(?:\/[\w-]+)*(?:\?[!-[\]-~]*)?$/.test(to) ? to : '/admin/conversations'
