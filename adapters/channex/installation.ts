import type { Installation } from '../../src/port.ts'
import type { ChannexConfig } from './config.ts'
import type { Looks } from './poll/poller.ts'

/** The account, and how looking through it fares. */
export const toInstallation = (
  { baseUrl, propertyId }: Pick<ChannexConfig, 'baseUrl' | 'propertyId'>,
  { at, trouble }: Looks,
): Installation => ({
  name: `Account at ${new URL(baseUrl).host}`,
  ok: trouble === undefined,
  detail: trouble ?? (propertyId === undefined ? 'every property of its key' : `property ${propertyId}`),
  ...(at === undefined ? {} : { lookedAt: at }),
})
