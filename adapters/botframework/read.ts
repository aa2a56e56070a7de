import type { Adapter, Attachment, Clock, Turn } from '../../src/port.ts'
import { cleanName } from '../../src/util/clean.ts'
import { toAddress } from './address.ts'
import { readChoiceId } from './card.ts'
import { isAlsoForHotel, readCommand } from './command.ts'
import { isPersonal } from './conversation.ts'
import { toPlainText } from './format.ts'
import { readGreeting } from './greet.ts'
import type { CountMembers } from './members.ts'
import { type Bot, botOf, mentionsBot } from './mention.ts'
import { createVersions } from './versions.ts'
import { parseFields, readActivity, type Activity } from './wire.ts'

/** What reading needs. */
export interface ReadOptions {
  /** Undefined: anonymous. */
  readonly appId: string | undefined
  readonly clock: Clock
  readonly countMembers: CountMembers
}

const kinds: Readonly<Record<string, Turn['kind']>> = {
  message: 'message',
  messageUpdate: 'edit',
  messageDelete: 'deletion',
}

const toName = (contentType: string): string => {
  if (/^(?:image|video|audio)\//.test(contentType)) return contentType.slice(0, 5)
  return contentType.includes('.card.') ? 'card' : contentType || 'attachment'
}

/** By name and size only: the links that Teams gives open for a short while, for anybody, or never for the hotel. */
const toAttachments = ({ attachments }: Activity): readonly Attachment[] =>
  attachments
    .filter(({ contentType }) => contentType !== 'text/html')
    .map(({ contentType, name = '', size }) => ({
      name: cleanName(name) || cleanName(toName(contentType)) || 'attachment',
      ...(size === undefined ? {} : { size }),
    }))

/** The platform's clock; ids of Teams are milliseconds too. */
const toTime = ({ timestamp, id }: Activity, clock: Clock): number => {
  const written = Date.parse(timestamp ?? '')
  if (!Number.isNaN(written)) return written
  return /^\d{13}$/.test(id ?? '') ? Number(id) : clock.now()
}

/**
 * Whether a turn starts nothing by itself. With the permission to hear everything, the bot also hears what people say
 * to each other; and nobody needs to know that something was deleted which they never saw.
 */
const isOnlyInBridged = (activity: Activity, kind: Turn['kind'], bot: Bot): boolean =>
  kind === 'deletion' || (!isPersonal(activity) && !mentionsBot(activity, bot))

/** A thread is not named for what its first message answers to. */
const subjectOf = (text: string): Pick<Turn, 'subject'> => {
  const subject = text.startsWith('> ') ? text.split('\n').find((line) => !line.startsWith('> ')) : undefined
  return subject === undefined || subject === '' ? {} : { subject }
}

/** Reads recorded activities. Only the size of a team that the bot was added to is looked up. */
export const createRead = ({ appId, clock, countMembers }: ReadOptions): Adapter['read'] => {
  const versions = createVersions()

  /** Whether an edit is known to have changed no word; without a time of its own, versions cannot be told apart. */
  const isIdle = ({ id, conversationId, timestamp, eventType }: Activity, turn: Turn): boolean => {
    if (id === undefined || Number.isNaN(Date.parse(timestamp ?? ''))) return false
    const same = versions.isRepetition(`${conversationId ?? ''}|${id}`, turn)
    return same && turn.kind === 'edit' && eventType !== 'undeleteMessage'
  }

  const toTurn = (activity: Activity, text: string, bot: Bot): Turn | undefined => {
    const kind = kinds[activity.type]
    if (kind === undefined) return undefined
    const { id = 'unknown', name = '' } = activity.from
    const attachments = kind === 'deletion' ? [] : toAttachments(activity)
    if (kind !== 'deletion' && text === '' && attachments.length === 0) return undefined
    const turn: Turn = {
      kind,
      author: { id, name: cleanName(name) || id },
      text,
      ...subjectOf(text),
      attachments,
      at: toTime(activity, clock),
      ...(isOnlyInBridged(activity, kind, bot) ? { onlyInBridged: true } : {}),
    }
    if (kind === 'deletion') return turn
    if (isIdle(activity, turn)) return undefined
    const isAddressed = kind === 'message' && turn.onlyInBridged === undefined
    return isAddressed ? { ...turn, reference: activity.id ?? '' } : turn
  }

  return async (payload, signal) => {
    const fields = parseFields(payload)
    const activity = fields === undefined ? undefined : readActivity(fields)
    if (activity === undefined) throw new Error('The recorded payload is no activity of the Bot Framework.')
    const bot = botOf(activity, appId)
    const text = activity.type === 'messageDelete' ? '' : toPlainText(activity, bot)
    const choice = activity.type === 'message' ? readChoiceId(activity.value) : undefined
    const command = choice === undefined ? readCommand(activity, text, bot) : undefined
    const isSilent = choice !== undefined || (command !== undefined && !isAlsoForHotel(activity, command))
    const turn = isSilent ? undefined : toTurn(activity, text, bot)
    const greet = await readGreeting(activity, bot, countMembers, signal)
    const removed = activity.type === 'installationUpdate' && activity.action?.startsWith('remove') === true
    const address = removed ? undefined : toAddress(activity, bot.id)
    return {
      turns: turn === undefined ? [] : [turn],
      ...(address === undefined ? {} : { address }),
      ...(command === undefined ? {} : { command }),
      ...(choice === undefined ? {} : { choice }),
      ...(greet === undefined ? {} : { greet }),
    }
  }
}
