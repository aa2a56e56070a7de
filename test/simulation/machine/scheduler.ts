import { nextRealTurn } from './globals.ts'

/** Virtual time: everything that happens is in one queue, in the order of its times. */
export interface Scheduler {
  /** Milliseconds that have passed in this world. */
  readonly now: () => number
  /** Calls back after so many milliseconds; returns how to prevent it. */
  readonly after: (ms: number, happen: () => void) => () => void
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>
  /** Lets things happen until `done` says so or that much time has passed; whether it said so. */
  run(ms: number, done?: () => boolean): Promise<boolean>
  /** What is being waited for is done by the calling thread meanwhile, as by a disk. */
  pass(ms: number): void
  /** How many things have happened. */
  readonly happened: number
}

interface Happening {
  readonly at: number
  readonly order: number
  happen: (() => void) | undefined
}

export const createScheduler = (): Scheduler => {
  const queue = createHeap()
  let now = 0
  let order = 0
  let happened = 0

  const after: Scheduler['after'] = (ms, happen) => {
    order += 1
    const happening: Happening = { at: now + (ms > 0 ? ms : 0), order, happen }
    queue.push(happening)
    return () => {
      happening.happen = undefined
    }
  }

  return {
    now: () => now,
    after,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    run: async (ms, done = () => false) => {
      const end = now + ms
      await turn()
      while (!done()) {
        const next = queue.first()
        if (next === undefined || next.at > end) {
          now = Math.max(now, end)
          return done()
        }
        queue.pop()
        const { happen } = next
        if (happen === undefined) continue
        now = Math.max(now, next.at)
        happened += 1
        happen()
        await turn()
      }
      return true
    },
    pass: (ms) => {
      now += ms
    },
    get happened() {
      return happened
    },
  }
}

/** Everything that a happening has begun and that waits for nothing is done before the next one. */
function turn(): Promise<void> {
  return new Promise((resolve) => void nextRealTurn(resolve))
}

const isBefore = (one: Happening, other: Happening): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

/** A binary heap of happenings, the next one first. */
function createHeap() {
  const heap: Happening[] = []

  const swap = (one: number, other: number): void => {
    const kept = heap[one] as Happening
    heap[one] = heap[other] as Happening
    heap[other] = kept
  }
  const comesFirst = (one: number, other: number): boolean =>
    isBefore(heap[one] as Happening, heap[other] as Happening)
  const rise = (from: number): void => {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1
      if (!comesFirst(at, parent)) return
      swap(at, parent)
      at = parent
    }
  }
  const sink = (): void => {
    for (let at = 0; ;) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && comesFirst(child, least)) least = child
      if (least === at) return
      swap(at, least)
      at = least
    }
  }

  return {
    first: (): Happening | undefined => heap[0],
    push: (happening: Happening): void => {
      heap.push(happening)
      rise(heap.length - 1)
    },
    pop: (): void => {
      swap(0, heap.length - 1)
      heap.pop()
      sink()
    },
  }
}
