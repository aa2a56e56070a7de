import { isUtf8 } from 'node:buffer'
import { readChoiceId } from '../text/choices.ts'
import { toPlace } from './event.ts'
import type { Place } from '../id.ts'
import {
  readEnvelope,
  readFields,
  readMessage,
  readString,
  toWorkspace,
  type Fields,
  type Message,
  type Workspace,
} from '../wire.ts'

/** The shortcut on messages, as the app's manifest names it. */
export const shortcutId = 'send_to_hotel'

/** What people do outside of messages: a slash command, the shortcut on a message, or a button under a question. */
export interface Request {
  readonly place: Place
  readonly keys: readonly string[]
  readonly workspace: Workspace
}

/** The workspace for whose installation Slack sent this. */
export const readWorkspace = (body: Fields): Workspace =>
  body['type'] === 'event_callback' ? readEnvelope(body).workspace : readActor(body)

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

/** Reads a command, the shortcut or a button; undefined for everything else, such as other apps' buttons, views and other shortcuts. */
export const readRequest = (body: Fields): Request | undefined => {
  if (readChoiceId(body) !== undefined) return toPress(body)
  if (body['type'] === 'message_action')
    return body['callback_id'] === shortcutId ? toShortcut(body) : undefined
  return typeof body['command'] === 'string' ? toCommand(body) : undefined
}

/**
 * The fields of a form of Slack's: those of a command or of Slack's check of our certificate, or what stands as JSON in
 * `payload`. Undefined where the form is broken: it has none of these, names a field twice, or is no UTF-8.
 */
export const readForm = (body: Buffer, type: string): Fields | undefined => {
  const text = readFormText(body, type)
  if (text === undefined) return undefined
  const form = new URLSearchParams(text)
  if (new Set(form.keys()).size < form.size) return undefined
  const payload = form.get('payload')
  if (payload !== null) return readJson(payload)
  return form.has('command') || form.has('ssl_check') ? Object.fromEntries(form) : undefined
}

/**
 * The workspace whose installation a command, the shortcut or a button belongs to. Where the whole organisation has installed
 * the app, Slack names no team; the team of the person counts then, unless they pressed a button, which people of others may
 * do in shared channels (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload).
 */
const readActor = (body: Fields): Workspace => {
  const team = readFields(body['team'])
  const own = readString(body['team_id']) ?? readString(team?.['id'])
  const enterprise =
    readString(body['enterprise_id']) ??
    readString(readFields(body['enterprise'])?.['id']) ??
    readString(team?.['enterprise_id'])
  const mayBeAnothers = enterprise !== undefined && body['type'] === 'block_actions'
  const theirs = mayBeAnothers ? undefined : readFields(body['user'])?.['team_id']
  return toWorkspace(own ?? theirs, enterprise)
}

/** A message that somebody chose. */
interface Chosen {
  readonly message: Message
  readonly ts: string
  readonly place: Place
}

const toPress = (body: Fields): Request | undefined => {
  const chosen = readChosen(body)
  const trigger = readString(body['trigger_id'])
  if (chosen === undefined || trigger === undefined) return undefined
  const { place } = chosen
  return { place, keys: [`trigger:${trigger}`], workspace: readActor(body) }
}

const toShortcut = (body: Fields): Request | undefined => {
  const chosen = readChosen(body)
  if (chosen === undefined) return undefined
  const { place, ts } = chosen
  const keys = [`shortcut:${place.channel}:${ts}`]
  return { place, keys, workspace: readActor(body) }
}

const toCommand = (body: Fields): Request | undefined => {
  const channel = readString(body['channel_id'])
  const trigger = readString(body['trigger_id'])
  if (channel === undefined || trigger === undefined) return undefined
  return { place: { channel }, keys: [`trigger:${trigger}`], workspace: readActor(body) }
}

/** The form's text; undefined where it, or what its escapes stand for, is no UTF-8. */
function readFormText(body: Buffer, type: string): string | undefined {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type)?.[1] ?? 'utf-8'
  if (!/^(?:utf-?8|us-ascii)$/i.test(charset) || !isUtf8(body)) return undefined
  const text = body.toString('utf8')
  try {
    decodeURIComponent(text.replaceAll(/%(?![\da-f]{2})/gi, '%25'))
    return text
  } catch {
    return undefined
  }
}

function readJson(text: string): Fields | undefined {
  try {
    return readFields(JSON.parse(text))
  } catch {
    return undefined
  }
}
