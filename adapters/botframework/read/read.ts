import { hash } from 'node:crypto'
import type { Adapter, AdapterContext, Clock, Log, Reading, Turn } from '../../../src/port.ts'
import { isPersonal, isTargeted, toAddress } from '../id.ts'
import { type Content, readContent } from '../text/format.ts'
import { botOf } from '../text/mention.ts'
import { type Activity, parseFields, readActivity } from '../wire.ts'
import type { ReadAuthor } from './author.ts'
import { type CountMembers, readGreeting } from './greeting.ts'

/** What reading needs. */
export interface ReadOptions {
  /** Undefined: anonymous. */
  readonly appId: string | undefined
  readonly clock: Clock
  readonly countMembers: CountMembers
  readonly readAuthor: ReadAuthor
  readonly say: AdapterContext['say']
  readonly readCommand: AdapterContext['readCommand']
  readonly log: Log
}

const kinds: Readonly<Record<string, Turn['kind']>> = {
  message: 'message',
  messageUpdate: 'edit',
  messageDelete: 'deletion',
}

const nothing: Content = { text: '', attachments: [], mentionsBot: false }

/** Reads recorded activities. Looks up only the size of a team that the bot was added to, and authors without a name. */
export const createRead = (options: ReadOptions): Adapter['read'] => {
  const { appId, clock, countMembers, readAuthor, readCommand, log } = options
  const versions = createVersions()

  /** Whether an edit is known to have changed no word; without a time of its own, versions cannot be told apart. */
  const isIdle = ({ id, conversationId, timestamp, eventType }: Activity, turn: Said): boolean => {
    if (id === undefined || Number.isNaN(Date.parse(timestamp ?? ''))) return false
    const same = versions.isRepetition(`${conversationId ?? ''}|${id}`, turn)
    return same && turn.kind === 'edit' && eventType !== 'undeleteMessage'
  }

  const toTurn = async (
    activity: Activity,
    { text, attachments }: Content,
    isAddressed: boolean,
    { say, signal }: Reader,
  ): Promise<Turn | undefined> => {
    const kind = kinds[activity.type]
    if (kind === undefined) return undefined
    const isEmpty = kind !== 'deletion' && text === '' && attachments.length === 0
    const said: Said = {
      kind,
      // What the hotel reads of an edit that leaves nothing: the words before it no longer hold.
      text: isEmpty ? say('noText') : text,
      attachments,
      at: toTime(activity, clock),
      ...(isEmpty || isOnlyInBridged(kind, isAddressed) ? { onlyInBridged: true } : {}),
    }
    if (kind !== 'deletion' && isIdle(activity, said)) return undefined
    if (isEmpty && kind === 'message') return tellNothing(activity, log)
    return {
      ...said,
      ...subjectOf(text),
      author: await readAuthor(activity, signal),
      ...(activity.id === undefined ? {} : { message: activity.id }),
      ...(kind === 'message' && isAddressed ? { reference: activity.id ?? '' } : {}),
    }
  }

  return async (payload, signal, _timeZone, language) => {
    const say: Reader['say'] = (name, values) => options.say(name, values, language)
    const fields = parseFields(payload)
    const activity = fields === undefined ? undefined : readActivity(fields)
    if (activity === undefined) throw new Error('The recorded payload is no activity of the Bot Framework.')
    const bot = botOf(activity, appId)
    const content = activity.type === 'messageDelete' ? nothing : readContent(activity, bot, say)
    const isAddressed = isPersonal(activity) || isTargeted(activity) || content.mentionsBot
    const choice = activity.type === 'message' ? activity.choiceId : undefined
    const asked = choice === undefined && isAddressed ? readAsked(activity, content, readCommand) : undefined
    const isSilent = choice !== undefined || isOnlyCommand(activity, content, asked?.command)
    const turn = isSilent ? undefined : await toTurn(activity, content, isAddressed, { say, signal })
    const greet = await readGreeting(activity, bot, countMembers, signal)
    const removed = activity.type === 'installationUpdate' && activity.action?.startsWith('remove') === true
    const address = removed ? undefined : toAddress(activity, bot.id)
    return {
      turns: turn === undefined ? [] : [turn],
      ...(address === undefined ? {} : { address }),
      ...languageOf(activity),
      ...(asked === undefined ? {} : { ...asked, askedAt: toTime(activity, clock), ...whereOf(activity) }),
      ...(choice === undefined ? {} : { choice }),
      ...(greet === undefined ? {} : { greet }),
    }
  }
}

function tellNothing({ conversationId: conversation, id, type }: Activity, log: Log): undefined {
  log.info({ conversation, id, type }, 'botframework: a message says nothing')
}

/** For whom is read, and for how long. */
interface Reader extends Pick<AdapterContext, 'say'> {
  readonly signal: AbortSignal
}

/** What a message says, without who wrote it. */
type Said = Pick<Turn, 'kind' | 'text' | 'attachments' | 'at' | 'onlyInBridged'>

/** What messages said, as far as it is remembered. */
export interface Versions {
  /**
   * Notes what a message says since `turn.at`, and tells whether it is known to have said the same before. The same
   * turn may come again.
   */
  isRepetition(message: string, turn: Said): boolean
}

/** Digests in memory, of the latest `mostMessages`: Teams also tells of edits when only a preview or a reaction changed. */
export const createVersions = (mostMessages = 5000): Versions => {
  const known = new Map<string, readonly Version[]>()
  return {
    isRepetition: (message, turn) => {
      const version = { at: turn.at, digest: digestOf(turn) }
      const versions = known.get(message) ?? []
      const before = versions.filter(({ at }) => at < version.at)
      const latest = before.toSorted((left, right) => left.at - right.at).at(-1)
      known.delete(message)
      known.set(message, [...versions.filter(({ at }) => at !== version.at), version].slice(-8))
      for (const oldest of known.keys()) {
        if (known.size <= mostMessages) break
        known.delete(oldest)
      }
      return latest?.digest === version.digest
    },
  }
}

/** The subject of a thread leaves out what its first message answers to. */
const subjectOf = (text: string): Pick<Turn, 'subject'> => {
  const subject = text.startsWith('> ') ? text.split('\n').find((line) => !line.startsWith('> ')) : undefined
  return subject === undefined || subject === '' ? {} : { subject }
}

/** The platform's clock; ids of Teams are milliseconds too. */
const toTime = ({ timestamp, id }: Activity, clock: Clock): number => {
  const written = Date.parse(timestamp ?? '')
  if (!Number.isNaN(written)) return written
  return /^\d{13}$/.test(id ?? '') ? Number(id) : clock.now()
}

/**
 * Whether a turn starts no conversation by itself. With the permission to hear everything, the bot also receives what people say to each
 * other. The deletion of a message that the staff never saw does not matter to them.
 */
const isOnlyInBridged = (kind: Turn['kind'], isAddressed: boolean): boolean =>
  kind === 'deletion' || !isAddressed

/** The command that a message to the bot is: typed alone, without files. A mention without a word asks what the bot can do. */
const readAsked = (
  { type }: Pick<Activity, 'type'>,
  { text, attachments, mentionsBot }: Content,
  readCommand: AdapterContext['readCommand'],
): ReturnType<AdapterContext['readCommand']> => {
  if (type !== 'message' || attachments.length > 0) return undefined
  return mentionsBot && text === '' ? { command: 'help' } : readCommand(text)
}

/** The language of the writer's Teams, where nobody else reads what is answered. */
const languageOf = (activity: Activity): Pick<Reading, 'language'> =>
  activity.locale !== undefined && (isPersonal(activity) || isTargeted(activity))
    ? { language: activity.locale }
    : {}

/**
 * Whether nothing of a message is for the hotel. “help”, written to the bot alone, may be a cry for help, so it also goes to the hotel. A
 * mention without a word is noted as what it says, so that an edit of it is compared with it.
 */
const isOnlyCommand = (activity: Activity, { text }: Content, command: Reading['command']): boolean =>
  command !== undefined &&
  text !== '' &&
  !(command === 'help' && (isPersonal(activity) || isTargeted(activity)))

/** Where several people write, each message for the hotel mentions the bot. */
const whereOf = (activity: Activity): Pick<Reading, 'where'> =>
  isPersonal(activity) ? {} : { where: 'group' }

interface Version {
  readonly at: number
  readonly digest: string
}

/** Includes whether the message mentions the bot: one that the bot only overheard is new once it is addressed to the bot. */
const digestOf = ({ text, attachments, onlyInBridged = false }: Said): string =>
  hash('sha256', JSON.stringify([text, attachments, onlyInBridged]), 'base64')
