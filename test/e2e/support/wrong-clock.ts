/**
 * Loaded before the program (`--import`): its machine's clock is wrong. `WRONG_CLOCK_MS`: ahead by so much; `WRONG_CLOCK_PPM`: and faster
 * by so many millionths; `WRONG_CLOCK_JUMPS`: `<after>:<by>,…` in milliseconds, both counted from `WRONG_CLOCK_SINCE` (milliseconds since
 * 1970, so that every thread and process of one machine has the same time).
 */
const { WRONG_CLOCK_MS, WRONG_CLOCK_PPM, WRONG_CLOCK_JUMPS, WRONG_CLOCK_SINCE } = process.env
const right = Date.now
const aheadMs = Number(WRONG_CLOCK_MS ?? 0)
const since = Number(WRONG_CLOCK_SINCE ?? right())
const faster = Number(WRONG_CLOCK_PPM ?? 0) / 1_000_000
const jumps = (WRONG_CLOCK_JUMPS ?? '')
  .split(',')
  .filter((jump) => jump !== '')
  .map((jump) => jump.split(':').map(Number))

function now(): number {
  const time = right()
  const passed = time - since
  const jumped = jumps.reduce((sum, [after = 0, by = 0]) => (passed >= after ? sum + by : sum), 0)
  return Math.floor(time + aheadMs + passed * faster + jumped)
}

globalThis.Date = new Proxy(Date, {
  construct: (target, given: readonly unknown[], newTarget: () => void) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as Date,
  get: (target, name, receiver): unknown => (name === 'now' ? now : Reflect.get(target, name, receiver)),
})
