import type { Chat, ChatMessage } from '../guests/chats.ts'
import { avatar, bubble, compose, form, formLimits, log, suggestForGuest, suggestion } from './parts.ts'
import { html, type Html, type Piece } from '../../util/html.ts'
import { toAddress, type View } from './page.ts'

const kinds = { personal: 'Personal chat', channel: 'Thread in a channel' } as const

/** The guests' side of the sandbox: their chats, and the chosen one. */
export const guestPane = (chats: readonly Chat[], chosen: Chat | undefined, view: View): Html => html`
  <section class="pane guest" aria-labelledby="guest-title">
    <header>
      <h2 id="guest-title">Guest</h2>
      <p>writes in Microsoft Teams</p>
    </header>
    <nav aria-label="Guests' chats">
      <ul class="tabs">
        ${chats.map((chat) => tab(chat, chat === chosen, view))}
      </ul>
      ${newGuest(view)}
    </nav>
    ${chosen && conversation(chosen, view)}
  </section>
`

const tab = (chat: Chat, current: boolean, view: View): Html => html`
  <li id="chat-${chat.key}">
    <a href="${toAddress({ ...view, chat: chat.key })}" aria-current="${current ? 'page' : 'false'}">
      ${avatar(chat.guest)}<span>${chat.guest}<small>${kinds[chat.kind]}</small></span>
    </a>
  </li>
`

const newGuest = (view: View): Html => html`
  <details class="new-guest">
    <summary>New guest</summary>
    ${form(
      { action: '/guest/open', view },
      html`<label
          >Name <input name="name" required maxlength="${formLimits.name}" autocomplete="off"
        /></label>
        <label
          >Writes in
          <select name="kind">
            <option value="personal">a personal chat</option>
            <option value="channel">a thread in a Teams channel</option>
          </select>
        </label>
        <button>Open chat</button>`,
    )}
  </details>
`

const conversation = (chat: Chat, view: View): Html => {
  const options = { action: '/guest/say', view, hidden: { chat: chat.key } }
  const messages = chat.messages.map((message) =>
    bubble({
      ...message,
      id: `${chat.key}-${message.id}`,
      own: message.from === 'guest',
      author: message.from === 'guest' ? message.author : 'Front desk',
      note: note(chat, message, view),
    }),
  )
  const label = chat.kind === 'personal' ? `Write as ${chat.guest}` : 'Write in the thread'
  const author =
    chat.kind === 'channel' &&
    html`<label class="as"
      >Writing as
      <input name="author" value="${chat.guest}" required maxlength="${formLimits.name}" autocomplete="off"
    /></label>`
  return html`
    ${log(`Conversation of ${chat.guest} with the hotel`, messages, 'Nothing written yet. Say hello to the hotel.')}
    ${suggestion(options, suggestForGuest(chat))} ${compose({ ...options, id: 'say', label }, author)}
  `
}

const note = (chat: Chat, message: ChatMessage, view: View): Piece => {
  if (message.from === 'hotel') return undefined
  if (message.state !== 'not sent') return message.state === 'sent' ? 'Sent' : 'Sending…'
  const hidden = { chat: chat.key, message: message.id }
  return html`<strong class="bad">Not sent: ${message.reason}.</strong>
    ${form({ action: '/guest/again', view, hidden }, html`<button>Send again</button>`)}`
}
