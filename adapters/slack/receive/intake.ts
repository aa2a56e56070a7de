import type { Arrival, ConversationId, Directory, Inbox, Log } from '../../../src/port.ts'
import { failureCode, readCode } from '../../../src/util/failure.ts'
import { type Place, toConversationId, toRouting } from '../id.ts'
import type { Deletions } from '../read/deletions.ts'
import type { Echoes } from '../send/echoes.ts'
import { type Envelope, type Fields, readEnvelope, readFields, type Workspace } from '../wire.ts'
import { type Groups, readGroupEvent, type Routes } from '../workspace/channels.ts'
import type { Bots } from '../workspace/people.ts'
import { type GuestEvent, type KnownIds, readKnownEvent } from './event.ts'
import { readRequest } from './interaction.ts'
import { type Move, readMove, readLifecycleEvent } from './lifecycle-event.ts'

/** What `createIntake` needs. */
export interface IntakeOptions {
  readonly bots: Bots
  readonly knownIds: KnownIds
  readonly routes: Routes
  readonly groups: Groups
  readonly deletions: Deletions
  readonly echoes: Echoes
  readonly inbox: Inbox
  readonly directory: Directory
  readonly log: Log
}

/** `taken`: recorded, or nothing for us. `failed`: not recorded, so Slack shall send it again. `unreadable`: it can never be recorded. */
export type Taken = 'taken' | 'failed' | 'unreadable'

/** Records what Slack sends, by HTTP or Socket Mode; it must be verified before. Never rejects. */
export interface Intake {
  /** The Events API's `event_callback`, and the text it was read from. */
  event(body: Fields, text?: string): Promise<Taken>
  /** The fields of a slash command or an interaction; those that need nothing from us are dropped. */
  request(body: Fields): Promise<Taken>
  /** What would be recorded of a message's event; undefined for what is nothing for the hotel. Rejects with `PassingError`. */
  find(body: Fields): Promise<FoundEvent | undefined>
}

/** A message's event that was found in the history. */
export interface FoundEvent extends Pick<GuestEvent, 'onlyInBridged'> {
  readonly arrival: Arrival
}

/** How Slack begins every event. */
const tokenPattern = /^\{"token":"([\w-]{1,64})",(?=")/

export const createIntake = (options: IntakeOptions): Intake => {
  const { bots, knownIds, routes, groups, deletions, echoes, inbox, log } = options

  const toArrival = createToArrival(options)

  const record = async (given: Recordable): Promise<Taken> => {
    const arrival = await toArrival(given)
    if (typeof arrival === 'string') return arrival
    await inbox.accept([arrival])
    return 'taken'
  }

  const takeMove = createTakeMove(options, record)

  const takeOccasion = async (body: Fields, why: string): Promise<Taken> => {
    const envelope = readEnvelope(body)
    const move = readMove(envelope)
    if (move !== undefined) return takeMove(body, move)
    const lifecycleEvent = readLifecycleEvent(envelope)
    if (lifecycleEvent === undefined) {
      log.debug({ platform: 'slack', event: readCode(envelope.eventId), why }, 'a Slack event is ignored')
      return 'taken'
    }
    const { keys, channel } = lifecycleEvent
    return record({ place: { channel }, workspace: envelope.workspace, keys, body })
  }

  const takeWhole: Work = async (body, text) => {
    const envelope = readEnvelope(body)
    bots.note(envelope.botUsers)
    const event = await readKnownEvent(envelope, knownIds, routes)
    if (event.kind === 'ignored') return takeOccasion(body, event.why)
    if (event.kind === 'echo') {
      echoes.note(event.deliveryId, event.post)
      return 'taken'
    }
    const keys = toKeys(event, envelope)
    return record({ place: event.place, workspace: envelope.workspace, keys, body, text })
  }

  /** Records with the event what it leaves out, so that reading it later gives the same. */
  const takeEvent: Work = async (body, text) => {
    const event = readFields(body['event']) ?? {}
    await groups.note(event)
    const whole = (await readGroupEvent(event, groups, routes)) ?? (await deletions.complete(event))
    return whole === undefined ? takeWhole(body, text) : takeWhole({ ...body, event: whole })
  }

  const takeRequest: Work = async (body) => {
    const request = readRequest(body)
    return request === undefined ? 'taken' : record({ ...request, body })
  }

  return {
    event: logFailure(takeEvent, log),
    request: logFailure(takeRequest, log),
    find: createFind(options, toArrival),
  }
}

/**
 * Notes that a channel has another id. In the conversation of a group that has become a channel the change is recorded first: Slack may
 * have told of messages before it, and they belong before those that come after it.
 */
const createTakeMove =
  ({ routes, groups }: IntakeOptions, record: (given: Recordable) => Promise<Taken>) =>
  async (body: Fields, { from, to }: Move): Promise<Taken> => {
    const ids = await routes.ids(from)
    const areGroups = await Promise.all(ids.map((id) => groups.has(id)))
    const [channel = from] = ids
    const { workspace } = readEnvelope(body)
    const change = { place: { channel }, workspace, keys: [`moved:${from}:${to}`], body }
    const taken = areGroups.includes(true) ? await record(change) : 'taken'
    await routes.move(from, to)
    return taken
  }

/**
 * A route may name a moved channel by its first id or by its current one. Where several workspaces share a channel, the workspace that
 * posts there decides, whichever of them Slack sent the event for.
 */
const createToArrival = (options: Pick<IntakeOptions, 'routes' | 'directory'>) => {
  const { routes } = options
  const toKnownId = createToKnownId(options)
  return async (given: Recordable): Promise<Arrival | Exclude<Taken, 'failed'>> => {
    const { place, workspace, keys, body, text } = given
    const { channel } = place
    const origin = await routes.origin(channel)
    const conversation = await toKnownId(place, origin)
    if (conversation === undefined) return 'taken'
    const payload = toPayload(body, text)
    if (payload === undefined) return 'unreadable'
    const whose = (await routes.poster(channel)) ?? workspace
    const routing = toRouting(whose, channel === origin ? channel : [channel, origin])
    return { conversation, keys, routing, payload }
  }
}

/**
 * A conversation by its channel's first id. Slack may report a message before it reports that its channel got another id; a conversation
 * that started under the new id goes on under it.
 */
const createToKnownId =
  ({ routes, directory }: Pick<IntakeOptions, 'routes' | 'directory'>) =>
  async (place: Place, origin: string): Promise<ConversationId | undefined> => {
    if (place.channel === origin) return toConversationId(place)
    const ids = (await routes.ids(place.channel)).flatMap(
      (channel) => toConversationId({ ...place, channel }) ?? [],
    )
    const known = new Set((await directory.statesOf(ids)).map(({ conversation }) => conversation))
    return ids.find((id) => known.has(id)) ?? ids[0]
  }

/** Something to record before it is acknowledged. */
interface Recordable {
  readonly place: Place
  readonly workspace: Workspace
  readonly keys: readonly string[]
  readonly body: Fields
  readonly text?: string | undefined
}

/**
 * The event as it is recorded, without Slack's old verification token; undefined when it is nested too deeply. `text` is the body as it
 * came, so that it is not serialised again.
 */
const toPayload = (body: Fields, text = ''): string | undefined => {
  const [beginning, token] = tokenPattern.exec(text) ?? []
  if (beginning !== undefined && token === body['token']) return `{${text.slice(beginning.length)}`
  try {
    return JSON.stringify({ ...body, token: undefined })
  } catch {
    return undefined
  }
}

type Work = (body: Fields, text?: string) => Promise<Taken>

/**
 * Every key under which an event may come again. Slack repeats an event under its id; tells of one message as `message`
 * and as `app_mention`, with the same `ts`; and has made two messages of one gesture, with the client's same id.
 */
const toKeys = (
  { kind, message, place, at, inGroup }: GuestEvent,
  { appId, eventId }: Envelope,
): readonly string[] => {
  const keys = eventId === undefined ? [] : [`event:${appId ?? ''}:${eventId}`]
  const id = `${place.channel}:${message.ts ?? ''}`
  if (kind === 'edit') return [...keys, `edit:${id}:${at}`]
  if (kind === 'deletion') return [...keys, `deletion:${id}`]
  const { clientMessageId, user } = message
  if (clientMessageId !== undefined) keys.push(`client:${place.channel}:${user ?? ''}:${clientMessageId}`)
  // A group's thread may have been taken for a channel's before.
  if (inGroup && place.threadTs !== undefined) keys.push(`group:${id}`)
  return [...keys, `message:${id}`]
}

/** Logs a failure and answers `failed`, so that Slack sends the event again. */
const logFailure =
  (work: Work, log: Log): Work =>
  async (body, text) => {
    try {
      return await work(body, text)
    } catch (error) {
      const event = readCode(body['event_id'] ?? body['trigger_id'])
      log.error(
        { platform: 'slack', event, code: failureCode(error) },
        'a Slack event could not be recorded; Slack will send it again',
      )
      return 'failed'
    }
  }

/** Reads an event that was found in the history. */
const createFind =
  ({ knownIds, routes }: IntakeOptions, toArrival: ReturnType<typeof createToArrival>): Intake['find'] =>
  async (body) => {
    const envelope = readEnvelope(body)
    const event = await readKnownEvent(envelope, knownIds, routes)
    if (event.kind === 'ignored' || event.kind === 'echo') return undefined
    const { place, onlyInBridged } = event
    const keys = toKeys(event, envelope)
    const arrival = await toArrival({ place, workspace: envelope.workspace, keys, body })
    return typeof arrival === 'string' ? undefined : { arrival, onlyInBridged }
  }
