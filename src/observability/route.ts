import type { Registry } from 'prom-client'
import type { Route } from '../port.ts'
import { sameSecret } from '../util/secret.ts'

/** What `/metrics` is made of. */
export interface MetricsRouteOptions {
  readonly registry: Registry
  /** Reads what is not counted as it happens; never rejects. */
  readonly refresh: () => Promise<void>
  /** What Prometheus must send as `Authorization: Bearer …`; undefined: nothing. */
  readonly token: string | undefined
}

/** `GET /metrics`, in Prometheus's text format; what the process has counted is there also while the database is not. */
export const createMetricsRoute = ({ registry, refresh, token }: MetricsRouteOptions): Route => ({
  method: 'GET',
  path: '/metrics',
  handle: async ({ headers }) => {
    if (token !== undefined && !isBearer(headers['authorization'], token))
      return { status: 401, headers: { 'www-authenticate': 'Bearer' } }
    await refresh()
    return { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() }
  },
})

function isBearer(header: string | readonly string[] | undefined, token: string): boolean {
  const [, given = ''] = /^Bearer +(\S+) *$/i.exec(String(header ?? '')) ?? []
  return sameSecret(given, token)
}
