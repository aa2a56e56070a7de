import type { Clock, WebhookResponse } from '../port.ts'
import type { Figures } from '../store/admin/types.ts'
import type { LaneLogObserver } from '../observability/observe-lanes.ts'
import type { Session } from './access/session.ts'

/** How often an open page looks for other processes' changes, and how long it waits after a change. */
const paceMs = 1_000

/** Ages grow without any change; and proxies cut connections that are silent for a minute. */
const beatMs = 15_000

/** Each holds a connection; a browser that finds none free asks again now and then. */
const most = 100

export interface ChangesOptions {
  readonly figures: Pick<Figures, 'stamp'>
  readonly clock: Clock
}

/** Tells open pages when to fetch their content again, without saying what has changed. */
export interface Changes {
  /** For the lane log: tells open pages of what it records. */
  readonly observer: LaneLogObserver
  /** An endless answer with an event for each change, until the session ends, or was signed out in another place (`isOver`). */
  answer(session: Session, isOver: () => Promise<boolean>): WebhookResponse
  /** Ends the answers of somebody who signs out. */
  readonly end: (session: Session) => void
}

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  // Proxies must not cache, buffer or compress it.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

/** One signal for all pages: what this process records, and once a second a look whether others have recorded something. */
export const createChanges = (options: ChangesOptions): Changes => {
  const followers = createFollowers(options)

  const stream = async function* (
    session: Session,
    isOver: () => Promise<boolean>,
    left: AbortSignal,
  ): AsyncGenerator<string, void> {
    const asked = (): Promise<boolean> => isOver().catch(() => false)
    const follower: Follower = {
      session,
      isOver: asked,
      changed: false,
      ended: false,
      wake: new AbortController(),
    }
    followers.enter(follower)
    try {
      yield* follow(follower, options.clock, left)
    } finally {
      followers.leave(follower)
    }
  }

  return {
    observer: { appended: followers.tell, settled: followers.tell },
    answer: (session, isOver) =>
      followers.present().length < most
        ? { status: 200, headers, stream: (left) => stream(session, isOver, left) }
        : { status: 503, headers: { 'retry-after': '60' } },
    end: ({ formToken }) => {
      for (const follower of followers.present()) {
        if (follower.session.formToken !== formToken) continue
        follower.ended = true
        follower.wake.abort()
      }
    },
  }
}

/** The pages that are open; while there is one, other processes are watched for all of them. */
const createFollowers = ({ figures, clock }: ChangesOptions) => {
  const followers = new Set<Follower>()
  let looking = new AbortController()

  const tell = (): void => {
    for (const follower of followers) {
      follower.changed = true
      follower.wake.abort()
    }
  }

  const lookAround = async (stop: AbortSignal): Promise<void> => {
    for (let known: string | undefined; !stop.aborted; await clock.sleep(paceMs, stop)) {
      // The pages themselves say that the database cannot be reached.
      const stamp = await figures.stamp().catch(() => known)
      if (known !== undefined && stamp !== known && !stop.aborted) tell()
      known = stamp
    }
  }

  return {
    tell,
    present: (): readonly Follower[] => [...followers],
    enter: (follower: Follower): void => {
      followers.add(follower)
      if (followers.size > 1) return
      looking = new AbortController()
      void lookAround(looking.signal)
    },
    leave: (follower: Follower): void => {
      followers.delete(follower)
      if (followers.size === 0) looking.abort()
    },
  }
}

/** One page that is open. */
interface Follower {
  readonly session: Session
  readonly isOver: () => Promise<boolean>
  changed: boolean
  ended: boolean
  wake: AbortController
}

/** The events of one page, until it leaves or its session ends. */
const follow = async function* (
  follower: Follower,
  clock: Clock,
  left: AbortSignal,
): AsyncGenerator<string, void> {
  const rest = (): number => follower.session.endsAt - clock.now()
  // The page may have changed since it was made, so it looks at once.
  yield 'retry: 5000\ndata: look\n\n'
  for (;;) {
    const woken = AbortSignal.any([left, follower.wake.signal])
    if (!follower.changed) await clock.sleep(Math.max(0, Math.min(beatMs, rest())), woken)
    if ((await follower.isOver()) || left.aborted || follower.ended || rest() <= 0) return
    Object.assign(follower, { changed: false, wake: new AbortController() })
    yield 'data: look\n\n'
    await clock.sleep(paceMs, left)
  }
}
