import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Acknowledgement } from '../../../../src/port.ts'
import { minute, neverAborted, second } from '../../../fakes/clock.ts'
import type { FakeRequest } from '../../../fakes/server.ts'
import { callsMethod, fakeWorkspace, tiers } from '../../../fakes/slack/slack.ts'
import { createSetup, type Setup } from '../setup.ts'

const address = { v: 1, team: fakeWorkspace.team, channel: 'D0INES' }

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
  setup.slack.keepLimits(tiers)
})
afterEach(() => setup.slack.close())

/** The `n`th message, written just now. */
const message = (n = 1): string => `${Math.floor(setup.clock.now() / 1000)}.${String(n).padStart(6, '0')}`
const tell = (
  state: Acknowledgement['state'],
  ts: string,
  { signal = neverAborted, ...changed }: Partial<Acknowledgement> & { readonly signal?: AbortSignal } = {},
) => setup.adapter.acknowledge?.({ address, reference: { channel: 'D0INES', ts }, state, ...changed }, signal)
const shownOn = (ts: string): readonly string[] =>
  [...setup.slack.reactions]
    .map((each) => each.split(' '))
    .flatMap(([, on, name]) => (on === ts ? (name ?? '') : []))
const isReaction = ({ path }: FakeRequest): boolean => path.startsWith('/api/reactions.')
const requests = (): readonly string[] =>
  setup.slack.server.requests.filter(isReaction).map(({ path, body }) => {
    const form = new URLSearchParams(body)
    return `${path.replace('/api/reactions.', '')} ${form.get('name')} ${form.get('timestamp')}`
  })

/** Resolves once no request is in flight. */
const settled = async (): Promise<void> => {
  for (let before = -1, quiet = 0; quiet < 3; before = requests().length) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    quiet = requests().length === before ? quiet + 1 : 0
  }
}
const pass = async (ms: number): Promise<void> => {
  await settled()
  const stepMs = ms < minute ? second : 5 * second
  for (const end = setup.clock.now() + ms; setup.clock.now() < end;) {
    setup.clock.step(Math.min(stepMs, end - setup.clock.now()))
    await settled()
  }
}

describe('receipts', () => {
  it.each([
    ['delivered', 'white_check_mark'],
    ['failed', 'warning'],
  ] as const)('of what is %s within two seconds are one reaction', async (state, name) => {
    const ts = message()
    await tell('recorded', ts)
    await pass(1_900)
    await tell(state, ts)
    await pass(minute)
    expect(requests()).toEqual([`add ${name} ${ts}`])
  })

  it.each([
    ['delivered', 'white_check_mark'],
    ['failed', 'warning'],
  ] as const)(
    'show 👀 on what waits for longer, and another one alone when it is %s',
    async (state, name) => {
      const ts = message()
      await tell('recorded', ts)
      await pass(2 * second)
      expect(shownOn(ts)).toEqual(['eyes'])
      await tell('recorded', ts)
      await tell(state, ts)
      await settled()
      expect(shownOn(ts)).toEqual([name])
      expect(requests()).toEqual([`add eyes ${ts}`, `add ${name} ${ts}`, `remove eyes ${ts}`])
    },
  )

  it('follow one another although nobody waits for them', async () => {
    const ts = message()
    const late = { applied: false, kind: 'late', ms: 50 } as const
    setup.slack.server.fail(late, { match: callsMethod('reactions.add') })
    await tell('recorded', ts)
    setup.clock.step(2 * second)
    await expect.poll(requests).toHaveLength(1)
    await tell('delivered', ts)
    await expect.poll(() => shownOn(ts)).toEqual(['white_check_mark'])
  })

  it('take away the 👀 of a process that has ended', async () => {
    const ts = message()
    setup.slack.keepLimits({})
    await tell('recorded', ts)
    await pass(2 * second)
    const next = await createSetup({ apiUrl: setup.slack.url })
    next.clock.step(3 * second)
    const told = { address, reference: { channel: 'D0INES', ts } }
    await next.adapter.acknowledge?.({ ...told, state: 'recorded' }, neverAborted)
    await next.adapter.acknowledge?.({ ...told, state: 'delivered' }, neverAborted)
    await expect.poll(() => shownOn(ts)).toEqual(['white_check_mark'])
    await next.slack.close()
  })

  it.each(['already_reacted', 'message_not_found', 'no_reaction'])(
    'pass over %s in silence',
    async (code) => {
      setup.slack.refuse('reactions.add', code)
      await tell('delivered', message())
      await settled()
      expect(setup.logged).toEqual([])
    },
  )

  it.each(['missing_scope', 'internal_error', 'too_many_reactions'])('are left out for %s', async (code) => {
    const ts = message()
    setup.slack.refuse('reactions.add', code)
    await tell('delivered', ts)
    await pass(minute)
    expect(setup.logged.join()).toContain('left out')
    expect(requests()).toEqual([`add white_check_mark ${ts}`])
  })

  it('rest for as long as Slack said, and then go on', async () => {
    const [first, other] = [message(1), message(2)]
    setup.slack.limit('reactions.add', { retryAfter: 30 })
    await tell('delivered', first)
    await settled()
    await tell('delivered', other)
    await pass(29 * second)
    expect(requests()).toHaveLength(1)
    await pass(second)
    expect([...shownOn(first), ...shownOn(other)]).toEqual(['white_check_mark', 'white_check_mark'])
  })

  it('are left out when it stops, and where the message is not known', async () => {
    const ts = message()
    await tell('delivered', ts, { signal: AbortSignal.abort() })
    await tell('delivered', ts, { reference: null })
    await tell('delivered', ts, { address: {} })
    const stopping = new AbortController()
    await tell('recorded', ts, { signal: stopping.signal })
    stopping.abort()
    await pass(minute)
    expect(requests()).toEqual([])
    expect(setup.clock.sleepers()).toBe(0)
    await setup.slack.server.pause()
    await expect(tell('delivered', ts)).resolves.toBeUndefined()
  })

  it('come with turns that can be seen, not with deletions', async () => {
    const { slack, readAll } = setup
    const ts = slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?' })
    slack.edit('D0INES', ts, 'Hello!')
    slack.remove('D0INES', ts)
    const references = (await readAll()).map(({ turns }) => turns[0]?.reference)
    expect(references).toEqual([{ channel: 'D0INES', ts }, { channel: 'D0INES', ts }, undefined])
  })

  it('can be switched off', async () => {
    const silent = await createSetup({ receipts: false })
    expect(silent.adapter).not.toHaveProperty('acknowledge')
    await silent.slack.close()
  })
})

describe('receipts, when there are more than Slack takes', () => {
  it('are never refused, the newest come first, and the oldest are dropped', async () => {
    const all = Array.from({ length: 1_000 }, (_, n) => message(n))
    for (const ts of all) {
      await tell('recorded', ts)
      await tell('delivered', ts)
    }
    await pass(minute)
    const inAMinute = requests().length
    expect(inAMinute).toBeGreaterThan(40)
    expect(inAMinute).toBeLessThanOrEqual(50)
    expect(setup.slack.reactions.size).toBe(inAMinute)
    await pass(5 * minute)
    const shown = all.filter((ts) => shownOn(ts).length > 0)
    expect(shown.length).toBeLessThanOrEqual(120)
    expect(all.slice(-90).every((ts) => shownOn(ts).includes('white_check_mark'))).toBe(true)
  })

  it('end what shows 👀 before others get any, and say first what has failed', async () => {
    const waiting = Array.from({ length: 15 }, (_, n) => message(n))
    for (const ts of waiting) await tell('recorded', ts)
    await pass(3 * second)
    expect(waiting.every((ts) => shownOn(ts).includes('eyes'))).toBe(true)
    const fresh = Array.from({ length: 15 }, (_, n) => message(100 + n))
    for (const ts of fresh) await tell('delivered', ts)
    for (const ts of waiting) await tell('delivered', ts)
    const lost = message(200)
    await tell('failed', lost)
    await pass(4 * second)
    expect(shownOn(lost)).toEqual(['warning'])
    await pass(30 * second)
    expect(waiting.every((ts) => shownOn(ts).includes('white_check_mark'))).toBe(true)
    await pass(2 * minute)
    expect(waiting.map(shownOn)).toEqual(waiting.map(() => ['white_check_mark']))
    expect(fresh.map(shownOn)).toEqual(fresh.map(() => ['white_check_mark']))
  })

  it('show 👀 on no more than can have it taken away within minutes', async () => {
    const waiting = Array.from({ length: 90 }, (_, n) => message(n))
    for (const ts of waiting) await tell('recorded', ts)
    await pass(5 * minute)
    const withEyes = waiting.filter((ts) => shownOn(ts).includes('eyes'))
    expect(withEyes).toHaveLength(60)
    for (const ts of waiting) await tell('delivered', ts)
    await pass(6 * minute)
    expect(waiting.filter((ts) => shownOn(ts).includes('eyes'))).toEqual([])
    expect(withEyes.map(shownOn)).toEqual(withEyes.map(() => ['white_check_mark']))
  })
})
