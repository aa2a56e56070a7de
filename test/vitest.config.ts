import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { defineConfig } from 'vitest/config'

/** What takes longest, the longest first; the program as it is takes seconds in the rest of `e2e`, everything else less. */
const longest = [
  '/bench/',
  '/e2e/faults/restore.long',
  '/e2e/faults/wrong-clocks.long',
  '/e2e/crash/',
  '/simulation/simulation.test',
  '/store/postgres/database.test',
  '/store/admin/admin-postgres.test',
  '/relay/to-guest/guest-faults.test',
  '/relay/to-hotel/mews-faults.test',
  '/e2e/',
  '/admin/',
  '/store/',
  '/relay/',
]

const rank = ({ moduleId }: TestSpecification): number => {
  const index = longest.findIndex((part) => moduleId.includes(part))
  return index < 0 ? longest.length : index
}

/** Begins with the longest, so that the others run beside them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((left, right) => rank(left) - rank(right))
  }
}

const root = new URL('..', import.meta.url).pathname

/** Where Linux keeps files in memory, and how many bytes must be free there. */
const memory = { folder: '/dev/shm', room: 1024 ** 3 } as const

/**
 * A folder in memory, where there is enough of it: what tests write outlives neither them nor the system, and a process that is killed
 * leaves it whole, so the disk would add waiting only.
 */
const createMemoryFolder = (): string | undefined => {
  if (!existsSync(memory.folder)) return undefined
  const { bavail, bsize } = statfsSync(memory.folder)
  if (bavail * bsize < memory.room) return undefined
  const folder = mkdtempSync(`${memory.folder}/mews-chat-tests-`)
  // PostgreSQL, which root runs as nobody, has its data in it.
  chmodSync(folder, 0o711)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const folder = createMemoryFolder()

/** What takes a minute and more: `npm run test:long`. */
const long = 'test/**/*.long.test.ts'

export default defineConfig(({ mode }) => ({
  root,
  test: {
    ...(mode === 'long' ? { include: [long] } : { include: ['test/**/*.test.ts'], exclude: [long] }),
    pool: 'forks',
    // Loading everything anew for each file would take longer than most of them do.
    isolate: false,
    env: {
      ...(folder === undefined ? {} : { TMPDIR: folder }),
      // A third of the program's start is compiling, every time the same.
      NODE_COMPILE_CACHE: `${root}node_modules/.cache/compile`,
    },
    // Most of them wait for processes, sockets and browsers: three side by side even where there are two cores.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Only a test that fails takes so long, even on a slow machine that is busy with others.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
}))
