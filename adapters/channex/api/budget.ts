import type { Clock } from '../../../src/port.ts'
import { ChannexError } from './error.ts'

/** Keeps requests within what Channex allows one key. */
export interface ChannexBudget {
  /** Counts a request; throws a `limited` `ChannexError` where it would be one too many. */
  take(path: string, kind: RequestKind): void
  /** Channex refused a look-up as one too many: no look-up of this kind is made for this long. */
  pause(path: string, afterMs: number): void
}

/** The share of the limits that is used, because other programs may use the same key. */
const shares: Readonly<Record<RequestKind, number>> = { send: 0.95, look: 0.8 }

const minute = 60_000

const hour = 60 * minute

/** The limits of "Security Pack 2026Q4" (https://docs.channex.io/upcoming-changes), for one key: requests within a time. */
const ofKey: readonly Limit[] = [
  { requests: 600, ms: minute },
  { requests: 18_000, ms: hour },
  { requests: 216_000, ms: 24 * hour },
]

/** The same for one key at one address of the API, whatever ids stand in it. */
const ofRoute: readonly Limit[] = [
  { requests: 300, ms: minute },
  { requests: 3_600, ms: hour },
]

/** The shortest pause between looks that leaves room for what a look finds: a list of threads and some of their messages. */
export const shortestSyncSeconds = 2

/** Counts requests of this process only. Where others use the key as well, Channex's 429 answers limit them all. */
export const createBudget = (clock: Clock): ChannexBudget => {
  const windowsOfKey = ofKey.map(createWindow)
  const windowsOf = new Map<string, readonly Window[]>()
  const pausedUntil = new Map<string, number>()

  const windowsAt = (route: string): readonly Window[] => {
    const known = windowsOf.get(route) ?? ofRoute.map(createWindow)
    windowsOf.set(route, known)
    return known
  }

  return {
    take: (path, kind) => {
      const route = toRoute(path)
      const now = clock.monotonic()
      const windows = [...windowsOfKey, ...windowsAt(route)]
      const paused = kind === 'look' ? (pausedUntil.get(route) ?? -Infinity) - now : 0
      const waitMs = Math.max(paused, ...windows.map((window) => window.waitMs(now, shares[kind])))
      if (waitMs > 0)
        throw new ChannexError('limited', 'Channex allows no more requests for now', { afterMs: waitMs })
      for (const window of windows) window.count(now)
    },
    pause: (path, afterMs) => void pausedUntil.set(toRoute(path), clock.monotonic() + afterMs),
  }
}

const slotsInWindow = 60

/** Sending comes first, so look-ups may use only a part of the limit. */
type RequestKind = 'send' | 'look'

interface Limit {
  readonly requests: number
  readonly ms: number
}

/** Counts in time slots. A slot counts until its last moment has left the window, so no span of the window's length holds too many requests. */
function createWindow({ requests, ms }: Limit): Window {
  const slotMs = ms / slotsInWindow
  /** By slot, oldest first. */
  const slots = new Map<number, number>()
  let total = 0

  const forgetOld = (now: number): void => {
    for (const [slot, counted] of slots) {
      if ((slot + 1) * slotMs + ms > now) return
      slots.delete(slot)
      total -= counted
    }
  }

  return {
    count: (now) => {
      const slot = Math.floor(now / slotMs)
      slots.set(slot, (slots.get(slot) ?? 0) + 1)
      total += 1
    },
    waitMs: (now, share) => {
      forgetOld(now)
      let over = total - Math.floor(requests * share) + 1
      if (over <= 0) return 0
      for (const [slot, counted] of slots) {
        over -= counted
        if (over <= 0) return Math.ceil((slot + 1) * slotMs + ms - now)
      }
      return ms
    },
  }
}

interface Window {
  count(now: number): void
  /** How long until another request is within this share of the limit; 0 when it is. */
  waitMs(now: number, share: number): number
}

/** An address without its id: `message_threads/:id/messages`. */
function toRoute(path: string): string {
  const [collection = '', id, ...rest] = path.split('/')
  return [collection, ...(id === undefined ? [] : [':id']), ...rest].join('/')
}
