import type { FakeAnswer, Fault } from '../../fakes/server.ts'

/** One way in which a request goes wrong. `refused`: nobody listens for a while. */
export type FaultPlan = Fault | 'refused'

const answer = (applied: boolean, given: FakeAnswer): Fault => ({ kind: 'answer', applied, answer: given })
const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Bad gateway</h1>' }
const limit = (headers: Readonly<Record<string, string>> = {}): Fault =>
  answer(false, { status: 429, headers, body: { Message: 'Too many requests.' } })

/** Every fault a remote call can meet; `now` is where the clock stands, for dates. */
export const faults = (now: number): Readonly<Record<string, FaultPlan>> => ({
  'a refused connection': 'refused',
  'a reset before it was applied': { kind: 'reset', applied: false },
  'a reset after it was applied': { kind: 'reset', applied: true },
  'silence, not applied': { kind: 'hang', applied: false },
  'silence, applied': { kind: 'hang', applied: true },
  'a 500 before it was applied': answer(false, { status: 500, body: '' }),
  'a 500 after it was applied': answer(true, { status: 500, body: '' }),
  'a 503 with Retry-After': answer(false, { status: 503, headers: { 'retry-after': '7' }, body: '' }),
  'a 429 with seconds': limit({ 'retry-after': '7' }),
  'a 429 with a date': limit({ 'retry-after': new Date(now + 7_000).toUTCString() }),
  'a 429 without a time': limit(),
  'a page of HTML, not applied': answer(false, page),
  'a page of HTML, applied': answer(true, page),
  'half an answer': { kind: 'half', applied: true },
})
