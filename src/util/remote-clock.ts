import type { Clock, Finding, Log, RemoteClock } from '../port.ts'
import { failureCode } from './failure.ts'
import { resultWithin } from './time-limit.ts'

/** Another system's clock, set by what its answers say. */
export interface ObservedClock extends Omit<RemoteClock, 'learn'> {
  /** Whether an answer has shown it. */
  isKnown(): boolean
  /** It was asked and is not known yet: `code` says why. People are told once. */
  tellUnknown(code: string): void
  /**
   * An answer showed `shown` (milliseconds since 1970, cut to whole seconds); it was asked for at `before` by the monotonic clock and
   * is here now.
   */
  observe(shown: number, before: number): void
  /** The same for an answer's `Date` header (https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1); any other text tells nothing. */
  observeDate(header: string | null, before: number): void
}

/** People are told from here on. */
export const skewWarningMs = 30_000

/** How much two clocks may run apart, as a part of the time that passes: ten times what is usual. */
const drift = 0.0005

const learnAgainMs = 60_000

/**
 * Keeps another system's time over jumps of this machine's clock: it goes on by the monotonic clock, and each answer narrows it down or,
 * where it contradicts what was known, sets it anew. As long as this machine's clock agrees, it is the same. `name`: whose, for people; `resolutionMs`: what its times are cut to, as `Date` and Mews's are to seconds.
 */
export const createObservedClock = (
  name: string,
  clock: Clock,
  log: Log,
  resolutionMs = 1000,
): ObservedClock => {
  let bounds: Bounds | undefined
  let isWrong = false
  let isUnknownTold = false

  const now = (): number => {
    const ours = clock.now()
    if (bounds === undefined) return ours
    const elapsed = clock.monotonic()
    const offset = ours - elapsed
    const agrees = offset >= bounds.low && offset <= bounds.high
    return agrees ? ours : Math.round(elapsed + (bounds.low + bounds.high) / 2)
  }

  const skewMs = (): number | undefined => (bounds === undefined ? undefined : clock.now() - now())

  const tell = (): void => {
    const skew = skewMs() ?? 0
    if (Math.abs(skew) >= skewWarningMs === isWrong) return
    isWrong = !isWrong
    if (isWrong)
      log.warn({ clock: name, skewMs: skew }, `this machine’s clock is wrong: ${toWords(skew, name)}`)
    else log.info({ clock: name, skewMs: skew }, 'this machine’s clock is right again')
  }

  const observe: ObservedClock['observe'] = (shown, before) => {
    const at = clock.monotonic()
    const seen = { low: shown - at, high: shown + resolutionMs - before, at }
    const apart = bounds === undefined ? Infinity : (at - bounds.at) * drift
    const low = Math.max(seen.low, (bounds?.low ?? 0) - apart)
    const high = Math.min(seen.high, (bounds?.high ?? 0) + apart)
    bounds = low <= high ? { low, high, at } : seen
    tell()
  }

  return {
    now,
    skewMs,
    isKnown: () => bounds !== undefined,
    tellUnknown: (code) => {
      if (bounds !== undefined || isUnknownTold) return
      isUnknownTold = true
      log.warn({ clock: name, code }, toUnknown(name))
    },
    observe,
    observeDate: (header, before) => {
      const shown = header === null ? NaN : Date.parse(header)
      if (Number.isFinite(shown)) observe(shown, before)
    },
  }
}

/** How far a machine's clock is from another's, in words: `12 minutes ahead of Mews`. */
export const toWords = (skewMs: number, name: string): string => {
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  const size = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`
  return `it is ${size} ${skewMs < 0 ? 'behind' : 'ahead of'} the clock of ${name}. Set it by NTP.`
}

/** That another clock is not known, in words. */
const toUnknown = (name: string): string =>
  `no answer of ${name} has shown its clock, so this machine’s counts. See that it is set by NTP.`

/** Why a clock is not known where an answer came without it, and where none came. */
const noDate = 'no_date'
const noAnswer = 'no_answer'

const longestMs = 5_000

/**
 * Sees to it that a clock is known before its times are recorded: `ask` makes any request that shows it, one at a time, and after one in
 * vain not again for a minute. Messages wait for it, so a request that hangs is given up after 5 s. Never rejects.
 */
export const createLearnClock = (
  { isKnown, tellUnknown }: Pick<ObservedClock, 'isKnown' | 'tellUnknown'>,
  clock: Clock,
  ask: (signal: AbortSignal) => Promise<unknown>,
): RemoteClock['learn'] => {
  let asking: Promise<void> | undefined
  let notBefore = -Infinity
  const learn = async (signal: AbortSignal): Promise<void> => {
    const askInTime = (late: AbortSignal): Promise<string | undefined> =>
      ask(AbortSignal.any([signal, late])).then(() => noDate, failureCode)
    const code = (await resultWithin({ clock, ms: longestMs }, askInTime)) ?? noAnswer
    if (isKnown() || isStopped(signal)) return
    tellUnknown(code)
    if (!signal.aborted) notBefore = clock.monotonic() + learnAgainMs
  }
  return async (signal) => {
    if (isKnown() || (asking === undefined && clock.monotonic() < notBefore)) return
    asking ??= learn(signal).finally(() => void (asking = undefined))
    await asking
  }
}

/**
 * A `fetch` whose answers show the clock of the server. Only a success counts, since a proxy may answer the rest. An answer from a cache
 * (`Age`) is old.
 */
export const watchClock =
  (
    fetch: typeof globalThis.fetch,
    clock: Clock,
    remote: Pick<ObservedClock, 'observeDate'>,
  ): typeof globalThis.fetch =>
  async (...request) => {
    const before = clock.monotonic()
    const response = await fetch(...request)
    if (response.ok && !(Number(response.headers.get('age')) > 0))
      remote.observeDate(response.headers.get('date'), before)
    return response
  }

/** What `check` says of a clock: `about` names the line, `whose` the clock for people. */
export function checkClock(about: string, whose: string, { skewMs }: Pick<RemoteClock, 'skewMs'>): Finding {
  const name = `Clock (${about})`
  const skew = skewMs()
  if (skew === undefined) return { name, ok: true, detail: toUnknown(whose) }
  const ok = Math.abs(skew) < skewWarningMs
  const apart = `${Math.round(Math.abs(skew) / 1000)} s apart`
  return { name, ok, detail: ok ? apart : `${apart}: ${toWords(skew, whose)}` }
}

/** Whether it was aborted for another reason than that the time was over. */
function isStopped({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof Error && reason.name === 'TimeoutError')
}

/** Between which numbers the other side's time minus our monotonic one lies, as it was at `at` by the monotonic clock. */
interface Bounds {
  readonly low: number
  readonly high: number
  readonly at: number
}
