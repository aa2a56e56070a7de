import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type ChannexAccount,
  createChannexAccount,
  type WebhookDraft,
} from '../../../adapters/channex/set-up/account.ts'
import { ensureWebhook, toWebhookDraft } from '../../../adapters/channex/set-up/webhook.ts'
import type { Finding } from '../../../src/port.ts'
import { neverAborted } from '../../fakes/clock.ts'
import { toRefusal } from '../../fakes/channex/api.ts'
import { fakeAccount } from '../../fakes/channex/channex.ts'
import { createSetup, type Setup } from './setup.ts'

let setup: Setup
let account: ChannexAccount
beforeEach(async () => {
  setup = await createSetup()
  account = createChannexAccount(setup.request)
})
afterEach(() => setup.channex.close())

const { propertyId, otherPropertyId, secret } = fakeAccount
const wanted = toWebhookDraft('https://chat.example.com', { webhookSecrets: ['old', secret], propertyId })

const check = async (adapter = setup.adapter): Promise<readonly Finding[]> =>
  (await adapter.check?.(neverAborted)) ?? []
const faults = async (): Promise<readonly Finding[]> => (await check()).filter(({ ok }) => !ok)

const broken: readonly (readonly [string, Partial<WebhookDraft>])[] = [
  ['it is not active', { isActive: false }],
  ['it does not send data', { sendData: false }],
  ['it does not send all of message', { eventMask: 'message;inquiry' }],
  ['its X-Channex-Webhook-Secret is another one', { headers: { 'x-channex-webhook-secret': 'old' } }],
  ['it is for another property', { propertyId: otherPropertyId }],
]

describe('check', () => {
  it('finds nothing wrong with a sound account', async () => {
    await account.createWebhook(wanted, neverAborted)
    expect(await check()).toEqual([
      { name: 'Channex key', ok: true, detail: 'accepted' },
      { name: 'Channex Messages application', ok: true, detail: 'installed' },
      { name: 'Channex webhook', ok: true, detail: 'sound' },
      expect.objectContaining({ name: 'Clock (Channex)' }),
    ])
  })

  it('says what to do without the application, and without a webhook', async () => {
    setup.channex.installed.delete(propertyId)
    expect(await faults()).toMatchObject([
      { name: 'Channex Messages application', detail: expect.stringContaining('install it') },
      {
        name: 'Channex webhook',
        detail: expect.stringContaining('https://chat.example.com/channex/webhooks'),
      },
    ])
  })

  it.each(broken)('says of a webhook that %s', async (fault, change) => {
    await account.createWebhook({ ...wanted, ...change }, neverAborted)
    expect(await faults()).toEqual([
      { name: 'Channex webhook', ok: false, detail: expect.stringContaining(fault) },
    ])
  })

  it('takes every event and every property for enough', async () => {
    await account.createWebhook({ ...wanted, eventMask: '*', propertyId: undefined }, neverAborted)
    expect(await faults()).toEqual([])
  })

  it('wants no webhook where none can come', async () => {
    const [, , webhook] = await check(setup.again({ publicUrl: undefined }))
    expect(webhook).toMatchObject({ ok: true, detail: expect.stringContaining('every 120 s') })
  })

  it('says that the key is wrong, and not what it is', async () => {
    const findings = await check(setup.again({ apiKey: 'another-key' }))
    expect(findings).toMatchObject([
      { name: 'Channex key', ok: false, detail: expect.stringContaining('CHANNEX_API_KEY') },
    ])
    expect(JSON.stringify(findings)).not.toContain('another-key')
  })

  it('never throws', async () => {
    await setup.channex.server.pause()
    expect(await faults()).toMatchObject([{ name: 'Channex key' }])
  })
})

describe('ensureWebhook', () => {
  it('creates what is missing, once', async () => {
    expect(await ensureWebhook(account, wanted, neverAborted)).toMatchObject({ did: 'created' })
    expect(await ensureWebhook(account, wanted, neverAborted)).toMatchObject({ did: 'nothing' })
    expect(setup.channex.webhooks.size).toBe(1)
    expect(await faults()).toEqual([])
  })

  it.each(broken)('puts right that %s', async (fault, change) => {
    await account.createWebhook({ ...wanted, ...change }, neverAborted)
    expect(await ensureWebhook(account, wanted, neverAborted)).toEqual({
      did: 'repaired',
      faults: [expect.stringContaining(fault)],
    })
    expect(setup.channex.webhooks.size).toBe(1)
    expect(await faults()).toEqual([])
  })

  it('repairs a property’s own, which wins over a sound one for all of them', async () => {
    await account.createWebhook({ ...wanted, propertyId: undefined }, neverAborted)
    const { id } = await account.createWebhook({ ...wanted, sendData: false }, neverAborted)
    expect(await faults()).toMatchObject([{ name: 'Channex webhook' }])
    expect(await ensureWebhook(account, wanted, neverAborted)).toMatchObject({ did: 'repaired' })
    expect(setup.channex.webhooks.get(id)).toMatchObject({ send_data: true })
    expect(setup.channex.webhooks.size).toBe(2)
  })

  it('leaves others’ webhooks alone', async () => {
    const others = { ...wanted, callbackUrl: 'https://pms.example.com/hooks', isActive: false }
    const { id } = await account.createWebhook(others, neverAborted)
    await ensureWebhook(account, wanted, neverAborted)
    expect(setup.channex.webhooks.get(id)).toMatchObject({ is_active: false })
    expect(setup.channex.webhooks.size).toBe(2)
  })

  it('passes a refusal on', async () => {
    const answer = toRefusal(422, 'validation_error', 'x', { callback_url: ['invalid host'] })
    setup.channex.server.fail(
      { applied: false, kind: 'answer', answer },
      { match: ({ method }) => method === 'POST' },
    )
    const ensured = ensureWebhook(account, wanted, neverAborted)
    await expect(ensured).rejects.toThrow('callback_url invalid host')
  })
})
