import type { WebhookRequest, WebhookResponse } from '../port.ts'
import type { Guests } from './guests/guests.ts'
import { messagePage, readView, toAddress, type View } from './pages/page.ts'
import type { Desk } from './pages/pages.ts'
import { formLimits } from './pages/parts.ts'

/** What the forms of the pages do. */
export interface FormsOptions {
  readonly guests: Guests
  readonly desk: Desk
  /** How long a form waits for the connector before the page says "Sending…", in milliseconds. */
  readonly patienceMs: number
  readonly sleep: (ms: number) => Promise<void>
}

const gone = messagePage(400, 'This conversation is no longer there.')

const unusable = messagePage(400, 'Nothing was written, or it was too long.')

/** Answers the posts of the pages' forms: does what was asked and leads back to the page. */
export const createForms = ({ guests, desk, patienceMs, sleep }: FormsOptions) => {
  type Form = (fields: URLSearchParams, view: View) => Promise<WebhookResponse> | WebhookResponse

  const forms: Readonly<Record<string, Form>> = {
    '/guest/open': (fields, view) => {
      const name = read(fields, 'name', formLimits.name)
      if (name === undefined) return unusable
      const chat = guests.open(name, fields.get('kind') === 'channel' ? 'channel' : 'personal')
      return redirect({ ...view, chat: chat.key })
    },
    '/guest/say': async (fields, view) => {
      const chat = guests.find(fields.get('chat') ?? '')
      if (chat === undefined) return gone
      const text = read(fields, 'text', formLimits.text)
      if (text === undefined) return unusable
      const author = chat.kind === 'channel' ? read(fields, 'author', formLimits.name) : undefined
      await Promise.race([guests.say(chat, author ?? chat.guest, text), sleep(patienceMs)])
      return redirect(view)
    },
    '/guest/again': async (fields, view) => {
      const chat = guests.find(fields.get('chat') ?? '')
      if (chat === undefined) return gone
      await Promise.race([guests.sayAgain(chat, fields.get('message') ?? ''), sleep(patienceMs)])
      return redirect(view)
    },
    '/desk/reply': (fields, view) => {
      const text = read(fields, 'text', formLimits.text)
      if (text === undefined) return unusable
      return desk.reply(fields.get('thread') ?? '', text) === undefined ? gone : redirect(view)
    },
    '/desk/resolve': (fields, view) => {
      desk.resolve(fields.get('thread') ?? '')
      return redirect(view)
    },
  }

  return async ({ path, body }: WebhookRequest): Promise<WebhookResponse | undefined> => {
    const submit = forms[path]
    if (submit === undefined) return undefined
    const fields = new URLSearchParams(body.toString('utf8'))
    return submit(fields, readView(fields.get('back') ?? '/') ?? { path: '/' })
  }
}

/** A field's text without white space around it; undefined when it is missing, empty or too long. */
const read = (fields: URLSearchParams, name: string, limit: number): string | undefined => {
  const text = (fields.get(name) ?? '').replaceAll('\r\n', '\n').trim()
  return text === '' || text.length > limit ? undefined : text
}

const redirect = (view: View): WebhookResponse => ({ status: 303, headers: { location: toAddress(view) } })
