import type { Registry } from 'prom-client'
import type { Route } from '../port.ts'

/** `GET /metrics`, in Prometheus's text format; 503 while the database cannot be asked. */
export const createMetricsRoute = (registry: Registry, refresh: () => Promise<void>): Route => ({
  method: 'GET',
  path: '/metrics',
  handle: async () => {
    try {
      await refresh()
    } catch {
      return { status: 503 }
    }
    return { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() }
  },
})
