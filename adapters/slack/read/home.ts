import type { AdapterContext, ConversationId, ConversationState } from '../../../src/port.ts'
import { escapeText } from '../text/format.ts'
import { readConversationId } from '../id.ts'
import { toMilliseconds } from '../wire.ts'

type Say = AdapterContext['say']

/** A date that Slack shows in the reader's own time zone and language. */
const toDate = (at: number): string =>
  `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${new Date(at).toISOString().slice(0, 16)}Z>`

const toTitle = (conversation: ConversationId, say: Say): string => {
  const place = readConversationId(conversation)
  if (place === undefined || place.channel.startsWith('D')) return escapeText(say('homeDirect'))
  const begun = place.threadTs === undefined ? NaN : toMilliseconds(place.threadTs)
  return Number.isNaN(begun) ? `<#${place.channel}>` : `<#${place.channel}> · ${toDate(begun)}`
}

const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } })

const toEntry = ({ conversation, waiting, lastAt }: ConversationState, say: Say): readonly object[] => {
  const state = waiting > 0 ? say('homeWaiting', { waiting: String(waiting) }) : say('homeDelivered')
  const elements = [{ type: 'mrkdwn', text: toDate(lastAt) }]
  return [section(`*${toTitle(conversation, say)}*\n${escapeText(state)}`), { type: 'context', elements }]
}

/** The App Home of a person: how to begin, and how their conversations fare (https://docs.slack.dev/surfaces/app-home). */
export const toHomeView = (
  states: readonly ConversationState[],
  say: Say,
): { readonly type: 'home'; readonly blocks: readonly object[] } => ({
  type: 'home',
  blocks: [
    { type: 'header', text: { type: 'plain_text', text: say('homeTitle') } },
    section(escapeText(say(states.length === 0 ? 'homeEmpty' : 'homeHow'))),
    ...states.flatMap((state) => [{ type: 'divider' }, ...toEntry(state, say)]),
  ],
})
