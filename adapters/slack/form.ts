import { readChoiceId } from './choices.ts'
import { toPlace } from './event.ts'
import type { Place } from './id.ts'
import {
  readFields,
  readMessage,
  readString,
  toWorkspace,
  type Fields,
  type Message,
  type Workspace,
} from './wire.ts'

/** The shortcut on messages, as the app's manifest names it. */
export const shortcutId = 'send_to_hotel'

/** What people ask for outside of messages: a slash command, the shortcut on a message, or a button under a question. */
export interface Request {
  readonly place: Place
  readonly keys: readonly string[]
  readonly workspace: Workspace
}

/** The workspace in which somebody gave a command or chose the shortcut; an organisation's own has no team. */
export const readActor = (body: Fields): Workspace => {
  const team = readFields(body['team'])
  const user = readFields(body['user'])
  return toWorkspace(
    body['team_id'] ?? team?.['id'] ?? user?.['team_id'],
    body['enterprise_id'] ?? readFields(body['enterprise'])?.['id'] ?? team?.['enterprise_id'],
  )
}

const toCommand = (body: Fields): Request | undefined => {
  const channel = readString(body['channel_id'])
  const trigger = readString(body['trigger_id'])
  if (channel === undefined || trigger === undefined) return undefined
  return { place: { channel }, keys: [`trigger:${trigger}`], workspace: readActor(body) }
}

/** A message that somebody chose. */
interface Chosen {
  readonly message: Message
  readonly ts: string
  readonly place: Place
}

/** Whether a channel is a direct message, of one person or several, by its id and the name in a form. */
export const isFlatChannel = (channel: string, name: unknown): boolean =>
  channel.startsWith('D') || (readString(name) ?? '').startsWith('mpdm-')

/** The message as the shortcut or a button shows it; that a channel is a group's direct message is seen by its name alone. */
export const readChosen = (body: Fields): Chosen | undefined => {
  const { id, name } = readFields(body['channel']) ?? {}
  const channel = readString(id)
  const fields = readFields(body['message'])
  const message = fields === undefined ? undefined : readMessage(fields)
  if (channel === undefined || message?.ts === undefined) return undefined
  const place = toPlace(channel, message, isFlatChannel(channel, name))
  return { message, ts: message.ts, place }
}

const toShortcut = (body: Fields): Request | undefined => {
  const chosen = readChosen(body)
  if (chosen === undefined) return undefined
  const { place, ts } = chosen
  const keys = [`shortcut:${place.channel}:${ts}`]
  return { place, keys, workspace: readActor(body) }
}

const toPress = (body: Fields): Request | undefined => {
  const chosen = readChosen(body)
  const trigger = readString(body['trigger_id'])
  if (chosen === undefined || trigger === undefined) return undefined
  const { place } = chosen
  return { place, keys: [`trigger:${trigger}`], workspace: readActor(body) }
}

/** Reads what somebody asks or answers; undefined for all that asks nothing of us: others' buttons, views, other shortcuts. */
export const readRequest = (body: Fields): Request | undefined => {
  if (readChoiceId(body) !== undefined) return toPress(body)
  if (body['type'] === 'message_action')
    return body['callback_id'] === shortcutId ? toShortcut(body) : undefined
  return typeof body['command'] === 'string' ? toCommand(body) : undefined
}

/** The fields of a form of Slack's; undefined where it has none of those that `readRequest` knows. */
export const readForm = (text: string): Fields | undefined => {
  const form = new URLSearchParams(text)
  const payload = form.get('payload')
  if (payload === null) return Object.fromEntries(form)
  try {
    return readFields(JSON.parse(payload))
  } catch {
    return undefined
  }
}
