import type { Command, ConversationState, Reading } from '../../src/port.ts'
import { readAsk } from './ask.ts'
import { readActor, readChosen } from './form.ts'
import { toHomeView } from './home.ts'
import { toAddress } from './id.ts'
import { toTurn } from './message.ts'
import { withPatience } from './patience.ts'
import type { Given, ReadContext } from './reader.ts'
import { isResponseUrl } from './respond.ts'
import { isMarked, readEnvelope, readString, type Message } from './wire.ts'

/** Reads `/hotel help | status | new`, whose answer only the person sees; anything else asks for help. */
export const readCommand = async ({ body }: Given, { apiUrl, people }: ReadContext): Promise<Reading> => {
  const channel = readString(body['channel_id']) ?? ''
  const responseUrl = readString(body['response_url']) ?? ''
  if (!isResponseUrl(responseUrl, apiUrl)) return { turns: [] }
  const command: Command = readAsk(readString(body['text']) ?? '') ?? 'help'
  const user = readString(body['user_id'])
  const asksForAll = command === 'status' && user !== undefined
  const about = asksForAll ? await people.conversationsOf(user).catch(() => []) : []
  return { turns: [], command, about, answerTo: toAddress({ ...readActor(body), channel, responseUrl }) }
}

const isOwn = (message: Message, { knowledge }: ReadContext): boolean =>
  isMarked(message) || (message.user !== undefined && knowledge.isBot(message.user))

/** Reads the shortcut on a message: what stands there becomes a turn of the thread it is in, by its own author. */
export const readShortcut = async (given: Given, context: ReadContext): Promise<Reading> => {
  const chosen = readChosen(given.body)
  if (chosen === undefined || isOwn(chosen.message, context)) return { turns: [] }
  const { message, place, ts } = chosen
  const workspace = readActor(given.body)
  const poster = await context.routes.pin(place.channel, workspace)
  const turn = await toTurn({ kind: 'message', message, place, at: ts }, { ...given, workspace }, context)
  const empty = turn.text === '' && turn.attachments.length === 0
  return { turns: empty ? [] : [turn], address: toAddress({ ...poster, ...place }) }
}

/** Reads our own arrival in a channel. */
export const readJoin = async ({ body }: Given, { routes }: ReadContext): Promise<Reading> => {
  const { workspace, event } = readEnvelope(body)
  const channel = readString(event['channel']) ?? ''
  const poster = await routes.pin(channel, workspace)
  return { turns: [], address: toAddress({ ...poster, channel }), greet: 'group' }
}

const publish = async (
  user: string,
  channel: string,
  { client }: Given,
  { people, directory, say }: ReadContext,
): Promise<void> => {
  const states = await directory.statesOf(await people.conversationsOf(user))
  // The look at the Home itself still waits in the direct message.
  const own = (state: ConversationState): ConversationState =>
    state.conversation === channel ? { ...state, waiting: Math.max(state.waiting - 1, 0) } : state
  await client.apiCall('views.publish', { user_id: user, view: toHomeView(states.map(own), say) })
}

/** Reads a look at the App Home: shows the person's conversations, and says hello where that was not done. */
export const readHome = async (given: Given, context: ReadContext): Promise<Reading> => {
  const { workspace, event } = readEnvelope(given.body)
  const channel = readString(event['channel']) ?? ''
  const user = readString(event['user'])
  if (event['tab'] === 'home' && user !== undefined) {
    const published = publish(user, channel, given, context).catch(() =>
      context.log.debug({ platform: 'slack', channel }, 'an App Home was not shown'),
    )
    await withPatience(published, context.clock, given.signal)
  }
  return { turns: [], address: toAddress({ ...workspace, channel }), greet: 'person' }
}
