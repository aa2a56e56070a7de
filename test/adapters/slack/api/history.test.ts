import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Confirmation, Part } from '../../../../src/port.ts'
import { minute, neverAborted, second } from '../../../fakes/clock.ts'
import { callsMethod, fakeWorkspace, outsideMarketplace, tiers } from '../../../fakes/slack/slack.ts'
import { createSetup, oauth, type Setup, startOfTest, toPart } from '../setup.ts'

const unset = { echoMs: undefined, historyEveryMs: undefined }

let setup: Setup
afterEach(() => setup.slack.close())

/** A part for the `n`th direct message, whose attempt another process began. */
const partOf = (n: number): Part => ({
  ...toPart('Until ten.'),
  deliveryId: `part-${n}`,
  address: { v: 1, team: fakeWorkspace.team, channel: `D0GUEST${n}` },
})
const confirm = (part: Part): Promise<Confirmation | undefined> =>
  setup.adapter.confirm?.(part, startOfTest, neverAborted) ?? Promise.resolve(undefined)
const confirmAll = (count: number) => Promise.all(Array.from({ length: count }, (_, n) => confirm(partOf(n))))
const readings = (): number => setup.slack.server.requests.filter(callsMethod('conversations.history')).length

/** Asks as the core does until everything is told, or the time is over; when that was, in milliseconds. */
const askUntilTold = async (count: number, ms: number): Promise<readonly number[]> => {
  const told: number[] = []
  const next = new Map(Array.from({ length: count }, (_, n) => [n, setup.clock.now()]))
  for (const end = setup.clock.now() + ms; next.size > 0 && setup.clock.now() < end; setup.clock.step(second))
    for (const [n, at] of next) {
      if (at > setup.clock.now()) continue
      const said = await confirm(partOf(n))
      if (said?.outcome === 'cannot tell') next.set(n, setup.clock.now() + (said.afterMs ?? 0))
      else {
        next.delete(n)
        told.push(setup.clock.now() - startOfTest)
      }
    }
  return told
}

describe('history, by one workspace’s token', () => {
  let refused: readonly string[]
  beforeEach(async () => {
    setup = await createSetup(unset)
    refused = setup.slack.keepLimits(tiers)
  })

  it('is read at once for ten conversations after a crash', async () => {
    expect((await confirmAll(10)).map((said) => said?.outcome)).toEqual(Array(10).fill('absent'))
    expect(await confirm(partOf(10))).toMatchObject({ outcome: 'cannot tell', afterMs: 1_600 })
  })

  it('is never refused, however many wait', async () => {
    expect(await askUntilTold(100, 10 * minute)).toHaveLength(100)
    expect(setup.clock.now() - startOfTest).toBeLessThan(3 * minute)
    expect(refused).toEqual([])
  })

  it('is read two seconds after an attempt of this process, when our own event has not come', async () => {
    setup.slack.server.fail({ applied: true, kind: 'reset' }, { match: callsMethod('chat.postMessage') })
    expect(await setup.adapter.send(partOf(1), neverAborted)).toMatchObject({ outcome: 'unknown' })
    expect(await confirm(partOf(1))).toMatchObject({ outcome: 'cannot tell', afterMs: 2_000 })
    setup.clock.step(2 * second)
    expect(await confirm(partOf(1))).toMatchObject({ outcome: 'sent' })
    expect(readings()).toBe(1)
  })

  it('is read once for all who ask for the same page', async () => {
    const said = await Promise.all(
      ['one', 'two', 'three'].map((id) => confirm({ ...partOf(1), deliveryId: id })),
    )
    expect(said.map((each) => each?.outcome)).toEqual(['absent', 'absent', 'absent'])
    expect(readings()).toBe(1)
  })

  it('slows down to what Slack says, and recovers', async () => {
    await confirm(partOf(0))
    setup.slack.limit('conversations.history', { retryAfter: 20 })
    expect(await confirm(partOf(1))).toMatchObject({ outcome: 'cannot tell', afterMs: 20_000 })
    const told = await askUntilTold(4, 3 * minute)
    expect(told.map((at) => Math.round(at / (20 * second)))).toEqual([1, 2, 3, 3])
    expect(refused).toEqual([])
    setup.clock.step(minute)
    expect((await confirmAll(10)).map((said) => said?.outcome)).toEqual(Array(10).fill('absent'))
  })
})

describe('history, where workspaces install the app', () => {
  beforeEach(async () => {
    setup = await createSetup({ ...unset, oauth })
    const { team, botToken, botUser } = fakeWorkspace
    await setup.vault.set(`t:${team}`, { v: 1, botToken, botUser, installedAt: 0 })
  })

  it('is read once a minute where Slack allows no more, and once in vain', async () => {
    const refused = setup.slack.keepLimits(outsideMarketplace)
    const told = await askUntilTold(6, 9 * minute)
    expect(told).toHaveLength(6)
    expect(refused).toEqual(['conversations.history'])
  })

  it('is read often where Slack allows it', async () => {
    const refused = setup.slack.keepLimits(tiers)
    const told = await askUntilTold(30, 3 * minute)
    expect(told).toHaveLength(30)
    expect(setup.clock.now() - startOfTest).toBeLessThan(minute)
    expect(refused).toEqual([])
  })
})
