import type { App, webApi } from '@slack/bolt'
import type { Adapter, Identity, Reading } from '../../../src/port.ts'
import { LRUCache } from 'lru-cache'
import { NotInstalledError } from '../api/call.ts'
import { readWorkspace, shortcutId } from '../receive/interaction.ts'
import { readMessageEvent } from './message.ts'
import type { ReadContext, Reader } from './context.ts'
import type { Given, ReadingInstallation } from '../api/installation.ts'
import { readCommand, readHome, readJoin, readPress, readShortcut } from './interactions.ts'
import { readBotUsers, readEnvelope, readFields, readString, type Fields } from '../wire.ts'

/** A recorded payload is not a JSON object; `receive` never records such a one. */
class UnreadablePayloadError extends Error {
  readonly code = 'unreadable_payload'
  constructor(cause?: unknown) {
    super('the recorded Slack event is no JSON object; it cannot be delivered', { cause })
    this.name = 'UnreadablePayloadError'
  }
}

const nothing: Reading = { turns: [] }

const readEnd: Reader = async ({ body }, { endInstallation }) => {
  await endInstallation(readEnvelope(body))
  return nothing
}

const readMoved: Reader = async (given, { movedGroups }) => ({
  turns: [],
  after: await movedGroups.findMissing(given),
})

const events: ReadonlyMap<string, Reader> = new Map([
  ['message', readMessageEvent],
  ['app_mention', readMessageEvent],
  ['member_joined_channel', readJoin],
  ['app_home_opened', readHome],
  ['channel_id_changed', readMoved],
  ['app_uninstalled', readEnd],
  ['tokens_revoked', readEnd],
])

/** How many unknown workspaces are remembered as logged. */
const maxStrangers = 1000

/**
 * Reads recorded requests through Bolt, which finds the installation and its client. Requests for workspaces that never had an installation
 * are skipped, unless one of ours is known in the same channel.
 */
export const createRead = (app: App, context: ReadContext): Required<Pick<Adapter, 'read' | 'identify'>> => {
  // One middleware: Bolt asks each listener about each event, which costs more than reading it.
  const readAny = async (given: {
    readonly body: unknown
    readonly client: webApi.WebClient
    readonly context: object
  }): Promise<void> => {
    const { errand, instead, botToken } = given.context as ReadingInstallation & { readonly errand: Errand }
    const body = readFields(given.body) ?? {}
    const workspace = instead ?? readWorkspace(body)
    const client = botToken === undefined ? undefined : given.client
    const read = readerOf(body)
    if (read === undefined) return
    const { signal, timeZone, language } = errand
    const request = { body, workspace, client, signal, timeZone }
    const say: ReadContext['say'] = (name, values, reader = language) => context.say(name, values, reader)
    if (errand.asks === 'author') errand.author = await identifyAuthor(request, context)
    else errand.reading = await read(request, { ...context, say })
  }
  app.use(readAny)

  const told = new LRUCache<string, true>({ max: maxStrangers })
  const tellOfStranger = (team: string): void => {
    if (told.has(team)) return
    told.set(team, true)
    context.log.warn(
      { platform: 'slack', team },
      'events of a Slack workspace that has not installed the app are passed over',
    )
  }

  const run = async (
    payload: string,
    given: Pick<Errand, 'asks' | 'signal' | 'timeZone' | 'language'>,
  ): Promise<Errand> => {
    const errand: Errand = { ...given, reading: nothing, author: {} }
    const body = parse(payload)
    context.bots.note(readBotUsers(body))
    await context.bots.refresh()
    try {
      await app.processEvent({ body, ack: () => Promise.resolve(), customProperties: { errand } })
    } catch (error) {
      if (!(error instanceof NotInstalledError)) throw error
      tellOfStranger(error.team)
    }
    return errand
  }

  return {
    read: async (payload, signal, timeZone, language) =>
      (await run(payload, { asks: 'turns', signal, timeZone, language })).reading,
    identify: async (payload, signal) =>
      (await run(payload, { asks: 'author', signal, timeZone: undefined, language: undefined })).author,
  }
}

/** What one `read` or `identify` gives to Bolt and gets back through its context. */
interface Errand {
  readonly asks: 'turns' | 'author'
  readonly signal: AbortSignal
  readonly timeZone: string | undefined
  readonly language: string | undefined
  reading: Reading
  author: Identity
}

/** The address of the author, of which Slack has told with the name. In channels that are shared with other organisations nobody is looked for. */
const identifyAuthor = async (
  { body, workspace, client, signal }: Given,
  { findUser }: ReadContext,
): Promise<Identity> => {
  const said = readFields(body['event']) ?? readFields(body['message'])
  const user = readString(said?.['user']) ?? readString(readFields(said?.['message'])?.['user'])
  if (user === undefined || body['is_ext_shared_channel'] === true) return {}
  const email = (await findUser(workspace.team, user, client, signal))?.email
  return email === undefined ? {} : { email }
}

/** What the request is read with; undefined where it says nothing. */
const readerOf = (body: Fields): Reader | undefined => {
  switch (body['type']) {
    case 'event_callback':
      return events.get(readString(readFields(body['event'])?.['type']) ?? '')
    case 'block_actions':
      return readPress
    case 'message_action':
      return body['callback_id'] === shortcutId ? readShortcut : undefined
    default:
      return readString(body['command'])?.startsWith('/') === true ? readCommand : undefined
  }
}

const parse = (payload: string): Fields => {
  let body: unknown
  try {
    body = JSON.parse(payload)
  } catch (error) {
    throw new UnreadablePayloadError(error)
  }
  const fields = readFields(body)
  if (fields === undefined) throw new UnreadablePayloadError()
  return fields
}
