import type { Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import type { Tokens } from './tokens.ts'
import { Undelivered } from './undelivered.ts'

/** The headers that show who we are, none for an anonymous bot; rejects with `Undelivered` while there is no token. */
export type Authorize = (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>

const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = (): void => reject(new Error('it took too long', { cause: signal.reason }))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })

/** Waits for a token no longer than its caller does. */
export const createAuthorize =
  (isAnonymous: boolean, tokens: Pick<Tokens, 'get'>, log: Log): Authorize =>
  async (signal) => {
    try {
      if (signal.aborted) throw new Error('it was told to stop')
      if (isAnonymous) return {}
      return { authorization: `Bearer ${await Promise.race([tokens.get(), whenAborted(signal)])}` }
    } catch (error) {
      const said = error instanceof Error ? error.message : 'no token'
      log.warn({ code: failureCode(error) }, 'botframework: no token to send with')
      throw new Undelivered({ outcome: 'retry', reason: `not sent: ${said}` })
    }
  }
