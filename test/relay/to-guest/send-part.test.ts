import { describe, expect, it } from 'vitest'
import type { Adapter, Confirmation } from '../../../src/port.ts'
import { sendPart } from '../../../src/relay/to-guest/send-part.ts'
import { waitingPart } from '../../../src/relay/turns/plan.ts'
import type { Delivery } from '../../../src/store/lanes/types.ts'
import { createManualClock, minute, neverAborted, second } from '../../fakes/clock.ts'
import { silentLog } from '../../fakes/log.ts'

const times = {
  confirmMs: 10 * second,
  retryMs: second,
  retryMaxMs: minute,
  giveUpMs: minute,
  idleMs: minute,
  syncMs: minute,
  leaseMs: minute,
}

/** One part on its way to a platform that answers as given. */
const createTrial = (platform: Pick<Adapter, 'mayBegin'> & { readonly says?: readonly Confirmation[] }) => {
  const clock = createManualClock()
  const intents: Delivery[] = []
  const sent: string[] = []
  const said = [...(platform.says ?? [])]
  const adapter: Adapter = {
    name: 'fake',
    label: 'Fake',
    routes: [],
    read: async () => ({ turns: [] }),
    split: (text) => [text],
    send: async ({ text }) => {
      sent.push(text)
      return { outcome: 'sent' }
    },
    confirm: async () => said.shift() ?? { outcome: 'absent' },
    ...(platform.mayBegin === undefined ? {} : { mayBegin: platform.mayBegin }),
  }
  const intend = async (delivery: Delivery): Promise<boolean> => intents.push(delivery) > 0
  const context = { clock, random: () => 0.5, times, log: silentLog }
  const to = { deliveryId: 'd-1', address: { v: 1 } }
  const piece = { pos: 1, part: 0, text: 'Until ten.', target: '', author: '', at: clock.now() }
  return {
    clock,
    intents,
    sent,
    waiting: waitingPart(piece),
    run: (delivery: Delivery) => sendPart(delivery, to, { adapter, context, intend }, neverAborted),
  }
}

describe('a part that may not begin yet', () => {
  it('waits without an intent, so that a crash leaves nothing to look up', async () => {
    const { intents, sent, waiting, run } = createTrial({ mayBegin: async () => 300 })
    expect(await run(waiting)).toMatchObject({
      next: 'later',
      afterMs: 300,
      countAttempt: false,
      delivery: { state: 'waiting' },
    })
    expect({ intents, sent }).toEqual({ intents: [], sent: [] })
  })

  it('is not looked up again once it is certain that it is not there', async () => {
    const { clock, waiting, run } = createTrial({ mayBegin: async () => 300 })
    const attempted = { ...waiting, state: 'sending', reason: 'Slack: HTTP 500' } as const
    clock.step(10 * second)
    expect(await run(attempted)).toMatchObject({ next: 'later', delivery: { state: 'waiting' } })
  })
})

describe('a part that another process was sending', () => {
  it('is sent after one look that says absent, when it was first asked about long enough ago', async () => {
    const busy: Confirmation = { outcome: 'cannot tell', reason: 'busy', afterMs: 10 * second }
    const { clock, sent, waiting, run } = createTrial({ says: [busy, { outcome: 'absent' }] })
    const first = await run({ ...waiting, state: 'sending' })
    expect(first).toMatchObject({ next: 'later', afterMs: 10 * second })
    clock.step(10 * second)
    if (first === undefined) throw new Error('the lane is lost')
    expect(await run(first.delivery)).toMatchObject({ next: 'done' })
    expect(sent).toEqual(['Until ten.'])
  })

  it('may still appear for as long from the first question on', async () => {
    const { clock, sent, waiting, run } = createTrial({})
    const first = await run({ ...waiting, state: 'sending' })
    expect(first).toMatchObject({ next: 'later', afterMs: 10 * second })
    clock.step(9 * second)
    if (first === undefined) throw new Error('the lane is lost')
    expect(await run(first.delivery)).toMatchObject({ next: 'later', afterMs: second })
    expect(sent).toEqual([])
  })
})
