import type { Clock, Directory, Vault } from '../../../src/port.ts'
import { readConversationId, type Place } from '../id.ts'
import type { Routes } from '../workspace/channels.ts'
import { readFields, readString, type Fields } from '../wire.ts'

/** Who wrote what was deleted, where Slack does not tell. */
export const unknownUser = 'UNKNOWN'

/** How long another instance's note may go unseen; Slack repeats what it could not deliver after a minute. */
const freshForMs = 5000

/** How many early deletions are remembered, and for how long. */
const mostKept = 500

const keptForMs = 48 * 3_600_000

const key = 'early-deletions'

/** Deletions that do not say what was deleted, or by whom it was written: some name its `ts` and nothing else, as in Slack's own example. */
export interface Deletions {
  /**
   * Completes such a deletion with the recorded message that it names; undefined for every other event. If the message is not recorded, it
   * may still come, so it is remembered as deleted. Rejects with `PassingError`.
   */
  complete(event: Fields): Promise<Fields | undefined>
  /** Whether the message was deleted before it came. */
  cameFirst(place: Place, ts: string): Promise<boolean>
}

/** What `createDeletions` needs. */
export interface DeletionsOptions {
  readonly records: Vault
  readonly routes: Pick<Routes, 'ids'>
  readonly directory: Directory
  readonly clock: Clock
}

export const createDeletions = ({ records, routes, directory, clock }: DeletionsOptions): Deletions => {
  const early = createEarly(records, clock)

  const find = async (channel: string, ts: string): Promise<Place | undefined> => {
    const ids = await routes.ids(channel)
    const keys = ids.flatMap((id) => [`message:${id}:${ts}`, `shortcut:${id}:${ts}`])
    const conversation = await directory.conversationOf(keys)
    return conversation === undefined ? undefined : readConversationId(conversation)
  }

  return {
    complete: async (event) => {
      const channel = readString(event['channel'])
      const ts = readString(event['deleted_ts'])
      const isBare = event['subtype'] === 'message_deleted' && !isWhole(event['previous_message'])
      if (!isBare || channel === undefined || ts === undefined) return undefined
      const known = await find(channel, ts)
      if (known !== undefined) return toComplete(event, known, ts)
      await early.add(`${channel}:${ts}`)
      // The message may have come meanwhile.
      const place = await find(channel, ts)
      return place === undefined ? undefined : toComplete(event, place, ts)
    },
    cameFirst: ({ channel }, ts) => early.has(`${channel}:${ts}`),
  }
}

/** Messages that were deleted before they came: `[<channel>:<ts>, when that was told]`. */
function createEarly(records: Vault, clock: Clock) {
  let known = new Map<string, number>()
  let freshUntil = -Infinity
  let writing: Promise<unknown> = Promise.resolve()

  const read = async (): Promise<Map<string, number>> => {
    const list = readFields(await records.get(key))?.['messages']
    const oldest = clock.now() - keptForMs
    return new Map(
      (Array.isArray(list) ? list : []).flatMap((one: unknown) => {
        const [message, at] = Array.isArray(one) ? (one as readonly unknown[]) : []
        return typeof message === 'string' && typeof at === 'number' && at > oldest ? [[message, at]] : []
      }),
    )
  }
  const write = async (message: string): Promise<void> => {
    const messages = await read()
    messages.set(message, clock.now())
    await records.set(key, { v: 1, messages: [...messages].slice(-mostKept) })
    known = messages
  }

  return {
    add: (message: string): Promise<void> => {
      const written = writing.then(() => write(message))
      writing = written.catch(() => undefined)
      return written
    },
    has: async (message: string): Promise<boolean> => {
      if (clock.monotonic() >= freshUntil) {
        known = await read()
        freshUntil = clock.monotonic() + freshForMs
      }
      return known.has(message)
    },
  }
}

/** Whether it is said which message it was, and who wrote it. */
function isWhole(previous: unknown): boolean {
  const { ts, user, bot_id: bot } = readFields(previous) ?? {}
  return readString(ts) !== undefined && (readString(user) ?? readString(bot)) !== undefined
}

function toComplete(event: Fields, { channel, threadTs }: Place, ts: string): Fields {
  const flat = threadTs === undefined && !channel.startsWith('D')
  const thread = threadTs === undefined ? {} : { thread_ts: threadTs }
  const known = readFields(event['previous_message'])
  return {
    ...event,
    ...(flat ? { channel_type: 'mpim' } : {}),
    previous_message: { type: 'message', text: '', ...known, user: unknownUser, ts, ...thread },
  }
}
