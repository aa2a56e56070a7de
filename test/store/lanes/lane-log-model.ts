import { expect } from 'vitest'
import type { Store } from '../../../src/store/types.ts'
import type { NextStep, Run } from '../../../src/store/lanes/types.ts'
import { entry } from '../../contracts/store/harness.ts'
import type { ManualClock } from '../../fakes/clock.ts'

const leaseMs = 1_000

/** What a lane must look like; a lease is lost by time only once somebody else has claimed. */
interface Lane {
  readonly entries: string[]
  cursor: number
  holder: Run | undefined
  heldUntil: number
  notBefore: number
  awaiting: boolean
}

/**
 * Drives a lane log beside a model of it and compares them at every step. Its group, lanes and keys begin with `prefix`,
 * so that many drives can share a database.
 */
export const createDrive = (store: () => Store, clock: ManualClock, prefix: string) => {
  const lanes = new Map<string, Lane>()
  const known = new Set<string>()
  /** Every run that was ever handed out, those that were lost too. */
  const runs: Run[] = []
  const delivered: string[] = []

  const laneOf = (id: string): Lane => {
    const lane = lanes.get(id) ?? {
      entries: [],
      cursor: 0,
      holder: undefined,
      heldUntil: 0,
      notBefore: 0,
      awaiting: false,
    }
    lanes.set(id, lane)
    return lane
  }
  const isDue = ({ entries, cursor, holder, heldUntil, notBefore }: Lane): boolean =>
    entries.length > cursor && notBefore <= clock.now() && (holder === undefined || heldUntil <= clock.now())
  const toEntry = (lane: string, name: string) =>
    entry(lane, name, { group: prefix, keys: [`${prefix} ${name}`] })
  /** Recorded, and not placed yet. */
  const spooled: { readonly lane: string; readonly name: string }[] = []
  const enter = (lane: string, name: string): boolean => {
    if (known.has(name)) return false
    known.add(name)
    const to = laneOf(lane)
    to.entries.push(name)
    if (to.awaiting) to.notBefore = 0
    return true
  }

  const append = async (lane: string, names: readonly string[]): Promise<void> => {
    const isNew = await store().log.append(names.map((name) => toEntry(lane, name)))
    expect(isNew).toEqual(names.map((name) => enter(lane, name)))
  }

  const record = async (lane: string, names: readonly string[]): Promise<void> => {
    await store().log.record(names.map((name) => toEntry(lane, name)))
    spooled.push(...names.map((name) => ({ lane, name })))
  }

  const place = async (limit: number): Promise<number> => {
    const placed = await store().log.drain(limit)
    for (const { lane, name } of spooled.splice(0, placed)) enter(lane, name)
    return placed
  }

  const take = (run: Run): number => {
    const lane = laneOf(run.lane)
    const names = run.entries.map(({ payload }) => payload)
    expect(isDue(lane)).toBe(true)
    expect(names.length).toBeGreaterThan(0)
    expect(names).toEqual(lane.entries.slice(lane.cursor, lane.cursor + names.length))
    lane.holder = run
    lane.heldUntil = clock.now() + leaseMs
    runs.push(run)
    delivered.push(...names)
    return names.length
  }

  const claim = async (limit: number, limitPerLane: number): Promise<readonly Run[]> => {
    const claimed = await store().log.claim({ group: prefix, limit, limitPerLane, leaseMs })
    const sizes = claimed.map(take)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    expect(total).toBeLessThanOrEqual(limit)
    expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(limitPerLane)
    if (total < limit) expect([...lanes.values()].filter(isDue)).toEqual([])
    return claimed
  }

  /** Settles the first `done` entries of a run; `notice` is appended with it. */
  const settle = async (run: Run, done: number, nextStep: NextStep, notice?: string): Promise<void> => {
    const lane = laneOf(run.lane)
    const last = run.entries[Math.min(done, run.entries.length) - 1]
    const accepted = await store().log.settle({
      lane: run.lane,
      token: run.token,
      ...(last === undefined ? {} : { doneThrough: last.pos }),
      nextStep,
      append: notice === undefined ? [] : [toEntry(`${prefix} notices`, notice)],
    })
    expect(accepted).toBe(lane.holder === run)
    if (!accepted) return
    if (last !== undefined) lane.cursor = Math.max(lane.cursor, lane.entries.indexOf(last.payload) + 1)
    if (notice !== undefined) enter(`${prefix} notices`, notice)
    if (nextStep.next === 'hold') return
    lane.holder = undefined
    lane.awaiting = nextStep.next === 'await'
    lane.notBefore = nextStep.next === 'retry' ? nextStep.at : 0
    if (nextStep.next === 'await' && lane.entries.length <= nextStep.seen) lane.notBefore = nextStep.until
  }

  /** After a restart nobody holds anything. */
  const restarted = (): void => {
    for (const lane of lanes.values()) lane.holder = undefined
  }

  /** Delivers all that is left. */
  const finish = async (): Promise<void> => {
    while ((await place(1_000)) > 0);
    expect(spooled).toEqual([])
    clock.step(1_000_000)
    for (;;) {
      const claimed = await claim(100, 100)
      if (claimed.length === 0) break
      await Promise.all(claimed.map((run) => settle(run, run.entries.length, { next: 'release' })))
    }
    expect(new Set(delivered)).toEqual(known)
    for (const { entries, cursor } of lanes.values()) expect(cursor).toBe(entries.length)
  }

  const holding = (): readonly Run[] => runs.filter((run) => laneOf(run.lane).holder === run)

  return { runs, holding, append, record, place, claim, settle, restarted, finish }
}
