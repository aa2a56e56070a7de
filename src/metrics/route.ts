import type { Registry } from 'prom-client'
import type { Route } from '../port.ts'

/** `GET /metrics`, in Prometheus's text format; what the process has counted is there also while the database is not. */
export const createMetricsRoute = (registry: Registry, refresh: () => Promise<void>): Route => ({
  method: 'GET',
  path: '/metrics',
  handle: async () => {
    await refresh()
    return { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() }
  },
})
