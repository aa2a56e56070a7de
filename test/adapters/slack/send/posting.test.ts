import { afterEach, describe, expect, it } from 'vitest'
import type { Part } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { callsMethod, fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createSetup, type Setup, toPart } from '../setup.ts'

let setup: Setup
afterEach(() => setup.slack.close())

const partOf = (n: number, team: string = fakeWorkspace.team): Part => ({
  ...toPart('Until ten.'),
  deliveryId: `part-${n}`,
  address: { v: 1, team, channel: `D0GUEST${n}` },
})
const begin = async (part: Part, signal = neverAborted) => setup.adapter.mayBegin?.(part, signal)

describe('parts of several conversations', () => {
  it('begin at once where history may be read often', async () => {
    setup = await createSetup({ historyEveryMs: undefined })
    expect(await Promise.all([1, 2, 3].map((n) => begin(partOf(n))))).toEqual([0, 0, 0])
  })

  it('begin one after the other where it may not, so that a crash leaves one to be looked up', async () => {
    setup = await createSetup()
    expect(await begin(partOf(1))).toBe(0)
    expect(await begin(partOf(7, 'T0OTHER'))).toBe(0)
    const second = begin(partOf(2))
    const third = begin(partOf(3))
    await expect.poll(() => setup.clock.sleepers()).toBe(2)
    await setup.adapter.send(partOf(1), neverAborted)
    expect(await second).toBe(0)
    setup.clock.step(500)
    expect(await third).toBe(500)
  })

  it('wait no longer than a second for one that hangs, and not at all for a stop', async () => {
    setup = await createSetup()
    setup.slack.server.fail({ applied: false, kind: 'hang' }, { match: callsMethod('chat.postMessage') })
    expect(await begin(partOf(1))).toBe(0)
    const hanging = setup.adapter.send(partOf(1), neverAborted)
    expect(await begin(partOf(2), AbortSignal.abort())).toBe(500)
    setup.clock.step(1_000)
    expect(await begin(partOf(2))).toBe(0)
    expect(await hanging).toMatchObject({ outcome: 'unknown' })
    const third = begin(partOf(3))
    await expect.poll(() => setup.clock.sleepers()).toBe(1)
    setup.clock.step(500)
    expect(await third).toBe(500)
  })
})
