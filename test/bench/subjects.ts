import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { createConnectorProcess, executable } from '../e2e/support/connector-process.ts'
import { type Child, startChild } from './child.ts'
import { signingSecret } from './events.ts'
import type { Reactions } from './outside-server.ts'
import type { Came, OutsideQuestion } from './processes/outside.ts'
import type { Baseline } from './processes/baseline.ts'

/** A server under load, in a process of its own. */
export interface Subject {
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/** Starts what the connector is compared with. */
export const startBaseline = async (baseline: Baseline, mews = ''): Promise<Subject> => {
  const child = await startChild<'port', number>('baseline', { baseline, mews })
  return { port: await child.ask('port'), pid: child.pid, stop: () => child.stop() }
}

export type Outside = Child<OutsideQuestion, number | Came | Reactions> & { readonly url: string }

/** Starts Mews and Slack's Web API, as lean as can be. */
export const startOutside = async (): Promise<Outside> => {
  const child = await startChild<OutsideQuestion, number | Came | Reactions>('outside')
  return { ...child, url: `http://127.0.0.1:${(await child.ask('port')) as number}` }
}

/** The settings that join the connector with the other sides; everything else is at its default. */
const settingsFor = (outside: string): Readonly<Record<string, string>> => ({
  MEWS_PLATFORM_ADDRESS: outside,
  MEWS_CLIENT_TOKEN: 'client',
  MEWS_ACCESS_TOKEN: 'access',
  MEWS_WEBHOOK_TOKEN: 'webhook-token-of-the-bench',
  MEWS_REQUESTS_PER_30S: '200',
  SLACK_SIGNING_SECRET: signingSecret,
  SLACK_BOT_TOKEN: 'xoxb-bench',
  SLACK_API_URL: `${outside}/slack/`,
  BOT_ALLOW_ANONYMOUS: 'true',
  BOT_SERVICE_URLS: 'http://127.0.0.1:1',
  // As the container has it.
  MALLOC_ARENA_MAX: '2',
})

/** What a bench turns off names itself in its row. */
export const receiptsOff = { SLACK_RECEIPTS: 'off' } as const

/** Starts the real program, the built one where `BENCH_PROGRAM` names it; resolves with how long that took, in milliseconds. */
export const startConnector = async (
  outside: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<
  Subject & { readonly url: string; readonly startedInMs: number; readonly kill: () => Promise<void> }
> => {
  const program = process.env['BENCH_PROGRAM'] ?? executable
  const connector = await createConnectorProcess(() => ({ ...settingsFor(outside), ...settings }), {
    program,
  })
  const began = performance.now()
  await connector.start()
  return {
    url: connector.url,
    port: Number(new URL(connector.url).port),
    pid: connector.pid,
    startedInMs: performance.now() - began,
    kill: () => connector.kill(),
    stop: async () => {
      await connector.stop()
      await connector.dispose()
    },
  }
}

/** Processor time of a process so far, in seconds; NaN where the system does not tell. */
export const cpuSeconds = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? NaN) + Number(fields[12] ?? NaN)) / 100
}

/** Memory of a process now, in megabytes; NaN where the system does not tell. */
export const residentMegabytes = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) / 1024
}

/** Lets requests to the platform go out of its count, which is of half a minute: what is measured then has all of them. */
export const freeWindow = (): Promise<void> => setTimeout(31_000)
