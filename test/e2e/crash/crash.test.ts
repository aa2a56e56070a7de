import { expect, test } from 'vitest'
import { crash } from './crash.ts'
import { chooseSeed } from './random.ts'

/**
 * Kills alone: `npm run test:crash` draws wrong clocks, lost Keyv writes and restored backups, too, and takes many
 * minutes. `../faults` has a test for each of these faults.
 */
const rounds = 4
const seed = chooseSeed(process.env['CRASH_SEED'])

test(
  `nothing is lost, doubled or out of order when the process is killed ${rounds} times (CRASH_SEED=${seed})`,
  // It takes minutes; a machine that does much else has needed a quarter of an hour.
  { timeout: 2_400_000 },
  async ({ onTestFailed }) => {
    const { lost, doubled, outOfOrder, orphans, details, output } = await crash({
      rounds,
      seed,
      machineFaults: false,
    })
    onTestFailed(() => void process.stdout.write(output))
    expect(details).toEqual([])
    expect({ lost, doubled, outOfOrder, orphans }).toEqual({ lost: 0, doubled: 0, outOfOrder: 0, orphans: 0 })
  },
)
