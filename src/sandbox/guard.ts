import type { WebhookRequest, WebhookResponse } from '../port.ts'

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

const forbidden: WebhookResponse = {
  status: 403,
  body: 'This is only for pages and programs of this computer.\n',
}

const single = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

/**
 * Refuses what other websites may make a browser send here: requests under another host's name (DNS rebinding), and
 * posts that come from a page of another origin. Programs that are no browser send neither header and pass.
 */
export const refuseStrangers = ({ method, headers }: WebhookRequest): WebhookResponse | undefined => {
  const host = single(headers['host']) ?? ''
  if (!loopback.has(host.replace(/:\d+$/, ''))) return forbidden
  if (method === 'GET') return undefined
  const origin = single(headers['origin'])
  if (origin !== undefined && origin !== `http://${host}`) return forbidden
  const site = single(headers['sec-fetch-site'])
  return site === undefined || site === 'same-origin' || site === 'none' ? undefined : forbidden
}
