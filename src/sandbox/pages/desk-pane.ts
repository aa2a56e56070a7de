import { avatar, bubble, compose, form, log, suggestForDesk, suggestion } from './parts.ts'
import { html, type Html } from '../../util/html.ts'
import type { StandInThread } from '../mews/stand-in.ts'
import { toAddress, type View } from './page.ts'

const shownMessages = 1000

const badges = { resolved: 'Resolved', waiting: 'Waiting', answered: undefined } as const

const nothing = html`<p class="empty">No threads yet. When a guest writes, the connector opens one here.</p>`

/** The hotel's side of the sandbox: the threads of its stand-in Mews, newest first, and the chosen one. */
export const deskPane = (
  threads: readonly StandInThread[],
  chosen: StandInThread | undefined,
  view: View,
): Html => html`
  <section class="pane desk" aria-labelledby="desk-title">
    <header>
      <h2 id="desk-title">Front desk</h2>
      <p>answers in Mews Operations</p>
    </header>
    <div class="desk-body">
      ${
        threads.length > 0 &&
        html`<nav aria-label="Threads">
          <ul class="threads">
            ${threads.map((thread) => item(thread, thread === chosen, view))}
          </ul>
        </nav>`
      }
      <div class="thread">${chosen === undefined ? nothing : conversation(chosen, view)}</div>
    </div>
  </section>
`

const item = (thread: StandInThread, current: boolean, view: View): Html => {
  const status = statusOf(thread)
  const badge = badges[status]
  return html`
    <li id="thread-${thread.id}" class="${status}">
      <a href="${toAddress({ ...view, thread: thread.id })}" aria-current="${current ? 'page' : 'false'}">
        ${avatar(thread.originalSender)}
        <span><strong>${thread.originalSender}</strong><small>${thread.subject}</small></span>
        ${badge !== undefined && html`<span class="badge">${badge}</span>`}
      </a>
    </li>
  `
}

const statusOf = ({ resolved, messages }: StandInThread): 'resolved' | 'waiting' | 'answered' => {
  if (resolved) return 'resolved'
  return messages.at(-1)?.sender === 'Application' ? 'waiting' : 'answered'
}

const conversation = (thread: StandInThread, view: View): Html => {
  const options = { action: '/desk/reply', view, hidden: { thread: thread.id } }
  const answers = thread.messages.filter(({ sender }) => sender === 'Enterprise').length
  const messages = thread.messages.slice(-shownMessages).map(({ id, sender, text, createdAt }) =>
    bubble({
      id,
      own: sender === 'Enterprise',
      author: sender === 'Enterprise' ? 'Front desk' : thread.originalSender,
      text,
      at: createdAt,
    }),
  )
  return html`
    ${heading(thread, view)} ${log(`Thread of ${thread.originalSender}`, messages, 'No messages yet.')}
    ${suggestion(options, suggestForDesk(thread.originalSender, answers))}
    ${thread.resolved && html`<p class="hint">Resolved. What the guest writes next opens a new thread.</p>`}
    ${compose({ ...options, id: 'reply', label: `Answer ${thread.originalSender}` }, undefined)}
  `
}

const heading = (thread: StandInThread, view: View): Html => html`
  <div class="heading">
    <div>
      <h3>${thread.originalSender}</h3>
      <p>${thread.subject}</p>
    </div>
    ${
      !thread.resolved &&
      form({ action: '/desk/resolve', view, hidden: { thread: thread.id } }, html`<button>Resolve</button>`)
    }
  </div>
`
