/** Something that is measured, again and again. */
export interface Contestant<Result> {
  readonly name: string
  readonly run: () => Promise<Result>
}

/** Lets each have its turn in every round, so that whatever else the machine does meets all of them. The first round, a warm-up, does not count. */
export const interleave = async <Result>(
  rounds: number,
  contestants: readonly Contestant<Result>[],
): Promise<ReadonlyMap<string, readonly Result[]>> => {
  const results = new Map<string, Result[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, run } of contestants) {
      const result = await run()
      if (round > 0) results.get(name)?.push(result)
    }
  }
  return results
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

const write = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2)

/** The median, and the least and most: `12,345 (11,900–12,600)`. */
export const spread = (values: readonly number[]): string =>
  `${write(median(values))} (${write(Math.min(...values))}–${write(Math.max(...values))})`

/** How one compares with another, round by round: `1.83 ×`. */
export const ratio = (values: readonly number[], others: readonly number[]): string =>
  `${median(values.map((value, round) => value / (others[round] ?? NaN))).toFixed(2)} ×`
