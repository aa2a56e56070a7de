import type { RelayContext } from '../context.ts'
import type { HotelConnection } from './hotel.ts'
import { readRecorded, resumeFailing } from './gate.ts'
import { repeat, type Shutdown, type Worker } from '../worker.ts'

const pollMs = 1_000

/** The length of a lease that no other process can want. */
const always = Number.MAX_SAFE_INTEGER / 2

/**
 * Lets workers of one property run in one process at a time. `create` makes them anew whenever the lease is taken; when it
 * is lost, what they have in flight is broken off. The lease's note is the property's budget. Without the lease nothing is known of how
 * the property fares.
 */
export const createPropertyLease = (
  context: RelayContext,
  hotel: HotelConnection,
  create: () => readonly Worker[],
): Worker => {
  const { store, leases, clock, log } = context
  const { key, budget, gate } = hotel
  const name = `property:${key}`
  const leaseMs = store.shared ? leases.leaseMs : always

  /** The store makes up for a failure itself: even a lease that never runs out keeps no other process out. */
  const giveUp = async (token: number): Promise<void> => {
    try {
      await store.leases.release(name, token, budget.record())
      log.info({ lease: name }, 'lease given up')
    } catch (error) {
      log.error({ lease: name, err: error }, 'lease not given up yet')
    }
  }

  const work = async (held: Held, shutdown: Shutdown): Promise<void> => {
    const lost = new AbortController()
    const ended = new AbortController()
    const lose = (): void => {
      hotel.setLeaseHolder(false)
      lost.abort()
    }
    hotel.setLeaseHolder(true)
    const keeping = store.shared ? keep(held, context, lose, ended.signal) : undefined
    const whileHeld: Shutdown = {
      draining: AbortSignal.any([shutdown.draining, lost.signal]),
      aborted: AbortSignal.any([shutdown.aborted, lost.signal]),
    }
    try {
      await Promise.all(create().map((worker) => worker.run(whileHeld)))
    } finally {
      ended.abort()
      await keeping
      hotel.setLeaseHolder(false)
      gate.clear()
    }
  }

  const step = async (shutdown: Shutdown): Promise<void> => {
    const at = clock.monotonic()
    const taken = await store.leases.take(name, leaseMs)
    if (taken === undefined) return clock.sleep(pollMs, shutdown.draining)
    const { token, note } = taken
    try {
      // First, so that whatever fails leaves the next holder what the last one noted.
      budget.resume(note, (record) => store.leases.note(name, token, record))
      const { failing, reason, triedAt } = await readRecorded(key, store.marks)
      gate.resume(resumeFailing(failing, triedAt, clock.now()), reason)
      log.info({ lease: name, token }, 'lease taken')
      await work({ name, token, at }, shutdown)
    } finally {
      await giveUp(token)
    }
  }

  return {
    run: (shutdown) => repeat(name, () => step(shutdown), { clock, log }, shutdown.draining),
  }
}

interface Held {
  readonly name: string
  readonly token: number
  /** When it was asked for. */
  readonly at: number
}

/** Prolongs a lease until `ended`. Where that fails, calls `lose` while no other process can have taken it, or as soon as one has. */
const keep = async (
  { name, token, at }: Held,
  { store, leases: { leaseMs }, clock, log }: RelayContext,
  lose: () => void,
  ended: AbortSignal,
): Promise<void> => {
  /** Up to then: what is broken off in time is over when another process takes the lease. */
  const certainUntil = (since: number): number => since + leaseMs * 0.9
  let certain = certainUntil(at)
  const renew = async (): Promise<void> => {
    const since = clock.monotonic()
    certain = (await store.leases.renew(name, token, leaseMs)) ? certainUntil(since) : since
  }
  while (!ended.aborted) {
    await clock.sleep(Math.min(leaseMs / 3, certain - clock.monotonic()), ended)
    if (ended.aborted) return
    const renewed = renew().catch((error: unknown) =>
      log.error({ lease: name, err: error }, 'lease not renewed'),
    )
    // A database that does not answer must not keep us from noticing.
    await Promise.race([renewed, clock.sleep(certain - clock.monotonic(), ended)])
    if (clock.monotonic() < certain) continue
    log.warn({ lease: name }, 'lease lost')
    return lose()
  }
}
