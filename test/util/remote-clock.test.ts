import { array, assert, integer, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { createLearnClock, createObservedClock, watchClock } from '../../src/util/remote-clock.ts'
import { createLogBook } from '../fakes/log.ts'
import { createManualClock, neverAborted } from '../fakes/clock.ts'

const create = () => {
  const clock = createManualClock()
  const { log, lines } = createLogBook()
  return { clock, lines, remote: createObservedClock('Mews', clock, log) }
}

test('until an answer has shown it, it is this machine’s', () => {
  const { clock, remote } = create()
  expect([remote.now(), remote.skewMs(), remote.isKnown()]).toEqual([clock.now(), undefined, false])
})

test('a clock that agrees to the second is the same', () => {
  const { clock, remote } = create()
  remote.observe(Math.floor(clock.now() / 1000) * 1000, clock.monotonic())
  expect([remote.now(), remote.skewMs()]).toEqual([clock.now(), 0])
})

test('it goes on while this machine’s clock is set, however often', () => {
  const { clock, remote } = create()
  const shown = Math.floor(clock.now() / 1000) * 1000
  remote.observe(shown, clock.monotonic())
  clock.set(-3_600_000)
  clock.step(10_000)
  expect(remote.now()).toBe(shown + 10_000 + 500)
  clock.set(7_200_000)
  expect(Math.abs(remote.now() - shown - 10_000)).toBeLessThanOrEqual(1000)
  expect(Math.abs((remote.skewMs() ?? 0) - 3_600_000)).toBeLessThanOrEqual(1000)
})

test('however skewed, slow to answer and drifting the other side is, it is off by no more than an answer’s own span', () => {
  assert(
    property(
      integer({ min: -1e9, max: 1e9 }),
      integer({ min: -200, max: 200 }),
      array(
        record({
          pause: integer({ min: 0, max: 600_000 }),
          there: integer({ min: 0, max: 3_000 }),
          back: integer({ min: 0, max: 3_000 }),
          set: integer({ min: -1e6, max: 1e6 }),
        }),
        { minLength: 1, maxLength: 20 },
      ),
      (skew, partsPerMillion, answers) => {
        const { clock, remote } = create()
        const start = clock.now() - clock.monotonic() + skew
        const truth = (): number => start + clock.monotonic() * (1 + partsPerMillion / 1e6)
        for (const { pause, there, back, set } of answers) {
          clock.step(pause)
          clock.set(set)
          const before = clock.monotonic()
          clock.step(there)
          const shown = Math.floor(truth() / 1000) * 1000
          clock.step(back)
          remote.observe(shown, before)
          expect(Math.abs(remote.now() - truth())).toBeLessThanOrEqual(1000 + there + back + 10)
        }
      },
    ),
  )
})

test('an answer that contradicts what was known sets it anew', () => {
  const { clock, remote } = create()
  remote.observe(1_000_000_000_000, clock.monotonic())
  remote.observe(1_100_000_000_000, clock.monotonic())
  expect(Math.abs(remote.now() - 1_100_000_000_000)).toBeLessThanOrEqual(1000)
})

test.each([
  [90_000, 'it is 90 s ahead of the clock of Mews. Set it by NTP.'],
  [-3_600_000, 'it is 60 minutes behind the clock of Mews. Set it by NTP.'],
])('a clock that is wrong by %i ms is told once, without a word of anybody', (skew, words) => {
  const { clock, lines, remote } = create()
  for (const _ of [1, 2, 3]) remote.observe(Math.floor(clock.now() / 1000) * 1000 - skew, clock.monotonic())
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['warn', `this machine’s clock is wrong: ${words}`],
  ])
})

test('29 s are no reason to tell anybody', () => {
  const { clock, lines, remote } = create()
  remote.observe(Math.floor(clock.now() / 1000) * 1000 - 29_000, clock.monotonic())
  expect(lines).toEqual([])
})

test.each(['', 'yesterday', null])('a date such as %o shows nothing', (header) => {
  const { clock, remote } = create()
  remote.observeDate(header, clock.monotonic())
  expect(remote.isKnown()).toBe(false)
})

test('it is asked for once for all who want to know it, and after one in vain not again for a minute', async () => {
  const { clock, remote } = create()
  let asked = 0
  const learn = createLearnClock(remote, clock, async () => {
    asked += 1
    if (asked === 1) throw new Error('away')
    remote.observe(clock.now(), clock.monotonic())
  })
  await Promise.all([learn(neverAborted), learn(neverAborted)])
  await learn(neverAborted)
  expect([asked, remote.isKnown()]).toEqual([1, false])
  clock.step(60_000)
  await learn(neverAborted)
  await learn(neverAborted)
  expect([asked, remote.isKnown()]).toEqual([2, true])
})

test.each([
  ['without a date', async () => {}, 'no_date'],
  [
    'by a failure',
    () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNRESET' })),
    'ECONNRESET',
  ],
])('that it could not be asked, %s, is told once', async (_how, ask, code) => {
  const { clock, lines, remote } = create()
  const learn = createLearnClock(remote, clock, ask)
  for (const _ of [1, 2, 3]) {
    await learn(neverAborted)
    clock.step(60_000)
  }
  const message =
    'no answer of Mews has shown its clock, so this machine’s counts. See that it is set by NTP.'
  expect(lines).toEqual([{ level: 'warn', fields: { clock: 'Mews', code }, message }])
})

test('who waits for it goes on after five seconds where no answer comes, and the request is broken off', async () => {
  const { clock, lines, remote } = create()
  let brokenOff = false
  const learn = createLearnClock(remote, clock, (signal) => {
    signal.addEventListener('abort', () => void (brokenOff = true))
    return new Promise(() => {})
  })
  const learned = learn(neverAborted)
  await clock.advance(5_000)
  await learned
  expect(brokenOff).toBe(true)
  expect(lines).toMatchObject([{ fields: { code: 'no_answer' } }])
  await learn(neverAborted)
  expect(remote.isKnown()).toBe(false)
})

test('no answer in time is told, the end of the program is not', async () => {
  const { clock, lines, remote } = create()
  const learn = createLearnClock(remote, clock, (signal) => Promise.reject(signal.reason as Error))
  await learn(AbortSignal.abort())
  expect(lines).toEqual([])
  await learn(AbortSignal.abort(new DOMException('over', 'TimeoutError')))
  expect(lines).toMatchObject([{ fields: { code: 'TimeoutError' } }])
})

test('only answers that succeed show a clock', async () => {
  const { clock, remote } = create()
  const answer = (status: number) =>
    watchClock(
      async () =>
        new Response('', { status, headers: { date: new Date(clock.now() - 60_000).toUTCString() } }),
      clock,
      remote,
    )('https://hotel.example')
  await answer(502)
  expect(remote.isKnown()).toBe(false)
  await answer(200)
  expect(Math.round((remote.skewMs() ?? 0) / 1000)).toBe(60)
})
