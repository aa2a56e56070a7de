import type { WebhookResponse } from '../../port.ts'
import { deskPane } from './desk-pane.ts'
import { guestPane } from './guest-pane.ts'
import type { Guests } from '../guests/guests.ts'
import type { MewsStandIn, StandInThread } from '../mews/stand-in.ts'
import { page, type View } from './page.ts'

/** The hotel's side of the stand-in Mews, as its page uses it. */
export type Desk = Pick<MewsStandIn, 'threads' | 'reply' | 'resolve'>

const shownThreads = 200

const titles = { '/': 'Both sides', '/guest': 'Guest', '/desk': 'Front desk' } as const

/** Renders what somebody looks at; where nothing is chosen, or what was chosen is gone, the newest is. */
export const showPage = (guests: Guests, desk: Desk, wanted: View): WebhookResponse => {
  const chats = guests.list()
  const threads = newestFirst(desk)
  const chat = chats.find(({ key }) => key === wanted.chat) ?? chats[0]
  const thread = threads.find(({ id }) => id === wanted.thread) ?? threads[0]
  const view = { path: wanted.path, chat: chat?.key, thread: thread?.id }
  return page(titles[view.path], view, [
    view.path !== '/desk' && guestPane(chats, chat, view),
    view.path !== '/guest' && deskPane(threads, thread, view),
  ])
}

/** The thread in which something was written last comes first. */
const newestFirst = (desk: Desk): readonly StandInThread[] =>
  desk
    .threads()
    .toReversed()
    .toSorted((one, other) => other.updatedAt - one.updatedAt)
    .slice(0, shownThreads)
