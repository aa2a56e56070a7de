import type { Clock, Route } from '../port.ts'
import type { Metrics } from './metrics.ts'
import { remember } from './remember.ts'

/** The same route, timed; the label is its path as it was registered, never what was asked for. */
export const watchRoute = (route: Route, { answers, webhookAt }: Metrics, clock: Clock): Route => {
  const observe = remember((status: number) => answers.labels({ route: route.path, status: String(status) }))
  return {
    ...route,
    handle: async (request) => {
      const startedAt = clock.monotonic()
      const done = (status: number): void => observe(status).observe((clock.monotonic() - startedAt) / 1000)
      try {
        const response = await route.handle(request)
        done(response.status)
        if (route.path === '/mews/webhooks' && response.status === 204) webhookAt.set(clock.now() / 1000)
        return response
      } catch (error) {
        done(500)
        throw error
      }
    },
  }
}

/** `messages/add` and the like, out of an address of the Connector API. */
const operationOf = (url: string): string =>
  /\/api\/connector\/v1\/([A-Za-z]+\/[A-Za-z]+)$/.exec(url.split('?', 1)[0] ?? '')?.[1] ?? 'other'

/** The same `fetch` for requests to Mews, counted. */
export const watchMewsFetch =
  (fetch: typeof globalThis.fetch, { mewsRequests, mewsSeconds }: Metrics, clock: Clock): typeof fetch =>
  async (input, init) => {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
    const operation = operationOf(url)
    const startedAt = clock.monotonic()
    try {
      const response = await fetch(input, init)
      mewsRequests.inc({ operation, status: String(response.status) })
      mewsSeconds.observe({ operation }, (clock.monotonic() - startedAt) / 1000)
      return response
    } catch (error) {
      mewsRequests.inc({ operation, status: '0' })
      throw error
    }
  }
