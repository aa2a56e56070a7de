import type { Clock, Log, Route, WebhookResponse } from '../port.ts'
import type { AdminStore } from '../store/admin/types.ts'
import { formats } from '../transcript/formats.ts'
import { readWholeTranscript } from '../transcript/lines.ts'
import { icon } from '../util/html.ts'
import { createAccess, safeTarget, type Submit } from './access/access.ts'
import { createReadOutages } from './outages.ts'
import { messagePage, redirect, unlessAway, type Viewer } from './pages/layout.ts'
import { browserScript } from './pages/browser-script.ts'
import type { Changes } from './changes.ts'
import { conversationPage } from './pages/conversation.ts'
import { conversationsPage, type Names } from './pages/conversations.ts'
import { askPage, deliveriesPage } from './pages/deliveries.ts'
import { createPreview, createRepair, repairActions, type RepairOptions } from './repair.ts'
import type { Session } from './access/session.ts'
import { type StatusOptions, statusPage } from './pages/status.ts'
import { style } from './pages/style.ts'

export interface AdminOptions {
  readonly adminToken: string
  /** Whether browsers come by https whatever the request looks like: `PUBLIC_URL` says so. */
  readonly secure: boolean
  readonly admin: AdminStore
  readonly changes: Changes
  readonly names: Names
  readonly repair: RepairOptions
  readonly status: StatusOptions
  readonly clock: Clock
  readonly log: Log
}

const file = (path: string, contentType: string, body: string): Route => ({
  method: 'GET',
  path,
  handle: async () => ({
    status: 200,
    headers: {
      'content-type': `${contentType}; charset=utf-8`,
      'cross-origin-resource-policy': 'same-origin',
    },
    body,
  }),
})

/** Files that are the same for everybody. */
const files: readonly Route[] = [
  file('/admin/style.css', 'text/css', style),
  file('/admin/script.js', 'text/javascript', browserScript),
  file('/admin/icon.svg', 'image/svg+xml', icon),
]

/** Everything under `/admin`. */
export const createAdminRoutes = (options: AdminOptions): readonly Route[] => {
  const { admin, changes, names, status, clock, log } = options
  const shown = {
    names,
    conversations: admin.conversations,
    clock: status.clocks?.get('mews') ?? clock,
  }
  const {
    show: showAnyway,
    submit,
    isOver,
    routes,
  } = createAccess({
    ...options,
    marks: status.marks,
    onSignOut: changes.end,
  })
  const readOutages = createReadOutages({ ...status, platforms: names.platforms })
  /** Every page says first what cannot be reached. */
  const show = (path: string, render: Render): Route =>
    showAnyway(path, async (query, session) => render(query, { ...session, outages: await readOutages() }))
  const preview = createPreview(options.repair)
  const repair = createRepair(options.repair)

  const act: Submit = async (fields, session) => {
    const action = repairActions.find((known) => known === fields.get('action'))
    const id = fields.get('id') ?? ''
    const back = safeTarget(fields.get('back'))
    if (action === undefined) return messagePage(400, 'Not accepted', 'There is no such action.', session)
    if (action !== 'retry' && fields.get('sure') !== 'yes') {
      const plan = await preview(action, id)
      if (plan !== undefined) return askPage({ action, id, back, plan }, session)
    }
    const { result, told } = await repair(action, id)
    log.info({ delivery: id, action, result, told }, 'an operator repaired a delivery')
    if (result === 'erased') return messagePage(409, 'Erased', 'There is nothing left to send.', session)
    if (result === 'not first')
      return messagePage(
        409,
        'Not yet',
        'Others of this conversation wait before it: they come first.',
        session,
      )
    return redirect(back)
  }

  const all = [
    ...files,
    ...routes,
    showAnyway('/admin', () => redirect('/admin/conversations')),
    show('/admin/conversations', (query, session) => conversationsPage(shown, query, session)),
    show('/admin/conversation', (query, session) => conversationPage(admin, shown, query, session)),
    showAnyway('/admin/events', (_, session) => changes.answer(session, () => isOver(session))),
    showAnyway('/admin/download', (query, session) => download(admin, query, session)),
    show('/admin/deliveries', (query, session) => deliveriesPage(options.repair, query, session)),
    show('/admin/status', (_, session) => statusPage(status, session)),
    submit('/admin/repair', act),
  ]
  return all.map((route) => unlessAway(route, log))
}

/** Renders a page for somebody who knows what cannot be reached. */
type Render = (query: URLSearchParams, viewer: Viewer) => Promise<WebhookResponse>

/** A transcript as a file, whose name says nothing of the guest. */
const download = async (
  admin: AdminStore,
  query: URLSearchParams,
  session: Session,
): Promise<WebhookResponse> => {
  const format = formats.find(({ name }) => name === query.get('format'))
  const transcript = await readWholeTranscript(admin, query.get('id') ?? '')
  if (format === undefined || transcript === undefined)
    return messagePage(404, 'Not found', 'There is no such conversation.', session)
  return {
    status: 200,
    headers: {
      'content-type': format.contentType,
      'content-disposition': `attachment; filename="conversation.${format.extension}"`,
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    },
    stream: () => format.write(transcript),
  }
}
