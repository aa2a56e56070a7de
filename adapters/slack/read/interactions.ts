import type { webApi } from '@slack/bolt'
import type { AdapterContext, ConversationId, ConversationState, Reading } from '../../../src/port.ts'
import { resultWithin } from '../../../src/util/time-limit.ts'
import { lookUpMs } from '../api/call.ts'
import { readConversationId, toAddress, toConversationId } from '../id.ts'
import { isFlatChannel, readChosen } from '../receive/interaction.ts'
import { isResponseUrl } from '../send/response-url.ts'
import { readChoiceId } from '../text/choices.ts'
import { escapeText } from '../text/format.ts'
import { type Fields, isMarked, type Message, readEnvelope, readString, toMilliseconds } from '../wire.ts'
import type { ReadContext } from './context.ts'
import type { Given } from '../api/installation.ts'
import { toTurn } from './message.ts'

/** Reads `/hotel help | status | new | language …`, in any language, whose answer only the person sees; anything else asks for help. */
export const readCommand = async (
  { body, workspace, client, signal }: Given,
  { apiUrl, people, groups, findUser, readCommand: readWords }: ReadContext,
): Promise<Reading> => {
  const channel = readString(body['channel_id']) ?? ''
  const responseUrl = readString(body['response_url']) ?? ''
  if (!isResponseUrl(responseUrl, apiUrl)) return { turns: [] }
  const asked = readWords(readString(body['text']) ?? '') ?? { command: 'help' as const }
  const user = readString(body['user_id'])
  const language =
    user === undefined ? undefined : (await findUser(workspace.team, user, client, signal))?.locale
  const asksForAll = asked.command === 'status' && user !== undefined
  const about = asksForAll ? await people.conversationsOf(user).catch(() => []) : []
  const outside = await isOutside(channel, body, groups)
  const answerTo = toAddress({ ...workspace, channel, responseUrl })
  return {
    turns: [],
    ...asked,
    ...(language === undefined ? {} : { language }),
    ...(outside ? { where: 'channel' as const } : {}),
    about,
    answerTo,
  }
}

/** Reads the shortcut on a message: the message becomes a turn of its thread, by its own author. */
export const readShortcut = async (given: Given, context: ReadContext): Promise<Reading> => {
  const chosen = readChosen(given.body)
  if (chosen === undefined || isOwn(chosen.message, context)) return { turns: [] }
  const { message, place, ts } = chosen
  const poster = await context.routes.pin(place.channel, given.workspace)
  const turn = await toTurn({ kind: 'message', message, place, at: ts }, given, context)
  const empty = turn.text === '' && turn.attachments.length === 0
  return { turns: empty ? [] : [turn], address: toAddress({ ...poster, ...place }) }
}

/** Reads the press of a button under a question; the question is replaced by the word on the button. */
export const readPress = async ({ body, workspace }: Given, { routes }: ReadContext): Promise<Reading> => {
  const chosen = readChosen(body)
  const choice = readChoiceId(body)
  if (chosen === undefined || choice === undefined) return { turns: [] }
  const { place, ts } = chosen
  // People of another workspace, which may not have the app, can press a button too.
  const [poster = workspace] = await routes.workspaces(place.channel)
  const address = { ...poster, ...place }
  return {
    turns: [],
    choice,
    address: toAddress(address),
    answerTo: toAddress({ ...address, replaces: ts }),
  }
}

/** Reads our own arrival in a channel. */
export const readJoin = async ({ body, workspace }: Given, { routes }: ReadContext): Promise<Reading> => {
  const { event } = readEnvelope(body)
  const channel = readString(event['channel']) ?? ''
  const poster = await routes.pin(channel, workspace)
  return { turns: [], address: toAddress({ ...poster, channel }), greet: 'group' }
}

/** Reads that somebody opened the App Home: shows their conversations, and greets them if that has not been done. */
export const readHome = async (given: Given, context: ReadContext): Promise<Reading> => {
  const { event } = readEnvelope(given.body)
  const channel = readString(event['channel']) ?? ''
  const user = readString(event['user'])
  if (event['tab'] === 'home' && user !== undefined && given.client !== undefined) {
    const published = publish(user, channel, { ...given, client: given.client }, context).catch(() =>
      context.log.debug({ platform: 'slack', channel }, 'an App Home was not shown'),
    )
    await resultWithin({ clock: context.clock, signal: given.signal, ms: lookUpMs }, () => published)
  }
  return { turns: [], address: toAddress({ ...given.workspace, channel }), greet: 'person' }
}

/** Whether a command was given in a channel, where each thread is a conversation of its own; in a direct message there is one. */
const isOutside = async (channel: string, body: Fields, groups: ReadContext['groups']): Promise<boolean> =>
  !isFlatChannel(channel, body['channel_name']) && !(await groups.has(channel))

const isOwn = (message: Message, { knownIds }: ReadContext): boolean =>
  isMarked(message) || (message.user !== undefined && knownIds.isBot(message.user))

const publish = async (
  user: string,
  channel: string,
  { client, workspace, signal }: Given & { readonly client: webApi.WebClient },
  { people, directory, routes, findUser, say: sayIn }: ReadContext,
): Promise<void> => {
  const language = (await findUser(workspace.team, user, client, signal))?.locale
  const say: Say = (name, values) => sayIn(name, values, language)
  const states = await directory.statesOf(await people.conversationsOf(user))
  const shown = await Promise.all(states.map((state) => toShown(state, channel, routes)))
  await client.apiCall('views.publish', { user_id: user, view: toHomeView(shown, say) })
}

/** A conversation as the Home names it: by its channel's id of today. */
const toShown = async (
  state: ConversationState,
  home: string,
  routes: ReadContext['routes'],
): Promise<ConversationState> => {
  const place = readConversationId(state.conversation)
  if (place === undefined) return state
  const conversation =
    toConversationId({ ...place, channel: await routes.current(place.channel) }) ?? state.conversation
  // The event of opening the Home itself still waits in the lane of the direct message.
  const waiting = state.conversation === home ? Math.max(state.waiting - 1, 0) : state.waiting
  return { ...state, conversation, waiting }
}

/** The App Home of a person: how to start, and the state of their conversations (https://docs.slack.dev/surfaces/app-home). */
const toHomeView = (
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

type Say = AdapterContext['say']

const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } })

const toEntry = ({ conversation, waiting, lastAt }: ConversationState, say: Say): readonly object[] => {
  const state = waiting > 0 ? say('homeWaiting', { waiting }) : say('homeDelivered')
  const elements = [{ type: 'mrkdwn', text: toDate(lastAt) }]
  return [section(`*${toTitle(conversation, say)}*\n${escapeText(state)}`), { type: 'context', elements }]
}

/** A date that Slack shows in the reader's own time zone and language. */
const toDate = (at: number): string =>
  `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${new Date(at).toISOString().slice(0, 16)}Z>`

const toTitle = (conversation: ConversationId, say: Say): string => {
  const place = readConversationId(conversation)
  if (place === undefined || place.channel.startsWith('D')) return escapeText(say('homeDirect'))
  const begun = place.threadTs === undefined ? NaN : toMilliseconds(place.threadTs)
  return Number.isNaN(begun) ? `<#${place.channel}>` : `<#${place.channel}> · ${toDate(begun)}`
}
