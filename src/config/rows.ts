import { z } from 'zod/v4'
import { anyText, decimal, type SettingRows, type SettingSection } from '../util/setting.ts'
import { language } from './language.ts'
import {
  alertSecrets,
  alertUrl,
  baseAddress,
  databaseUrl,
  encryptionKey,
  hostName,
  keyvUrl,
  logLevel,
  onOff,
  risingMinutes,
  secret,
  staySource,
  webhookTokens,
  whole,
} from './schema.ts'

/** Milliseconds are what the code counts in; the settings' names say what people write. */
const second = 1000

const hour = 3600 * second

const day = 24 * hour

/** In `Config` itself. */
export const topRows = {
  logLevel: {
    name: 'LOG_LEVEL',
    schema: logLevel,
    default: 'info',
    help: '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.',
    details: 'The log is JSON lines on standard output, and readable lines on a terminal.',
  },
} as const satisfies SettingRows

/** `Config.http`. */
export const httpRows = {
  port: {
    name: 'PORT',
    schema: whole(0, 65_535),
    default: '3978',
    help: 'The port it listens on; `0` takes a free one.',
  },
  host: {
    name: 'HOST',
    schema: hostName,
    default: '0.0.0.0',
    help: 'The address it listens on; the sandbox and a bot without authentication take `127.0.0.1` only.',
  },
  publicUrl: {
    name: 'PUBLIC_URL',
    schema: baseAddress,
    example: 'https://chat.example.com',
    help: 'The https address by which platforms reach the connector; OAuth and `manifest` need it.',
  },
  /** With this, closing the server takes no longer than stopping the relay does: 8 s of the 10 that a stop may take. */
  stopDelayMs: {
    name: 'STOP_DELAY_SECONDS',
    schema: decimal(0, 4, second),
    default: '0',
    help: 'For so long after SIGTERM the connector still takes requests, while `/readyz` answers 503; up to 4.',
    details: 'Behind a load balancer `3`, so that it notices.',
  },
  adminToken: {
    name: 'ADMIN_TOKEN',
    schema: secret,
    isSecret: true,
    help: 'Opens the console at `/admin`; without it the console is off. 16 characters or more (`openssl rand -hex 32`).',
  },
  metricsToken: {
    name: 'METRICS_TOKEN',
    schema: secret,
    isSecret: true,
    help: '`/metrics` wants it as a bearer token; 16 characters or more (`openssl rand -hex 32`).',
    details: 'Without it everybody who reaches the port may read them.',
  },
} as const satisfies SettingRows

/** What `readConfigFile` reads; the only setting that cannot stand in the file. */
export const configFileRow = {
  name: 'CONFIG_FILE',
  schema: anyText,
  example: 'connector.yaml',
  help: 'A YAML file with several hotels, the bot’s words, or any of these settings.',
  details: '[What stands in it](#config_file).',
} as const

/** `Config.store`. */
export const storeRows = {
  databaseUrl: {
    name: 'DATABASE_URL',
    schema: databaseUrl,
    default: 'sqlite:data/connector.db',
    help: 'Where everything is recorded: `sqlite:<path>` for one `serve`, `postgres://…` (14 or newer) for any number of them.',
    details:
      '`sslmode` in the address means the same as for libpq (but `prefer` never falls back to less; left out: unencrypted). A role with `synchronous_commit = off` is refused.',
  },
  keyvUrl: {
    name: 'KEYV_URL',
    schema: keyvUrl,
    otherwise: 'the database',
    help: 'Where bindings and installations live when not in the database, such as `redis://127.0.0.1:6379`.',
    details:
      '`redis://…`, `valkey://…`, `postgres://…`, `mysql://…`, `mongodb://…`: install its Keyv adapter beside the connector (`npm install @keyv/redis`). While it is away, messages and replies wait, and no second thread is opened. It must keep what it is given: Redis with `appendonly yes` and `maxmemory-policy noeviction`. Bindings that it lost, or that came back from an old snapshot with another thread, are made anew from the database; a Slack workspace whose installation is lost installs the app again.',
  },
  encryptionKey: {
    name: 'ENCRYPTION_KEY',
    schema: encryptionKey,
    isSecret: true,
    help: '32 bytes in base64 (`openssl rand -base64 32`): records with bot tokens are encrypted at rest. Slack’s OAuth needs it.',
  },
  retentionMs: {
    name: 'RETENTION_DAYS',
    schema: decimal(0.001, 36_500, day),
    help: 'Texts and names older than this are erased; without it they stay.',
    details: 'So are older events that the database never took (`event put aside`).',
  },
} as const satisfies SettingRows

/** `Config.mews`. */
export const mewsRows = {
  platformAddress: {
    name: 'MEWS_PLATFORM_ADDRESS',
    schema: baseAddress,
    default: 'https://api.mews.com',
    help: 'The address of Mews’s Connector API.',
  },
  clientToken: {
    name: 'MEWS_CLIENT_TOKEN',
    schema: anyText,
    isSecret: true,
    missing: 'must be set to the client token that Mews gave for this integration',
    help: 'The client token that Mews gave for this integration.',
  },
  client: {
    name: 'MEWS_CLIENT',
    schema: anyText,
    otherwise: '`MewsChatConnector <version>`',
    help: 'How Mews sees this installation, as name and version.',
    details: 'Give each installation a name of its own: Mews’s certification tells integrations apart by it.',
  },
  webhookTokens: {
    name: 'MEWS_WEBHOOK_TOKEN',
    schema: webhookTokens,
    isSecret: true,
    missing: 'must be set to the secret in the webhook’s address, ?Token=…; openssl rand -hex 32 makes one',
    help: 'The secret in the webhook’s address, `?Token=…`; 16 characters or more (`openssl rand -hex 32`).',
    details: 'Two with a comma while it is changed.',
  },
  requestsPer30s: {
    name: 'MEWS_REQUESTS_PER_30S',
    schema: whole(1, 200),
    default: '180',
    help: 'Requests to Mews in any 30 seconds for each access token; the platform allows 200.',
  },
  timeoutMs: {
    name: 'MEWS_TIMEOUT_SECONDS',
    schema: decimal(0.1, 300, second),
    default: '30',
    help: 'How long one request to Mews may take.',
  },
} as const satisfies SettingRows

/** The only one of `Config.properties`, where no file lists them. */
export const propertyRows = {
  accessToken: {
    name: 'MEWS_ACCESS_TOKEN',
    schema: anyText,
    isSecret: true,
    isPerHotel: true,
    missing: 'must be set to the property’s access token, or CONFIG_FILE must list properties',
    help: 'The property’s access token; several properties stand in `CONFIG_FILE`.',
  },
  enterpriseId: {
    name: 'MEWS_ENTERPRISE_ID',
    schema: anyText,
    isPerHotel: true,
    otherwise: 'asked from the API',
    help: 'The property’s id; webhooks of other enterprises are ignored.',
  },
  stay: {
    name: 'MEWS_STAY',
    schema: staySource,
    default: 'off',
    help: '`number`, `email`: whose stay it is, looked up in Mews and told to the staff alone.',
    details:
      '`number` looks for the number of a booking site; `email` also for the address that a Slack workspace or a Teams tenant gives. [What Mews must permit](../mews/README.md#whose-stay-it-is). A hotel of `CONFIG_FILE` may have its own (`stay`).',
  },
} as const satisfies SettingRows

/** `Config.relay`. */
export const relayRows = {
  syncMs: {
    name: 'MEWS_SYNC_SECONDS',
    schema: decimal(0.1, 86_400, second),
    default: '120',
    help: 'How often replies are looked for without a webhook; also once at the start.',
  },
  confirmMs: {
    name: 'MEWS_CONFIRM_SECONDS',
    schema: decimal(0, 300, second),
    default: '10',
    help: 'How long after an attempt with unknown outcome its effect may still appear in Mews.',
  },
  retryMs: {
    name: 'DELIVERY_RETRY_SECONDS',
    schema: decimal(0.01, 300, second),
    default: '1',
    help: 'The first pause before another attempt; it doubles up to five minutes.',
  },
  giveUpMs: {
    name: 'DELIVERY_GIVE_UP_HOURS',
    schema: decimal(0.001, 8760, hour),
    default: '24',
    help: 'What cannot be delivered for this long, counted from its own first attempt, ends as failed, and its writer is told.',
  },
  idleMs: {
    name: 'THREAD_IDLE_DAYS',
    schema: decimal(0.001, 36_500, day),
    default: '30',
    help: 'A conversation that was silent for longer begins a new thread.',
  },
} as const satisfies SettingRows

/** `Config.alarms`. */
export const alarmRows = {
  minutes: {
    name: 'REPLY_ALARM_MINUTES',
    schema: risingMinutes,
    otherwise: 'no alarm',
    help: 'Rising minutes, such as `10,30,120`: after each an alarm tells that a guest still waits for a reply.',
    details:
      'It goes to `ALERT_URL`, and with `REPLY_ALARM_TASK=on` to Mews. Of those that fell due while the connector was off, the highest is told.',
  },
  url: {
    name: 'ALERT_URL',
    schema: alertUrl,
    isSecret: true,
    help: 'The https address that alarms are posted to, as JSON: `text`, `conversation`, `property`, `waitedSeconds`.',
    details: 'Slack’s and Teams’ own incoming webhooks take it as well. No guest’s words or name are in it.',
  },
  secrets: {
    name: 'ALERT_SECRET',
    schema: alertSecrets,
    isSecret: true,
    help: 'Signs what goes to `ALERT_URL`, as Standard Webhooks do: `whsec_…` (`echo whsec_$(openssl rand -base64 32)`).',
    details: 'Two with a comma while it is rotated. Without it nothing is signed.',
  },
  isTask: {
    name: 'REPLY_ALARM_TASK',
    schema: onOff,
    default: 'off',
    help: '`on`: an alarm is a task in Mews as well. The integration needs the permission to add and list tasks.',
  },
  isOpenTimeOnly: {
    name: 'REPLY_ALARM_HOURS',
    schema: z.enum(['all', 'open'], 'must be all or open').transform((text) => text === 'open'),
    default: 'all',
    help: '`open`: the minutes of an alarm count only while the desk is open (`hours` in `CONFIG_FILE`).',
  },
} as const satisfies SettingRows

/** In `Config` itself, beside the texts of the file. */
export const textRows = {
  language: {
    name: 'LANGUAGE',
    schema: language,
    otherwise: 'asked from Mews',
    help: 'The hotel’s language (BCP 47: `de`, `pt-BR`): what the staff read is in it, and what guests read of whom no language is known.',
    details: 'A desktop’s list (`de_AT:de`) counts by its first language, unless `CONFIG_FILE` names one.',
  },
} as const satisfies SettingRows

const { clientToken, webhookTokens: webhookRow, ...otherMewsRows } = mewsRows
const { accessToken, enterpriseId, stay } = propertyRows
const { syncMs, confirmMs, ...deliveryRows } = relayRows

/** The core's settings, as people look for them. */
export const coreSections: readonly SettingSection[] = [
  { title: 'Where it listens', rows: { ...httpRows, ...topRows, configFile: configFileRow } },
  { title: 'Where it keeps things', rows: storeRows },
  {
    title: 'Mews',
    guide: { path: 'src/mews/README.md#connect-mews', text: 'How to connect Mews' },
    rows: { clientToken, accessToken, webhookRow, enterpriseId, ...otherMewsRows, syncMs, confirmMs, stay },
  },
  { title: 'Delivery', rows: { ...deliveryRows, ...textRows } },
  {
    title: 'Guests who wait',
    guide: { path: 'src/config/README.md#guests-who-wait-for-a-reply', text: 'How alarms work' },
    rows: alarmRows,
  },
]
