import type { Arrival } from '../../src/port.ts'
import { toPlace } from './event.ts'
import { toConversationId, type Place } from './id.ts'
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

/** What people ask for outside of messages: a slash command, or the shortcut on a message. */
export type Request = Omit<Arrival, 'payload'> & { readonly body: Fields }

/** The workspace in which somebody gave a command or chose the shortcut; an organisation's own has no team. */
export const readActor = (body: Fields): Workspace => {
  const team = readFields(body['team'])
  const user = readFields(body['user'])
  return toWorkspace(
    body['team_id'] ?? team?.['id'] ?? user?.['team_id'],
    body['enterprise_id'] ?? readFields(body['enterprise'])?.['id'] ?? team?.['enterprise_id'],
  )
}

const toRouting = (body: Fields, channel: string): Readonly<Record<string, string>> => ({
  team: readActor(body).team,
  channel,
})

const toCommand = (body: Fields): Request | undefined => {
  const channel = readString(body['channel_id'])
  const trigger = readString(body['trigger_id'])
  const conversation = channel === undefined ? undefined : toConversationId({ channel })
  if (channel === undefined || trigger === undefined || conversation === undefined) return undefined
  return { conversation, keys: [`trigger:${trigger}`], routing: toRouting(body, channel), body }
}

/** A message that somebody chose. */
interface Chosen {
  readonly message: Message
  readonly ts: string
  readonly place: Place
}

/** The message as the shortcut shows it; that a channel is a group's direct message is seen by its name alone. */
export const readChosen = (body: Fields): Chosen | undefined => {
  const { id, name } = readFields(body['channel']) ?? {}
  const channel = readString(id)
  const fields = readFields(body['message'])
  const message = fields === undefined ? undefined : readMessage(fields)
  if (channel === undefined || message?.ts === undefined) return undefined
  const flat = channel.startsWith('D') || (readString(name) ?? '').startsWith('mpdm-')
  return { message, ts: message.ts, place: toPlace(channel, message, flat) }
}

const toShortcut = (body: Fields): Request | undefined => {
  const chosen = readChosen(body)
  const conversation = chosen === undefined ? undefined : toConversationId(chosen.place)
  if (chosen === undefined || conversation === undefined) return undefined
  const { place, ts } = chosen
  const keys = [`shortcut:${place.channel}:${ts}`]
  return { conversation, keys, routing: toRouting(body, place.channel), body }
}

const parse = (text: string): Fields | undefined => {
  try {
    return readFields(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Reads a form of Slack's; undefined for all that asks nothing of us: the certificate check, buttons, views, other shortcuts. */
export const readForm = (text: string): Request | undefined => {
  const form = new URLSearchParams(text)
  const payload = form.get('payload')
  if (payload === null) return form.has('command') ? toCommand(Object.fromEntries(form)) : undefined
  const body = parse(payload)
  const chosen = body?.['type'] === 'message_action' && body['callback_id'] === shortcutId
  return body !== undefined && chosen ? toShortcut(body) : undefined
}
