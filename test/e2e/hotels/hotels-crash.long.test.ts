import { expect, test } from 'vitest'
import { crashHotels } from './hotels-crash.ts'
import { chooseSeed } from '../crash/random.ts'

const seed = chooseSeed(process.env['CRASH_SEED'])

test(
  `guests of two hotels are asked and choose while the process is killed again and again (CRASH_SEED=${seed})`,
  { timeout: 400_000 },
  async ({ onTestFailed }) => {
    const { lost, doubled, outOfOrder, misled, details, output } = await crashHotels({ seed, lastsMs: 8_000 })
    onTestFailed(() => void process.stdout.write(output))
    expect({ details, misled }).toEqual({ details: [], misled: [] })
    expect({ lost, doubled, outOfOrder }).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 })
  },
)
