import type { webApi } from '@slack/bolt'
import {
  type Author,
  type Clock,
  type Command,
  PassingError,
  type Reading,
  type Turn,
} from '../../../src/port.ts'
import { cleanName } from '../../../src/util/text.ts'
import { resultWithin } from '../../../src/util/time-limit.ts'
import { lookUpMs } from '../api/call.ts'
import { type Place, toAddress } from '../id.ts'
import { type GuestEvent, readKnownEvent } from '../receive/event.ts'
import { readContent, readFiles } from '../text/content.ts'
import { readAttachments, readFileWords } from '../text/files.ts'
import { mentionedUsers, toPlainText, withoutMention } from '../text/format.ts'
import { readGroupEvent } from '../workspace/channels.ts'
import { type Fields, type Message, readEnvelope, readFields, readString, toMilliseconds } from '../wire.ts'
import type { ReadContext } from './context.ts'
import type { Given } from '../api/installation.ts'
import { unknownUser } from './deletions.ts'

/** More names than this are not looked up for one message. */
const maxMentions = 10

/** What a message says, as the hotel reads it; what cannot be looked up stays as it is. */
export const toTurn = async (
  { kind, message, place, at }: Pick<GuestEvent, 'kind' | 'message' | 'place' | 'at'>,
  given: Given,
  context: ReadContext,
): Promise<Turn> => {
  const { client, signal, workspace } = given
  const { findUser, clock, say } = context
  const nameOf: NameOf = async (user) => (await findUser(workspace.team, user, client, signal))?.name
  if (kind === 'deletion')
    return {
      kind,
      author: await toAuthor(message, nameOf),
      at: toMilliseconds(at),
      text: '',
      attachments: [],
    }
  // Together, so that a message waits for a look-up that hangs no longer than for one.
  const [author, content, files] = await Promise.all([
    toAuthor(message, nameOf),
    toText(message, nameOf, given, context),
    completeFiles(readFiles(message), client, clock, signal),
  ])
  const text = [content, ...readFileWords(files, say)].filter(Boolean).join('\n')
  const reference = { channel: place.channel, ts: message.ts ?? '' }
  return { kind, author, at: toMilliseconds(at), text, attachments: readAttachments(files), reference }
}

/** Reads a message event: a turn, or a command when that is all it says. */
export const readMessageEvent = async (given: Given, context: ReadContext): Promise<Reading> => {
  const { knownIds, routes, threads, people } = context
  const envelope = readEnvelope(given.body)
  const event = await readKnownEvent(envelope, knownIds, routes)
  if (event.kind === 'echo' || event.kind === 'ignored') return { turns: [] }
  const { kind, message, place, conversation, onlyInBridged, addressed } = event
  if (await isNothing(event, given, context)) return { turns: [] }
  if (await isOfMovedGroup(event, given.body, context)) return { turns: [] }
  const poster = await routes.pin(place.channel, given.workspace)
  if (event.endsThread) await threads.end({ ...place, channel: await routes.current(place.channel) })
  else if (kind === 'message' && message.ts !== place.threadTs) await threads.stands(place)
  const [read, after] = await Promise.all([
    toTurn(event, given, context),
    context.findPredecessors(event, given),
  ])
  const turn = withRemoved(read, event)
  const bare = turn.attachments.length === 0
  const asked = kind === 'message' && addressed && bare ? context.readCommand(turn.text) : undefined
  const language = await languageOf(event, given, context)
  const empty = kind !== 'deletion' && turn.text === '' && bare
  if (kind === 'message' && !onlyInBridged && message.user !== undefined)
    await people.note(message.user, conversation).catch(() => undefined)
  return {
    turns:
      empty || isOnlyCommand(asked?.command, place)
        ? []
        : [onlyInBridged ? { ...turn, onlyInBridged } : turn],
    address: toAddress({ ...poster, ...place }),
    ...(after.length === 0 ? {} : { after }),
    ...(language === undefined ? {} : { language }),
    ...(asked === undefined
      ? {}
      : { ...asked, askedAt: turn.at, ...(isRoot(message, place) ? { where: 'channel' as const } : {}) }),
    ...(kind === 'message' && (isFlat(place) || isCall(event, context)) ? { greet: 'person' as const } : {}),
  }
}

/** More files of one message are not looked up. */
const maxLookUps = 5

type NameOf = (user: string) => Promise<string | undefined>

const toAuthor = async (message: Message, nameOf: NameOf): Promise<Author> => {
  if (message.user === unknownUser) return { id: '', name: '' }
  const id = message.user ?? 'unknown'
  return { id, name: (await nameOf(id)) ?? (cleanName(message.userName ?? '') || id) }
}

const toText = async (
  message: Message,
  nameOf: NameOf,
  { timeZone }: Given,
  { say, knownIds }: ReadContext,
): Promise<string> => {
  const content = readContent(message, say)
  const ours = mentionedUsers(content).filter((user) => knownIds.isBot(user))
  const mrkdwn = withoutMention(content, ours)
  const users = mentionedUsers(mrkdwn).slice(0, maxMentions)
  const names = new Map(await Promise.all(users.map(async (user) => [user, await nameOf(user)] as const)))
  return toPlainText(mrkdwn, { nameOf: (user) => names.get(user), timeZone }).trim()
}

/**
 * Files with their names: in shared channels some come as a stub that has only an id
 * (https://docs.slack.dev/apis/slack-connect/using-slack-connect-api#files). A stub stays one when Slack does not tell,
 * or there is no client to ask it with.
 */
const completeFiles = (
  files: readonly Fields[],
  client: webApi.WebClient | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly Fields[]> => {
  if (client === undefined) return Promise.resolve(files)
  const stubs = new Set(
    files.filter((file) => file['file_access'] === 'check_file_info').slice(0, maxLookUps),
  )
  return Promise.all(
    files.map(async (file) =>
      stubs.has(file)
        ? ((await resultWithin({ clock, signal, ms: lookUpMs }, () => ask(file, client))) ?? file)
        : file,
    ),
  )
}

const ask = async (file: Fields, client: webApi.WebClient): Promise<Fields> => {
  const id = readString(file['id'])
  if (id === undefined) return file
  try {
    const found = readFields((await client.files.info({ file: id })).file)
    return found === undefined ? file : { ...file, ...found }
  } catch {
    return file
  }
}

/** Whether a message is a bot's, or was deleted before it came. Rejects with `PassingError` when that cannot be told now. */
async function isNothing(
  { kind, message, place, byApp }: GuestEvent,
  { client, signal, workspace }: Given,
  { findUser, deletions }: ReadContext,
): Promise<boolean> {
  if (kind !== 'deletion' && (await deletions.cameFirst(place, message.ts ?? ''))) return true
  if (!byApp) return false
  const user = await findUser(workspace.team, message.user ?? '', client, signal)
  if (user === undefined) throw new PassingError('Slack did not tell who posted a message')
  return !user.isPerson
}

/**
 * Whether a reply was recorded as one in a thread of a private channel, and Slack has told since that a group has become this channel. It is
 * then recorded as one of the group's.
 */
async function isOfMovedGroup(
  { kind, onlyInBridged }: GuestEvent,
  body: Fields,
  { groups, routes, movedGroups }: ReadContext,
): Promise<boolean> {
  if (kind !== 'message' || !onlyInBridged) return false
  const whole = await readGroupEvent(readFields(body['event']) ?? {}, groups, routes)
  if (whole === undefined) return false
  return movedGroups.enter({ ...body, event: whole })
}

/** The turn with its message's own id, by which its versions are told apart, and with the files that were taken away. */
function withRemoved(turn: Turn, { message, removed }: GuestEvent): Turn {
  const gone = readAttachments(removed).map(({ name }) => ({ name, deleted: true }))
  return {
    ...turn,
    ...(message.ts === undefined ? {} : { message: message.ts }),
    attachments: [...turn.attachments, ...gone],
  }
}

/** The writer's language, where nobody else reads what is answered; known from the look-up of the name. */
async function languageOf(
  { kind, message: { user }, place: { channel } }: GuestEvent,
  { client, signal, workspace }: Given,
  { findUser }: ReadContext,
): Promise<string | undefined> {
  if (kind !== 'message' || user === undefined || !channel.startsWith('D')) return undefined
  return (await findUser(workspace.team, user, client, signal))?.locale
}

/** “help”, written to the bot alone, may be a cry for help, so it is answered and also goes to the hotel. */
function isOnlyCommand(command: Command | undefined, { channel }: Place): boolean {
  return command !== undefined && !(command === 'help' && channel.startsWith('D'))
}

/** A command that begins a thread starts no conversation, so messages below it without a mention stay private. */
function isRoot({ ts }: Message, { threadTs }: Place): boolean {
  return threadTs !== undefined && threadTs === ts
}

/** A mention of us without a word: it begins a conversation, and its writer is told what becomes of what they write in it. */
function isCall({ message }: GuestEvent, { knownIds }: ReadContext): boolean {
  const [user, other] = mentionedUsers(message.text)
  const words = message.text.replaceAll(/<@\w+(?:\|[^<>]*)?>/g, '')
  return user !== undefined && other === undefined && knownIds.isBot(user) && !/[\p{L}\p{N}]/u.test(words)
}

/** A direct message, of one person or several, but not a thread in it. The bot greets people there. */
const isFlat = ({ threadTs }: Place): boolean => threadTs === undefined
