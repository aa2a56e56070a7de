import { expect, test } from 'vitest'
import { benches } from './catalog.ts'
import { toMarkdown } from './report.ts'

test.each(benches)(
  'the benchmark $name runs, and finds nothing lost, twice or out of order',
  async (bench) => {
    const report = await bench.run({ quick: true })
    const { overhead = 0, ...faults } = report.counts
    expect(faults).toEqual(Object.fromEntries(Object.keys(faults).map((name) => [name, 0])))
    expect(overhead).toBeLessThan(100)
    const widths = new Set([report.columns, ...report.rows].map(({ length }) => length))
    expect(widths.size).toBe(1)
    expect(toMarkdown(report)).not.toContain('undefined')
  },
)
