import type { AdapterContext, Part, PassingError, Vault } from '../../../src/port.ts'
import { refusalCode, type Call } from '../api/call.ts'
import type { Echoes, Post } from './echoes.ts'
import type { Place, SlackAddress } from '../id.ts'
import { toFailure, type Failure } from './outcome.ts'
import type { Threads } from '../workspace/threads.ts'
import { metadataType, readFields, readString } from '../wire.ts'

/** Slack's own codes for what is not there to be deleted. */
const notThere: ReadonlySet<string | undefined> = new Set(['message_not_found', 'channel_not_found'])

/** What `createWithdrawals` needs. */
export interface WithdrawalsOptions {
  readonly call: Call
  readonly threads: Threads
  readonly echoes: Echoes
  readonly records: Vault
  readonly say: AdapterContext['say']
}

/** Withdraws answers that the wrong people could read. */
export interface Withdrawals {
  /** Why a part must not be posted; undefined where it may. Rejects with `PassingError`. */
  refusal(part: Part, to: Place): Promise<Failure | undefined>
  /**
   * Withdraws a part that Slack put in the wrong place, and gives the outcome: `rejected` once it is gone or nothing more can be done,
   * `unknown` while it may still be there. Rejects with `PassingError`.
   */
  withdraw(part: Part, to: SlackAddress, post: Post, signal: AbortSignal): Promise<Failure>
}

/** Whether a post is in the wrong place: outside its thread, or in another channel. In a direct message the thread does not matter. */
export const isMisplaced = (to: Place, { channel, threadTs }: Post): boolean => {
  const inOtherChannel = channel !== undefined && channel !== to.channel
  if (to.threadTs === undefined || to.channel.startsWith('D')) return inOtherChannel
  return threadTs !== to.threadTs
}

export const createWithdrawals = (options: WithdrawalsOptions): Withdrawals => {
  const { threads, echoes, records } = options
  const takeBack = createTakeBack(options)
  return {
    refusal: async ({ deliveryId }, to) => {
      if (!(await threads.hasEnded(to))) return undefined
      const code = readString(readFields(await records.get(keyOf(deliveryId)))?.['code'])
      return toRefusal(to, code)
    },
    withdraw: async (part, to, post, signal) => {
      // After a crash, the next process finds it by this.
      echoes.note(part.deliveryId, post)
      const ended = post.threadTs === to.threadTs ? Promise.resolve() : threads.end(to)
      const [marked] = await Promise.allSettled([ended])
      const taken = await takeBack(to, post, signal)
      if (marked.status === 'rejected') throw marked.reason as PassingError
      if (typeof taken === 'object') return taken
      if (taken !== undefined) await records.set(keyOf(part.deliveryId), { v: 1, code: taken })
      echoes.forget(part.deliveryId)
      return toRefusal(to, taken)
    },
  }
}

/** Deletes a post, or empties it where it may not be deleted. Gives why it can still be read: for now, or with Slack's code for good. */
function createTakeBack({ call, say }: WithdrawalsOptions) {
  return async (to: SlackAddress, post: Post, signal: AbortSignal): Promise<Failure | string | undefined> => {
    const { channel = to.channel, ts } = post
    try {
      await call({ ...to, method: 'chat.delete' }, signal, (client, token) =>
        client.apiCall('chat.delete', { token, channel, ts }),
      )
      return undefined
    } catch (error) {
      if (notThere.has(refusalCode(error))) return undefined
      const failure = toStanding(error)
      if (failure.outcome !== 'rejected') return failure
    }
    try {
      const metadata = { event_type: metadataType, event_payload: {} }
      const words = { text: say('withdrawn'), blocks: [], metadata }
      await call({ ...to, method: 'chat.update' }, signal, (client, token) =>
        client.apiCall('chat.update', { token, channel, ts, ...words }),
      )
      return undefined
    } catch (error) {
      const failure = toStanding(error)
      return failure.outcome === 'rejected' ? (refusalCode(error) ?? 'refused') : failure
    }
  }
}

/** The outcome of a failed withdrawal. Until Slack refuses for good, the post may still be there and is looked for again. */
function toStanding(error: unknown): Failure {
  const failure = toFailure(error)
  if (failure.outcome === 'rejected') return failure
  return {
    outcome: 'unknown',
    reason: `${failure.reason}; what stands in the wrong place is not deleted yet`,
  }
}

function keyOf(deliveryId: string): string {
  return `left:${deliveryId}`
}

/** `code`: why it could not be withdrawn. */
function toRefusal({ threadTs }: Place, code: string | undefined): Failure {
  const why =
    threadTs === undefined
      ? 'Slack: the answer was put into another channel than the guest’s'
      : 'Slack: the message that this thread began with was deleted, so the whole channel would have been shown the answer'
  if (code !== undefined)
    return {
      outcome: 'rejected',
      reason: `${why}. It stands there and could not be deleted (${code}): delete it in Slack`,
    }
  const reason = `${why}. It was not left there; wait until the guest writes again`
  return { outcome: 'rejected', reason, kind: 'ended' }
}
