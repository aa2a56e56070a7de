import type { WebhookRequest, WebhookResponse } from '../port.ts'
import { browserScript } from './pages/browser-script.ts'
import { createForms, type FormsOptions } from './forms.ts'
import { memberOf } from './guests/guests.ts'
import type { MewsStandIn } from './mews/stand-in.ts'
import { messagePage, readView } from './pages/page.ts'
import { showPage } from './pages/pages.ts'
import { icon, style } from './pages/style.ts'

const files: Readonly<Record<string, WebhookResponse>> = {
  '/style.css': { status: 200, headers: { 'content-type': 'text/css; charset=utf-8' }, body: style },
  '/script.js': {
    status: 200,
    headers: { 'content-type': 'text/javascript; charset=utf-8' },
    body: browserScript,
  },
  '/icon.svg': { status: 200, headers: { 'content-type': 'image/svg+xml' }, body: icon },
}

/** `POST /v3/conversations/{id}/activities`, or with the id of the activity it answers behind it. */
const activitiesPath = /^\/v3\/conversations\/([^/]+)\/activities(?:\/[^/]+)?$/

/** `GET /v3/conversations/{id}/members/{id}` */
const memberPath = /^\/v3\/conversations\/[^/]+\/members\/([^/]+)$/

const notFound = messagePage(404, 'There is nothing at this address.')

/** Everything the sandbox answers: pages and their forms, the stand-in Mews's API, and the Bot Framework's connector. */
export const createRoutes = (options: Omit<FormsOptions, 'desk'> & { readonly mews: MewsStandIn }) => {
  const { guests, mews } = options
  const submit = createForms({ ...options, desk: mews })

  const takeActivity = (conversation: string, body: Buffer): WebhookResponse => {
    const activity = parse(body.toString('utf8'))
    if (typeof activity !== 'object' || activity === null)
      return botError(400, 'BadArgument', 'The body is no activity.')
    const id = guests.receive(decode(conversation), activity)
    if (id === undefined) return botError(404, 'ConversationNotFound', 'Conversation not found.')
    return json(201, { id })
  }

  return async (request: WebhookRequest): Promise<WebhookResponse> => {
    const { method, path, query, body } = request
    if (path.startsWith('/api/connector/')) {
      const answer = mews.handle({ method, path, body: body.toString('utf8') })
      const { headers, ...rest } = json(answer.status, answer.body)
      return { ...rest, headers: { ...headers, ...answer.headers } }
    }
    if (method === 'GET') {
      const member = memberPath.exec(path)?.[1]
      if (member !== undefined) return showMember(decode(member))
      const view = readView(`${path}?${query}`)
      return view === undefined ? (files[path] ?? notFound) : showPage(guests, mews, view)
    }
    if (method !== 'POST') return { status: 405, headers: { allow: 'GET, POST' } }
    const conversation = activitiesPath.exec(path)?.[1]
    if (conversation !== undefined) return takeActivity(conversation, body)
    return (await submit(request)) ?? notFound
  }
}

const showMember = (id: string): WebhookResponse => {
  const member = memberOf(decode(id))
  return member === undefined
    ? botError(404, 'MemberNotFoundInConversation', 'No member.')
    : json(200, member)
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const botError = (status: number, code: string, message: string): WebhookResponse =>
  json(status, { error: { code, message } })

const json = (status: number, body: unknown): WebhookResponse => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
})

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
