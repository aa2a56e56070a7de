import { html, type Html, type Piece } from '../../util/html.ts'
import type { Chat } from '../guests/chats.ts'
import { toAddress, type View } from './page.ts'

/** The longest text and name that a form takes, in UTF-16 units. */
export const formLimits = { text: 4000, name: 80 } as const

/** A form that also works without JavaScript: it posts, and the answer leads back to the view. */
export const form = ({ action, view, hidden = {}, style = '' }: FormOptions, content: Piece): Html => html`
  <form method="post" action="${action}" class="${style}">
    ${Object.entries({ back: toAddress(view), ...hidden }).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
    )}${content}
  </form>
`

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

/** One message of a conversation. */
export const bubble = ({ id, own, author, text, at, note }: BubbleOptions): Html => html`
  <li id="${id}" class="bubble ${own ? 'own' : 'other'}">
    <span class="author">${author}</span>
    <p class="text">${text}</p>
    <div class="note">${time(at)}${note !== undefined && html` · ${note}`}</div>
  </li>
`

/** A conversation's messages, oldest first; it stays scrolled to the newest by style alone. */
export const log = (label: string, bubbles: readonly Html[], empty: string): Html => html`
  <div class="log" role="log" aria-label="${label}" tabindex="0">
    ${
      bubbles.length === 0
        ? html`<p class="empty">${empty}</p>`
        : html`<ol>
            ${bubbles}
          </ol>`
    }
  </div>
`

/** A sentence of the example, sent with one click. */
export const suggestion = (options: FormOptions, text: string | undefined): Piece =>
  text !== undefined &&
  form(
    { ...options, style: 'suggestion', hidden: { ...options.hidden, text } },
    html`<button><span>Example:</span> ${text}</button>`,
  )

/** Where one writes; Enter sends, Shift and Enter begin a new line. */
export const compose = (
  options: FormOptions & { readonly id: string; readonly label: string },
  extra: Piece,
): Html =>
  form(
    { ...options, style: 'compose' },
    html`${extra}<label class="hidden" for="${options.id}">${options.label}</label>
      <textarea
        id="${options.id}"
        name="text"
        rows="2"
        required
        maxlength="${formLimits.text}"
        placeholder="${options.label}"
      ></textarea>
      <button class="primary">Send</button>`,
  )

/** One or two letters that stand for a person. */
export const avatar = (name: string): Html => {
  const letters = name.split(/\s+/).map((word) => Array.from(word)[0] ?? '')
  return html`<span class="avatar" aria-hidden="true"
    >${letters[0]}${letters.length > 1 && letters.at(-1)}</span
  >`
}

/** The guest of the example conversation, who is there from the start. */
export const exampleGuest = 'Penelope Morgan'

/** The guest whose example is a thread in a Teams channel. */
export const exampleChannelGuest = 'Arthur Weiss'

const arrival = 'Hi! I just wanted to let you know I will be arriving late tonight'

const question = 'Hello Ms Penelope! Thank you for contacting us. What time do you expect to arrive?'

const answer = 'Around 11pm. Please hold my room, thank you.'

/** What the example's guest could write next, if it is her turn. */
export const suggestForGuest = ({ guest, kind, messages }: Chat): string | undefined => {
  if (guest !== exampleGuest || kind !== 'personal') return undefined
  const written = messages.filter(({ from }) => from === 'guest').length
  if (written === 0) return arrival
  return written === 1 && messages.at(-1)?.from === 'hotel' ? answer : undefined
}

/** What the hotel could answer the example's guest, if it is its turn. */
export const suggestForDesk = (sender: string, answers: number): string | undefined =>
  sender === exampleGuest && answers === 0 ? question : undefined

interface FormOptions {
  readonly action: string
  /** Where the browser goes afterwards. */
  readonly view: View
  readonly hidden?: Readonly<Record<string, string>>
  readonly style?: string
}

interface BubbleOptions {
  readonly id: string
  /** Whether it was written on this side. */
  readonly own: boolean
  readonly author: string
  readonly text: string
  readonly at: number
  /** What became of it. */
  readonly note?: Piece
}

/** Hours and minutes of this computer's own time zone. */
const time = (at: number): Html =>
  html`<time datetime="${new Date(at).toISOString()}">${clockTime.format(at)}</time>`
