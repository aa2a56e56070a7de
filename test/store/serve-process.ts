import { systemClock } from '../../src/clock.ts'
import { openStore } from '../../src/store/open.ts'
import { claim, entry } from '../contracts/store/harness.ts'

/** Serves from the database in its first argument, holding one lane, until it is killed. */
const store = await openStore({
  url: `sqlite:${process.argv[2]}`,
  clock: systemClock,
  exclusive: true,
})
await store.log.append([entry('x', 'a'), entry('x', 'b')])
await claim(store, { leaseMs: 3_600_000 })
process.stdout.write('serving\n')
// What nothing refers to any more is collected, and a collected database is closed.
setInterval(() => void store.check(), 1_000)
