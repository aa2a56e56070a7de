import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Identity } from '../../../../src/port.ts'
import { isLookUp } from '../../../fakes/channex/channex.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.channex.close())

type Opened = Parameters<Setup['channex']['open']>[0]

/** Says who wrote in a thread, after what was written has been read. */
const identify = async (opened?: Opened): Promise<Identity | undefined> => {
  const thread = setup.channex.open(opened)
  setup.channex.say(thread, 'Late arrival')
  const payload = JSON.stringify(setup.channex.waiting.pop())
  await setup.adapter.read(payload, neverAborted)
  const before = setup.channex.server.requests.filter(isLookUp).length
  const identity = await setup.adapter.identify?.(payload, neverAborted)
  expect(setup.channex.server.requests.filter(isLookUp)).toHaveLength(before)
  return identity
}

it('tells number and address of the booking, without another request', async () => {
  expect(await identify()).toEqual({ bookingNumber: '4512345678', email: 'guest@example.com' })
})

it('takes the number out of the unique id where it does not stand alone', async () => {
  expect(await identify({ booking: { code: '', mail: null } })).toEqual({ bookingNumber: '4512345678' })
})

it('tells nothing where there is no booking', async () => {
  expect(await identify({ provider: 'AirBNB', bare: true, booking: undefined })).toEqual({})
  expect(await setup.adapter.identify?.('{"event":"review"}', neverAborted)).toEqual({})
})
