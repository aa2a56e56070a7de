import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { defineConfig } from 'vitest/config'

/** The crash suite takes minutes, whatever runs the real program seconds, the rest milliseconds. */
const rank = ({ moduleId }: TestSpecification): number => {
  if (moduleId.includes('/e2e/crash')) return 0
  return moduleId.includes('/e2e/') ? 1 : 2
}

/** Begins with the longest, so that the others run beside them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((left, right) => rank(left) - rank(right))
  }
}

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Most of them wait for processes, sockets and browsers: two side by side even where there is one core to spare.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    // Servers of PostgreSQL and browsers are started in them.
    hookTimeout: 120_000,
  },
})
