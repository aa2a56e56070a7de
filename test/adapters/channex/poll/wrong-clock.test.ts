import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { minute, neverAborted } from '../../../fakes/clock.ts'
import { isSend } from '../../../fakes/channex/channex.ts'
import { createSetup, toPart, type Setup } from '../setup.ts'

const year = 365 * 24 * 60 * minute

let setup: Setup
let thread: string
beforeEach(async () => {
  setup = await createSetup()
  thread = setup.channex.open()
})
afterEach(() => setup.channex.close())

describe.each([-10 * minute, 20 * minute, -3 * 60 * minute, 30 * 60 * minute, -year, year])(
  'with a clock that is wrong by %i ms',
  (ms) => {
    it.each([
      [true, 'sent'],
      [false, 'absent'],
    ] as const)('a reply whose answer was lost, posted: %s, is %s', async (applied, outcome) => {
      const { clock, adapter, channex } = setup
      clock.set(ms)
      await adapter.clock?.learn(neverAborted)
      const since = adapter.clock?.now() ?? NaN
      channex.server.fail({ applied, kind: 'reset' }, { match: isSend })
      expect(await adapter.send(toPart(thread), neverAborted)).toMatchObject({ outcome: 'unknown' })
      await clock.advance(minute)
      expect(await adapter.confirm?.(toPart(thread), since, neverAborted)).toMatchObject({ outcome })
    })

    it('the first look and the next one find what guests wrote without a webhook', async () => {
      const { clock, adapter, channex, inbox } = setup
      channex.say(thread, 'Is there parking?')
      clock.set(ms)
      const stopping = new AbortController()
      const listening = adapter.listen?.(stopping.signal)
      await expect.poll(() => inbox.recorded.length).toBe(1)
      channex.say(thread, 'And breakfast?')
      for (let second = 0; second < 150 && inbox.recorded.length < 2; second += 1) {
        await clock.advance(1_000)
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      expect(inbox.recorded).toHaveLength(2)
      stopping.abort()
      await clock.advance(1_000)
      await listening
    })
  },
)
