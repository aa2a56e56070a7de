/** Loaded before the program (`--import`): its machine's clock is ahead by `WRONG_CLOCK_MS`. */
const aheadMs = Number(process.env['WRONG_CLOCK_MS'] ?? 0)
const right = Date.now

globalThis.Date = new Proxy(Date, {
  construct: (target, given: readonly unknown[], newTarget: () => void) =>
    Reflect.construct(target, given.length === 0 ? [right() + aheadMs] : given, newTarget) as Date,
  get: (target, name, receiver): unknown =>
    name === 'now' ? () => right() + aheadMs : Reflect.get(target, name, receiver),
})
