import type { Run, Settlement, StoredEntry } from '../../store/lanes/types.ts'
import {
  type Announced,
  isDue,
  isPending,
  lostDelivery,
  nextLook,
  pendingEntry,
  readAnnouncement,
} from '../entries/announcement.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import type { HeldLanes } from '../lanes/held-lanes.ts'
import type { Sync } from './sync.ts'

/** Follows what Mews announced, and settles the lanes unless the store fails. */
export type Follow = (runs: readonly Run[], draining: AbortSignal) => Promise<void>

/** Announcements cause a sync of all threads at most this often. */
const everywhereAgainMs = 15_000

/**
 * One sync serves all announcements: it reads the named threads where all are named, otherwise the active ones. A message that is not there
 * may be in a thread that was silent for long, so all threads are read before the message is put off.
 */
export const createFollow = (
  context: RelayContext,
  { key, budget }: Pick<HotelConnection, 'key' | 'budget'>,
  sync: Sync,
  lanes: HeldLanes,
): Follow => {
  const { store, clock } = context
  const { ofAnnounced, ofPending } = createSettlements(context, key)
  let nextEverywhere = -Infinity

  return async (runs, draining) => {
    const items = runs.flatMap((run) =>
      run.entries.map((entry): Item => ({ run, entry, ...readAnnouncement(entry.payload) })),
    )
    try {
      const known = await store.log.knownMessages(items.map(({ id }) => id))
      const wanted = items.filter((item) => !known.has(item.id) && !isTooEarly(item))
      const { seen, everywhere } = await search(wanted, draining)
      const isThere = ({ id }: Announced): boolean => known.has(id) || seen.has(id)
      for (const run of runs) {
        const own = items.filter((item) => item.run === run)
        const settlement = isPending(run) ? ofPending(own, isThere, everywhere) : ofAnnounced(own, isThere)
        await store.log.settle({ ...finished(run), ...settlement })
        lanes.letGo(run)
      }
    } catch (error) {
      if (draining.aborted) return
      for (const run of runs) await lanes.postpone(run, error)
    }
  }

  function isTooEarly({ run, entry }: Item): boolean {
    return isPending(run) && !isDue(entry.at, clock.now())
  }

  async function search(wanted: readonly Item[], draining: AbortSignal): Promise<Found> {
    const fresh = wanted.filter(({ run }) => !isPending(run))
    // Other messages come first while few requests are left.
    const mayLookEverywhere = clock.monotonic() >= nextEverywhere && !budget.isShort(0)
    // A message that was looked for in vain may be older than its announcement suggests.
    const wide = fresh.length < wanted.length
    const seen = new Set<string>()
    const missing = (): boolean => wanted.some(({ id }) => !seen.has(id))
    if (missing() && (fresh.length > 0 || !mayLookEverywhere)) {
      const hints = fresh.flatMap(({ threadId }) => threadId ?? [])
      const scope = hints.length === wanted.length ? { threadIds: [...new Set(hints)] } : { wide }
      for (const id of await sync(scope, draining)) seen.add(id)
    }
    if (!missing() || !mayLookEverywhere) return { seen, everywhere: false }
    nextEverywhere = clock.monotonic() + everywhereAgainMs
    for (const id of await sync({ everything: true, wide }, draining)) seen.add(id)
    return { seen, everywhere: true }
  }
}

/** Settles announcements that were looked for. */
function createSettlements({ clock, log }: RelayContext, property: string) {
  return {
    /** A message that is not there waits in a lane of its own. */
    ofAnnounced: (items: readonly Item[], isThere: IsThere): Partial<Settlement> => {
      const missing = items.filter((item) => !isThere(item))
      for (const { id } of missing) log.info({ property, messageId: id }, 'announced message not found yet')
      const at = clock.now()
      return {
        append: missing.map(({ id, threadId }) =>
          pendingEntry(property, { id, ...(threadId === undefined ? {} : { threadId }) }, at),
        ),
      }
    },

    /** A message that is still not there is looked for later, or shown as lost. */
    ofPending: (items: readonly Item[], isThere: IsThere, everywhere: boolean): Partial<Settlement> => {
      const now = clock.now()
      const missing = items.filter((item) => !isThere(item))
      const [item] = missing
      if (item === undefined) {
        const arrived = items.flatMap(({ entry }) => entry.deliveries)
        return { deliveries: arrived.map((part) => ({ ...part, state: 'sent', reason: null, at: now })) }
      }
      const { entry, run, id: messageId } = item
      const isLooked = isDue(entry.at, now)
      const looks = run.attempts + (isLooked ? 1 : 0)
      const at = nextLook(entry.at, looks, now) ?? (everywhere ? undefined : now + everywhereAgainMs)
      if (at !== undefined) {
        const reason = 'Mews announced it and does not show it yet'
        return { doneThrough: entry.pos - 1, nextStep: { next: 'retry', at, reason, countAttempt: isLooked } }
      }
      log.error({ property, messageId }, 'announced message never found')
      return { deliveries: missing.map((one) => lostDelivery(one.entry.pos, one, now)) }
    },
  }
}

/** One announcement in hand. */
interface Item extends Announced {
  readonly run: Run
  readonly entry: StoredEntry
}

type IsThere = (announced: Announced) => boolean

const finished = ({ lane, token, entries }: Run): Settlement => ({
  lane,
  token,
  doneThrough: entries.at(-1)?.pos ?? 0,
  nextStep: { next: 'release' },
})

/** What a search found. */
interface Found {
  readonly seen: ReadonlySet<string>
  /** Whether conversations that were silent for long were read, too. */
  readonly everywhere: boolean
}
