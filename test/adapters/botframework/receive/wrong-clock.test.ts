import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { minute, neverAborted } from '../../../fakes/clock.ts'
import { createSetup, type Setup } from '../setup.ts'

const wrong = [-24 * 60, -20, 20, 90, 24 * 60].map((minutes) => [minutes, minutes * minute] as const)

/** Microsoft's time. */
const trueSeconds = (): number => Math.floor((performance.timeOrigin + performance.now()) / 1000)

let setup: Setup
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  setup = await createSetup()
})
afterEach(async () => {
  vi.useRealTimers()
  await setup.close()
})

/** Somebody sets this machine's clock: it shows `ms` more than Microsoft's. */
const setClock = (ms: number): void => {
  vi.setSystemTime(trueSeconds() * 1000 + ms)
  setup.clock.set(Date.now() - setup.clock.now())
}

/** A message with a token that holds from `from` until `to`, in seconds from now by Microsoft's clock. */
const send = async (from: number, to: number): Promise<number> => {
  const claims = { nbf: trueSeconds() + from, exp: trueSeconds() + to }
  return setup.status(await setup.fake.request(setup.fake.activities.message('Late arrival?'), { claims }))
}

describe.each(wrong)('with a clock that is wrong by %i minutes', (minutes, ms) => {
  beforeEach(() => setClock(ms))

  it('guests in Teams are heard', async () => {
    expect([await send(-60, 3600), await send(-60, 3600)]).toEqual([200, 200])
    expect(setup.inbox.recorded).toHaveLength(2)
  })

  it('tokens that have ended, or do not hold yet, are refused', async () => {
    expect([await send(-7200, -400), await send(400, 7200)]).toEqual([401, 401])
    expect(setup.inbox.recorded).toEqual([])
  })

  it('the log and the check say so', async () => {
    await send(-60, 3600)
    const told = setup.lines.filter(({ fields }) => fields['clock'] === 'Microsoft')
    expect(told).toMatchObject([{ level: 'warn' }])
    const findings = await setup.adapter.check?.(neverAborted)
    expect(findings?.find(({ name }) => name === 'Clock (Teams)')).toMatchObject({
      ok: false,
      detail: expect.stringContaining(minutes < 0 ? 'behind the clock of Microsoft' : 'ahead of the clock'),
    })
  })
})

it('a clock that is set after the keys were fetched is noticed', async () => {
  expect(await send(-60, 3600)).toBe(200)
  setClock(24 * 60 * minute)
  expect(await send(-60, 3600)).toBe(200)
})

it('what nobody at Microsoft has signed shows no time, and asks for none', async () => {
  setClock(60 * minute)
  const claims = { exp: trueSeconds() + 60 }
  const forged = await setup.fake.request(setup.fake.activities.message('Hi'), { claims, key: 'foreign' })
  for (let count = 0; count < 5; count += 1) expect(await setup.status(forged)).toBe(401)
  expect(setup.fake.server.requests.filter(({ path }) => path === '/openid')).toHaveLength(1)
})
