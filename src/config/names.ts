import type { Settings } from '../port.ts'
import { settingsSchema } from './schema.ts'

/** Every setting there is; in `CONFIG_FILE` another name is an error, in the environment it is ignored. */
export const settingNames: ReadonlySet<string> = new Set([
  ...Object.keys(settingsSchema.shape),
  'CONFIG_FILE',
  'SLACK_SIGNING_SECRET',
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_CLIENT_ID',
  'SLACK_CLIENT_SECRET',
  'SLACK_STATE_SECRET',
  'SLACK_ALLOWED_TEAMS',
  'SLACK_RECEIPTS',
  'SLACK_ALL_MESSAGES_CHANNELS',
  'SLACK_API_URL',
  'SLACK_CONFIRM_SECONDS',
  'SLACK_HISTORY_SECONDS',
  'MicrosoftAppId',
  'MicrosoftAppPassword',
  'MicrosoftAppType',
  'MicrosoftAppTenantId',
  'MicrosoftAppClientId',
  'CertificateDiskPath',
  'CertificatePrivateKey',
  'CertificateThumbprint',
  'SignedAssertionFileDiskPath',
  'BOT_ALLOW_ANONYMOUS',
  'BOT_ALLOWED_TENANTS',
  'BOT_CLOUD',
  'BOT_SERVICE_URLS',
  'BOT_OPENID_METADATA',
  'BOT_TOKEN_URL',
  'CHANNEX_API_KEY',
  'CHANNEX_WEBHOOK_SECRET',
  'CHANNEX_BASE_URL',
  'CHANNEX_SYNC_SECONDS',
  'CHANNEX_PROPERTY_ID',
  'CHANNEX_MAX_LENGTH',
  'CHANNEX_CLOSE_RESOLVED',
])

/** The known settings that say something, trimmed. */
export const pickSettings = (given: Settings): Settings =>
  Object.fromEntries(
    Object.entries(given)
      .map(([name, value]) => [name, value?.trim() ?? ''] as const)
      .filter(([name, value]) => settingNames.has(name) && value !== ''),
  )

/** Whether the environment says nothing of a hotel or platform: then the sandbox runs. */
export const isUnconfigured = (settings: Settings): boolean =>
  !Object.keys(settings).some((name) => /^(?:MEWS_|SLACK_|Microsoft|BOT_|CHANNEX_|CONFIG_FILE$)/.test(name))
