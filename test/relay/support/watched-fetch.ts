import type { Clock } from '../../../src/port.ts'
import { createFetch } from '../../../src/fetch.ts'

const remoteFetch = createFetch()

/** One call of Mews, when it was made and how it was answered; status 0 where it was not. */
export interface MewsCall {
  readonly operation: string
  readonly at: number
  readonly body: string
  status: number
}

/** The program's fetch, with a record of what it is asked. */
export interface WatchedFetch {
  readonly fetch: typeof fetch
  readonly calls: readonly MewsCall[]
  /** Whether an answer is due any moment; not while nobody answers. */
  isBusy(): boolean
}

/** In real milliseconds. */
const longestAnswer = 150

const readText = (body: unknown): string => (typeof body === 'string' ? body : '')

/** Makes a fetch for calls of Mews. */
export const createWatchedFetch = (clock: Clock): WatchedFetch => {
  const calls: MewsCall[] = []
  const underWay = new Map<MewsCall, number>()
  return {
    calls,
    fetch: async (url, init) => {
      const address = url instanceof Request ? url.url : url.toString()
      const operation = address.split('/v1/')[1] ?? ''
      const call: MewsCall = { operation, at: clock.now(), body: readText(init?.body), status: 0 }
      calls.push(call)
      underWay.set(call, performance.now())
      try {
        const response = await remoteFetch(url, init)
        call.status = response.status
        return response
      } finally {
        underWay.delete(call)
      }
    },
    isBusy: () => {
      const oldest = performance.now() - longestAnswer
      return [...underWay.values()].some((since) => since > oldest)
    },
  }
}
