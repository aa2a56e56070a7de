import type { Adapter, Finding, Installation, RemoteClock } from '../../src/port.ts'
import { failureCode } from '../../src/util/failure.ts'
import { checkClock } from '../../src/util/remote-clock.ts'
import { ChannexError } from './api/error.ts'
import type { ChannexConfig } from './config.ts'
import type { Looks } from './poll/poller.ts'
import type { Application, ChannexAccount, Webhook } from './set-up/account.ts'
import { findFaults, findWebhook, toWebhookDraft } from './set-up/webhook.ts'

/** Asks Channex whether key, application and webhook are as they must be. */
export const createCheck =
  (
    account: ChannexAccount,
    config: ChannexConfig,
    clock: Pick<RemoteClock, 'skewMs'>,
  ): NonNullable<Adapter['check']> =>
  async (signal) => {
    const key = { name: 'Channex key', ok: true, detail: 'accepted' }
    try {
      const application = checkApplication(await account.installedApplications(signal), config.propertyId)
      return [
        key,
        application,
        checkWebhook(await account.webhooks(signal), config),
        checkClock('Channex', 'Channex', clock),
      ]
    } catch (error) {
      const detail = error instanceof ChannexError ? error.message : failureCode(error)
      return [{ ...key, ok: false, detail }]
    }
  }

/** The account, and whether polling it works. */
export const toInstallation = (
  { baseUrl, propertyId }: Pick<ChannexConfig, 'baseUrl' | 'propertyId'>,
  { at, failure }: Looks,
): Installation => ({
  name: `Account at ${new URL(baseUrl).host}`,
  ok: failure === undefined,
  detail: failure ?? (propertyId === undefined ? 'every property of its key' : `property ${propertyId}`),
  ...(at === undefined ? {} : { lookedAt: at }),
})

const checkApplication = (installed: readonly Application[], propertyId: string | undefined): Finding => {
  const on = installed.filter(({ code }) => code === 'channex_messages')
  const ok = propertyId === undefined ? on.length > 0 : on.some((one) => one.propertyId === propertyId)
  const detail = ok
    ? 'installed'
    : 'not installed: install it in Channex, under Applications, on the property; it is paid for'
  return { name: 'Channex Messages application', ok, detail }
}

const checkWebhook = (webhooks: readonly Webhook[], config: ChannexConfig): Finding => {
  const name = 'Channex webhook'
  const { publicUrl, syncMs } = config
  const meanwhile = `until then messages are found every ${syncMs / 1000} s`
  if (publicUrl === undefined)
    return { name, ok: true, detail: `PUBLIC_URL is not set: messages are found every ${syncMs / 1000} s` }
  const wanted = toWebhookDraft(publicUrl, config)
  const webhook = findWebhook(webhooks, wanted)
  if (webhook === undefined)
    return {
      name,
      ok: false,
      detail: `none calls ${wanted.callbackUrl}: mews-chat channex webhook creates it; ${meanwhile}`,
    }
  const faults = findFaults(webhook, wanted)
  return {
    name,
    ok: faults.length === 0,
    detail:
      faults.length === 0
        ? 'sound'
        : `${faults.join('; ')}: mews-chat channex webhook repairs it; ${meanwhile}`,
  }
}
