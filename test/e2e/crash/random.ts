/** Everything by chance, from one seed. */
export interface Chance {
  /** 0 ≤ n < 1. */
  next(): number
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number
  /** True this often: 0 never, 1 always. */
  happens(probability: number): boolean
  /** In another order. */
  shuffle<Item>(items: readonly Item[]): readonly Item[]
  /** One of them; throws when there are none. */
  pick<Item>(items: readonly Item[]): Item
}

/** The seed that a setting names, so that a run can be repeated; else one by the time. */
export const chooseSeed = (setting: string | undefined): number => Number(setting ?? Date.now() % 1_000_000)

/** Added to a seed, these give numbers of their own for what is drawn however often something else is. */
export const streams = { clocks: 1_000_003, faults: 2_000_003, habits: 3_000_017 } as const

/** The same seed gives the same numbers. */
export const createChance = (seed: number): Chance => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    between,
    happens: (probability) => next() < probability,
    shuffle: (items) =>
      items
        .map((item) => ({ item, at: next() }))
        .toSorted((one, other) => one.at - other.at)
        .map(({ item }) => item),
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from')
      return items[between(0, items.length - 1)] as (typeof items)[number]
    },
  }
}
