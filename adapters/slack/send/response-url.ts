import type { Outcome } from '../../../src/port.ts'
import { failureCode, wasNeverSent } from '../../../src/util/failure.ts'
import { toSlackText } from '../text/format.ts'

/** How long one request may take. */
const timeoutMs = 10_000

const hookHosts: ReadonlySet<string> = new Set(['hooks.slack.com', 'hooks.slack-gov.com'])

/** Whether an address is one of Slack's for private answers; in tests, the fake that `apiUrl` names. */
export const isResponseUrl = (text: string, apiUrl: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, port, origin } = new URL(text)
  return (
    (protocol === 'https:' && port === '' && hookHosts.has(hostname)) || origin === new URL(apiUrl).origin
  )
}

/** Answers a command so that only the person who gave it sees it. */
export const respond = async (
  responseUrl: string,
  text: string,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<Outcome> => {
  try {
    const response = await fetch(responseUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ response_type: 'ephemeral', text: toSlackText(text), mrkdwn: false }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    await response.arrayBuffer().catch(() => undefined)
    return toOutcome(response)
  } catch (error) {
    return { outcome: wasNeverSent(error) ? 'retry' : 'unknown', reason: `Slack: ${failureCode(error)}` }
  }
}

/** Slack takes five answers in half an hour (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses). */
const toOutcome = ({ status, headers }: Response): Outcome => {
  if (status >= 200 && status < 300) return { outcome: 'sent' }
  if (status >= 500) return { outcome: 'unknown', reason: `Slack: HTTP ${status}` }
  if (status !== 429)
    return { outcome: 'rejected', reason: `Slack: the question is too old (HTTP ${status})` }
  const seconds = Number(headers.get('retry-after') ?? '')
  return { outcome: 'retry', reason: 'Slack: too many requests', afterMs: Math.max(seconds || 30, 1) * 1000 }
}
