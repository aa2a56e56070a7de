import type { Adapter, Clock, Log, Reading, Turn } from '../../../src/port.ts'
import { toAddress } from '../address.ts'
import { readChoiceId } from '../text/card.ts'
import { isAlsoForHotel, readCommand } from './command.ts'
import { isPersonal, isTargeted } from '../conversation.ts'
import { readContent, type Content } from '../text/format.ts'
import { readGreeting } from './greeting.ts'
import type { CountMembers } from './members.ts'
import { botOf } from '../text/mention.ts'
import type { ReadAuthor } from './author.ts'
import { createVersions } from './versions.ts'
import { parseFields, readActivity, type Activity } from '../wire.ts'

/** What reading needs. */
export interface ReadOptions {
  /** Undefined: anonymous. */
  readonly appId: string | undefined
  readonly clock: Clock
  readonly countMembers: CountMembers
  readonly readAuthor: ReadAuthor
  readonly log: Log
}

const kinds: Readonly<Record<string, Turn['kind']>> = {
  message: 'message',
  messageUpdate: 'edit',
  messageDelete: 'deletion',
}

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
const isOnlyInBridged = (kind: Turn['kind'], isAddressed: boolean): boolean =>
  kind === 'deletion' || !isAddressed

const nothing: Content = { text: '', attachments: [], mentionsBot: false }

/** A thread is not named for what its first message answers to. */
const subjectOf = (text: string): Pick<Turn, 'subject'> => {
  const subject = text.startsWith('> ') ? text.split('\n').find((line) => !line.startsWith('> ')) : undefined
  return subject === undefined || subject === '' ? {} : { subject }
}

/** Where several people write, what is for the hotel mentions the bot each time. */
const whereOf = (activity: Activity): Pick<Reading, 'where'> =>
  isPersonal(activity) ? {} : { where: 'group' }

/** Reads recorded activities. Looked up are only the size of a team that the bot was added to, and who has no name. */
export const createRead = ({ appId, clock, countMembers, readAuthor, log }: ReadOptions): Adapter['read'] => {
  const versions = createVersions()

  /** Whether an edit is known to have changed no word; without a time of its own, versions cannot be told apart. */
  const isIdle = ({ id, conversationId, timestamp, eventType }: Activity, turn: Turn): boolean => {
    if (id === undefined || Number.isNaN(Date.parse(timestamp ?? ''))) return false
    const same = versions.isRepetition(`${conversationId ?? ''}|${id}`, turn)
    return same && turn.kind === 'edit' && eventType !== 'undeleteMessage'
  }

  const toTurn = async (
    activity: Activity,
    { text, attachments }: Content,
    isAddressed: boolean,
    signal: AbortSignal,
  ): Promise<Turn | undefined> => {
    const kind = kinds[activity.type]
    if (kind === undefined) return undefined
    if (kind !== 'deletion' && text === '' && attachments.length === 0) {
      const { conversationId: conversation, id, type } = activity
      log.info({ conversation, id, type }, 'botframework: a message says nothing')
      return undefined
    }
    const turn: Turn = {
      kind,
      author: await readAuthor(activity, signal),
      text,
      ...subjectOf(text),
      attachments,
      at: toTime(activity, clock),
      ...(activity.id === undefined ? {} : { message: activity.id }),
      ...(isOnlyInBridged(kind, isAddressed) ? { onlyInBridged: true } : {}),
    }
    if (kind === 'deletion') return turn
    if (isIdle(activity, turn)) return undefined
    return kind === 'message' && isAddressed ? { ...turn, reference: activity.id ?? '' } : turn
  }

  return async (payload, signal) => {
    const fields = parseFields(payload)
    const activity = fields === undefined ? undefined : readActivity(fields)
    if (activity === undefined) throw new Error('The recorded payload is no activity of the Bot Framework.')
    const bot = botOf(activity, appId)
    const content = activity.type === 'messageDelete' ? nothing : readContent(activity, bot)
    const isAddressed = isPersonal(activity) || isTargeted(activity) || content.mentionsBot
    const choice = activity.type === 'message' ? readChoiceId(activity.value) : undefined
    const command = choice === undefined && isAddressed ? readCommand(activity, content) : undefined
    const isSilent = choice !== undefined || (command !== undefined && !isAlsoForHotel(activity, command))
    const turn = isSilent ? undefined : await toTurn(activity, content, isAddressed, signal)
    const greet = await readGreeting(activity, bot, countMembers, signal)
    const removed = activity.type === 'installationUpdate' && activity.action?.startsWith('remove') === true
    const address = removed ? undefined : toAddress(activity, bot.id)
    return {
      turns: turn === undefined ? [] : [turn],
      ...(address === undefined ? {} : { address }),
      ...(command === undefined ? {} : { command, ...whereOf(activity) }),
      ...(choice === undefined ? {} : { choice }),
      ...(greet === undefined ? {} : { greet }),
    }
  }
}
