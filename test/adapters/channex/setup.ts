import { readFileSync } from 'node:fs'
import type { ChannexConfig } from '../../../adapters/channex/config.ts'
import { createChannexAdapter } from '../../../adapters/channex/index.ts'
import { createRequest, type Request } from '../../../adapters/channex/api/request.ts'
import type { Adapter, Directory, Log, Part, Reading, Vault, WebhookRequest } from '../../../src/port.ts'
import { createFetch } from '../../../src/fetch.ts'
import { createRecordingInbox, type RecordingInbox } from '../../contracts/adapter/harness.ts'
import { createAdapterContext } from '../../fakes/adapter-context.ts'
import { createFakeChannex, fakeAccount, type FakeChannex } from '../../fakes/channex/channex.ts'
import { type ManualClock, createManualClock, neverAborted } from '../../fakes/clock.ts'

export interface Setup {
  readonly channex: FakeChannex
  /** Set, it shows another time than Channex's. */
  readonly clock: ManualClock
  readonly inbox: RecordingInbox
  readonly vault: Vault
  /** The messages that are recorded as sent. */
  readonly sent: Set<string>
  readonly adapter: Adapter
  /** Everything that was logged, as JSON. */
  readonly logged: readonly string[]
  /** Requests as the adapter makes them. */
  readonly request: Request
  /** Hands a request to the adapter's route, and gives the status. */
  receive(request: WebhookRequest): Promise<number>
  /** Hands what waits at the fake to the adapter's route. */
  receiveWaiting(): Promise<readonly number[]>
  /** Reads the newest record. */
  readLast(): Promise<Reading>
  /** The adapter as another process would make it, with the same vault and inbox. */
  again(changed?: Partial<ChannexConfig>, directory?: Partial<Directory>): Adapter
}

/** An adapter over a fresh fake account; only who meets silence wants a request to give up while a test lasts. */
export const createSetup = async (
  config: Partial<ChannexConfig> = {},
  timeLimitMs = 60_000,
): Promise<Setup> => {
  const clock = createManualClock()
  const inbox = createRecordingInbox()
  const channex = await createFakeChannex(clock.monotonic)
  const logged: string[] = []
  const write = (fields: unknown, message: string): void =>
    void logged.push(JSON.stringify([fields, message]))
  const log: Log = { debug: () => {}, info: write, warn: write, error: write }
  const own = createAdapterContext()
  const sent = new Set<string>()
  const sentParts: Directory['sentParts'] = async (ids) => new Set(ids.filter((id) => sent.has(id)))
  const complete: ChannexConfig = {
    apiKey: fakeAccount.apiKey,
    webhookSecrets: [fakeAccount.secret],
    baseUrl: channex.url,
    isLimited: false,
    syncMs: 120_000,
    propertyId: fakeAccount.propertyId,
    publicUrl: 'https://chat.example.com',
    maxLength: 1000,
    closesResolved: false,
    ...config,
  }
  const shared = { clock, random: () => 0.5, fetch: createFetch(), timeLimitMs }
  const again: Setup['again'] = (changed = {}, asked = {}) => {
    const directory = { ...own.directory, sentParts, ...asked }
    const changedConfig = { ...complete, ...changed }
    return createChannexAdapter({ ...own, directory, ...shared, config: changedConfig, inbox, log })
  }
  const adapter = again()
  const receive = async (request: WebhookRequest): Promise<number> => {
    const [route] = adapter.routes
    if (route === undefined) throw new Error('the adapter has no route')
    return (await route.handle(request)).status
  }
  return {
    channex,
    clock,
    inbox,
    vault: own.vault,
    sent,
    adapter,
    logged,
    request: createRequest({ ...complete, ...shared }),
    receive,
    receiveWaiting: async () => {
      const statuses: number[] = []
      for (const body of channex.waiting.splice(0)) statuses.push(await receive(channex.request(body)))
      return statuses
    },
    readLast: () => adapter.read(inbox.recorded.at(-1)?.payload ?? '', neverAborted),
    again,
  }
}

/** A part for a thread. */
export const toPart = (threadId: string, text = 'Of course.', deliveryId = 'd-one'): Part => ({
  deliveryId,
  address: { v: 1, thread: threadId },
  text,
})

/** One of the bodies in test/fixtures/channex. */
export const readFixture = (name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(
    readFileSync(new URL(`../../fixtures/channex/${name}.json`, import.meta.url), 'utf8'),
  ) as Readonly<Record<string, unknown>>
