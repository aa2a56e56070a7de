import type { Announced } from './entries/announcement.ts'
import { announcementEntries } from './entries/announcement.ts'
import type { RelayContext } from './context.ts'
import { createEarlyAnswers } from './early-answers.ts'
import type { HotelConnection } from './property/hotel.ts'
import { enterpriseMark } from './ids.ts'
import { createLearnEnterprise, createRecallHotels } from './property/enterprise.ts'
import { createLostThreads } from './restore/lost-threads.ts'
import { createSpoolDrainer } from './spool-drainer.ts'
import { createPropertyLease } from './property/lease.ts'
import { createReplyDeliverer } from './to-guest/reply-deliverer.ts'
import { createReplyFinder } from './from-hotel/reply-finder.ts'
import { createEndResolved } from './from-hotel/resolutions.ts'
import { createSync } from './from-hotel/sync.ts'
import { createStayTeller } from './stays/stay-teller.ts'
import { createAlarms } from './waits/alarms.ts'
import { createRestoreProperty } from './restore/restore.ts'
import { createTurnSender } from './to-hotel/turn-sender.ts'
import type { Entry } from '../store/lanes/types.ts'
import { createRateLimitedReport } from '../util/rate-limited-report.ts'
import { createUnrouted } from './routing/unrouted-worker.ts'
import { repeat, type Shutdown, type Worker } from './worker.ts'

/** The two flows between guests and hotels, running. */
export interface Relay {
  /** Records messages that Mews announced, all or none, for every property that their enterprise may be. */
  readonly announce: (announcements: readonly Announcement[]) => Promise<void>
  start(): void
  /** Begins nothing new, settles what is in flight, breaks it off after `graceMs`, and waits for that once more as long. */
  stop(graceMs: number): Promise<void>
}

export const createRelay = (context: RelayContext, properties: readonly HotelConnection[]): Relay => {
  const { store, adapters, leases, clock, log } = context
  const draining = new AbortController()
  const aborted = new AbortController()
  const shutdown: Shutdown = { draining: draining.signal, aborted: aborted.signal }
  let working: Promise<unknown> = Promise.resolve()
  const tellStranger = createRateLimitedReport<{
    readonly enterpriseId: string
    readonly enterprises: number
  }>(
    clock,
    (count, strangers) =>
      log.warn({ ...strangers, count }, 'webhook of an enterprise that is not configured'),
    { kindOf: ({ enterpriseId }) => enterpriseId },
  )

  return {
    announce: async (announcements) => {
      const now = clock.now()
      const entries: Entry[] = []
      const strangers = new Set<string>()
      for (const { enterpriseId, messages } of announcements) {
        const are = await Promise.all(properties.map((property) => isFor(enterpriseId, property, context)))
        const meant = properties.filter((_, index) => are[index])
        if (meant.length === 0) strangers.add(enterpriseId)
        entries.push(...meant.flatMap(({ key }) => announcementEntries(key, messages, now)))
      }
      const [enterpriseId] = strangers
      if (enterpriseId !== undefined) tellStranger({ enterpriseId, enterprises: strangers.size })
      if (entries.length > 0) await store.log.append(entries)
    },
    start: () => {
      const workers = [
        createSpoolDrainer(context),
        createEarlyAnswers(context),
        createRecallHotels(context, properties),
        ...properties.map((property) =>
          createPropertyLease(context, property, () => createPropertyWorkers(context, property)),
        ),
        ...[...adapters.values()].map((adapter) => createReplyDeliverer(context, adapter)),
        ...[...adapters.values()].map((adapter) => createUnrouted(context, adapter)),
      ]
      const done = new AbortController()
      const running = [...workers, ...createListeners(context)].map((worker) => worker.run(shutdown))
      working = Promise.all([leases.run(done.signal), Promise.all(running).finally(() => done.abort())])
    },
    stop: async (graceMs) => {
      draining.abort()
      const settled = new AbortController()
      const settling = working.then(() => settled.abort())
      await clock.sleep(graceMs, settled.signal)
      aborted.abort()
      await Promise.race([settling, clock.sleep(graceMs, settled.signal)])
      await Promise.all([...adapters.values()].map(async (adapter) => adapter.close?.()))
    },
  }
}

/** Messages that Mews announced for one enterprise. */
interface Announcement {
  readonly enterpriseId: string
  readonly messages: readonly Announced[]
}

/** The workers of adapters that act between events, such as a poll or a socket. */
function createListeners({ adapters, clock, log }: RelayContext): readonly Worker[] {
  return [...adapters.values()]
    .filter((adapter) => 'listen' in adapter)
    .map((adapter) => {
      const name = `${adapter.name} listener`
      const listen = async (draining: AbortSignal): Promise<void> => adapter.listen?.(draining)
      return { run: ({ draining }) => repeat(name, () => listen(draining), { clock, log }, draining) }
    })
}

/** Another process may have learned which enterprise a property is. */
const isFor = async (
  enterpriseId: string,
  hotel: HotelConnection,
  { store }: RelayContext,
): Promise<boolean> => {
  const id = hotel.enterprise().id ?? (await store.marks.get(enterpriseMark(hotel.key)))
  return id === undefined || id.toLowerCase() === enterpriseId.toLowerCase()
}

/** The workers of one property. After a restore, threads that were opened since the backup are bound before anything is sent or read. */
function createPropertyWorkers(context: RelayContext, hotel: HotelConnection): readonly Worker[] {
  const lost = createLostThreads(context, hotel)
  const restore = createRestoreProperty(context, hotel, lost)
  const endResolved = createEndResolved(context, hotel)
  const { alarms, stays } = context
  const source = stays?.get(hotel.key)
  const workers = [
    createTurnSender(context, hotel, lost),
    createReplyFinder(context, hotel, endResolved),
    ...(alarms === undefined
      ? []
      : [createAlarms(context, hotel, alarms, { sync: createSync(context, hotel), endResolved })]),
    ...(source === undefined ? [] : [createStayTeller(context, hotel, source)]),
  ]
  return [
    // First, because it asks what time it is at Mews, which the others need to know.
    createLearnEnterprise(context, hotel),
    {
      run: async (shutdown) => {
        const { draining } = shutdown
        await restore.bind(draining)
        await Promise.all([...workers.map((worker) => worker.run(shutdown)), restore.tell(draining)])
      },
    },
  ]
}
