import type { Route, WebhookResponse } from '../port.ts'

const say = (status: number, word: string): WebhookResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${word}\n`,
})

/**
 * `/healthz`: the process lives. `/readyz`: it can record what it is sent; 503 while `isReady` says no or fails, for load
 * balancers.
 */
export const createHealthRoutes = (isReady: () => Promise<boolean>): readonly Route[] => [
  { method: 'GET', path: '/healthz', handle: async () => say(200, 'alive') },
  {
    method: 'GET',
    path: '/readyz',
    handle: async () => {
      const ready = await isReady().catch(() => false)
      return ready ? say(200, 'ready') : say(503, 'not ready')
    },
  },
]
