import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChannexAccount, type ChannexAccount } from '../../../../adapters/channex/set-up/account.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { fakeAccount } from '../../../fakes/channex/channex.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
let account: ChannexAccount
beforeEach(async () => {
  setup = await createSetup()
  account = createChannexAccount(setup.request)
})
afterEach(() => setup.channex.close())

const draft = {
  callbackUrl: 'https://chat.example.com/channex/webhooks',
  eventMask: 'message;message_thread_booking_assigned;inquiry',
  propertyId: undefined,
  isActive: true,
  sendData: true,
  headers: { 'X-Channex-Webhook-Secret': fakeAccount.secret },
}

describe('a Channex account', () => {
  it('says on which properties the Messages application is installed', async () => {
    expect(await account.installedApplications(neverAborted)).toContainEqual({
      id: expect.any(String),
      code: 'channex_messages',
      propertyId: fakeAccount.propertyId,
    })
  })

  it('takes a webhook with everything that is off by default switched on', async () => {
    const { id } = await account.createWebhook(draft, neverAborted)
    expect(setup.channex.webhooks.get(id)).toEqual({
      callback_url: 'https://chat.example.com/channex/webhooks',
      event_mask: 'message;message_thread_booking_assigned;inquiry',
      property_id: null,
      is_global: true,
      headers: { 'X-Channex-Webhook-Secret': fakeAccount.secret },
      request_params: {},
      is_active: true,
      send_data: true,
      protected: false,
    })
  })

  it('lists its webhooks, with names of headers in lower case', async () => {
    const { id } = await account.createWebhook(draft, neverAborted)
    expect(await account.webhooks(neverAborted)).toEqual([
      { ...draft, id, headers: { 'x-channex-webhook-secret': fakeAccount.secret } },
    ])
  })

  it('replaces a whole webhook', async () => {
    const { id } = await account.createWebhook(draft, neverAborted)
    const changed = { ...draft, propertyId: fakeAccount.propertyId, sendData: false }
    expect(await account.updateWebhook(id, changed, neverAborted)).toMatchObject({
      id,
      propertyId: fakeAccount.propertyId,
      sendData: false,
    })
    expect(setup.channex.webhooks.get(id)).toMatchObject({ is_global: false })
  })

  it('tries a webhook and tells what was answered', async () => {
    expect(await account.testWebhook(draft, neverAborted)).toEqual({ status: 204, body: undefined })
  })
})
