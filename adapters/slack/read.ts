import type { App, webApi } from '@slack/bolt'
import type { Adapter, Reading } from '../../src/port.ts'
import { NotInstalledError } from './call.ts'
import { choicePattern } from './choices.ts'
import { shortcutId } from './form.ts'
import { readMessageEvent } from './message.ts'
import type { ReadContext, Reader } from './reader.ts'
import { readCommand, readHome, readJoin, readPress, readShortcut } from './surfaces.ts'
import { readEnvelope, readFields, type Fields } from './wire.ts'

/** A recorded payload that is no JSON object, which `receive` never lets in. */
class UnreadablePayloadError extends Error {
  readonly code = 'unreadable_payload'
  constructor(cause?: unknown) {
    super('the recorded Slack event is no JSON object; it cannot be delivered', { cause })
    this.name = 'UnreadablePayloadError'
  }
}

/** What one `read` gives to Bolt and gets back through its context. */
interface Errand {
  readonly signal: AbortSignal
  reading: Reading
}

const nothing: Reading = { turns: [] }

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

const readEnd: Reader = async ({ body }, { endInstallation }) => {
  await endInstallation(readEnvelope(body))
  return nothing
}

const events: Readonly<Record<string, Reader>> = {
  message: readMessageEvent,
  app_mention: readMessageEvent,
  member_joined_channel: readJoin,
  app_home_opened: readHome,
  app_uninstalled: readEnd,
  tokens_revoked: readEnd,
}

/** Reads recorded requests through Bolt, which finds the installation and its client; nothing of workspaces without one. */
export const createRead = (app: App, context: ReadContext): Adapter['read'] => {
  const listen =
    (reader: Reader) =>
    async (given: {
      readonly body: unknown
      readonly client: webApi.WebClient
      readonly context: Readonly<Record<string, unknown>>
    }): Promise<void> => {
      const errand = given.context['errand'] as Errand
      const { client } = given
      errand.reading = await reader(
        { body: readFields(given.body) ?? {}, client, signal: errand.signal },
        context,
      )
    }
  for (const [type, reader] of Object.entries(events)) app.event(type, listen(reader))
  app.command(/^\//, listen(readCommand))
  app.action(choicePattern, listen(readPress))
  app.shortcut({ type: 'message_action', callback_id: shortcutId }, listen(readShortcut))

  return async (payload, signal) => {
    const errand: Errand = { signal, reading: nothing }
    const body = parse(payload)
    context.bots.note(readEnvelope(body).botUsers)
    await context.bots.refresh()
    try {
      await app.processEvent({ body, ack: () => Promise.resolve(), customProperties: { errand } })
    } catch (error) {
      if (!(error instanceof NotInstalledError)) throw error
      context.log.debug(
        { platform: 'slack', code: error.code },
        'an event of an ended installation is passed over',
      )
    }
    return errand.reading
  }
}
