import type { ReportProblem, Settings } from '../../src/port.ts'
import { isSafeAddress } from '../../src/util/address.ts'
import { readOAuthConfig, type OAuthConfig } from './install/config.ts'

/** Slack's settings: of one workspace with its token, or of any number that install the app by OAuth. */
export interface SlackConfig {
  /** One, or two while the secret is rotated; none only where an app token is: then Slack sends nothing by HTTP. */
  readonly signingSecrets: readonly string[]
  /** The app's own token, with which it fetches events over a connection that it opens itself (Socket Mode). */
  readonly appToken?: string
  /** One workspace's. */
  readonly botToken?: string
  /** Any number of workspaces. */
  readonly oauth?: OAuthConfig
  /** With a slash at its end. */
  readonly apiUrl: string
  /** How long our own message event may take, in milliseconds; until then the history is not asked about an unknown outcome. */
  readonly echoMs: number
  /** How long to wait between two readings of a workspace's history, in milliseconds. */
  readonly historyEveryMs: number
  /** Whether guests see by reactions how far their messages are. Default true. */
  readonly receipts?: boolean
  /** Ids of channels in which everything is for the hotel, not only what follows a mention. */
  readonly openChannels?: readonly string[]
}

const switches = ['SLACK_SIGNING_SECRET', 'SLACK_BOT_TOKEN', 'SLACK_CLIENT_ID', 'SLACK_APP_TOKEN'] as const

/** Reads Slack's settings; undefined when Slack is off (neither secret, token nor client id is set) or something was reported. */
export const readSlackConfig = (settings: Settings, report: ReportProblem): SlackConfig | undefined => {
  const read = (name: string): string => settings[name]?.trim() ?? ''
  if (switches.every((name) => read(name) === '')) return undefined
  const appToken = read('SLACK_APP_TOKEN')
  let sound = true
  const note: ReportProblem = (setting, remedy) => {
    sound = false
    report(setting, remedy)
  }
  const config: SlackConfig = {
    signingSecrets: readSecrets(read('SLACK_SIGNING_SECRET'), appToken, note),
    ...readAppToken(appToken, note),
    ...readAccess(settings, read('SLACK_BOT_TOKEN'), note),
    apiUrl: readApiUrl(read('SLACK_API_URL') || 'https://slack.com/api/', note),
    echoMs: readSeconds('SLACK_CONFIRM_SECONDS', settings['SLACK_CONFIRM_SECONDS'] ?? '15', note),
    historyEveryMs: readSeconds('SLACK_HISTORY_SECONDS', settings['SLACK_HISTORY_SECONDS'] ?? '60', note),
    receipts: readReceipts(read('SLACK_RECEIPTS') || 'on', note),
    openChannels: readIds('SLACK_ALL_MESSAGES_CHANNELS', read('SLACK_ALL_MESSAGES_CHANNELS'), note),
  }
  return sound ? Object.freeze(config) : undefined
}

const readSecrets = (value: string, appToken: string, report: ReportProblem): readonly string[] => {
  if (value === '' && appToken !== '') return []
  const secrets = value.split(',').map((secret) => secret.trim())
  if (value === '')
    report('SLACK_SIGNING_SECRET', 'is missing; copy it from the app page, Basic Information, Signing Secret')
  else if (secrets.length > 2 || secrets.some((secret) => !/^\S{8,}$/.test(secret)))
    report('SLACK_SIGNING_SECRET', 'must be one signing secret, or two with a comma while it is rotated')
  return secrets
}

const readAppToken = (value: string, report: ReportProblem): Pick<SlackConfig, 'appToken'> => {
  if (value === '') return {}
  if (!/^xapp-[\w.-]+$/.test(value))
    report(
      'SLACK_APP_TOKEN',
      'is no app-level token; make one on the app page, Basic Information, App-Level Tokens, with connections:write',
    )
  return { appToken: value }
}

const readAccess = (settings: Settings, token: string, report: ReportProblem): Access => {
  const oauth = readOAuthConfig(settings, report)
  if (oauth === undefined) return { botToken: readBotToken(token, report) }
  if (token !== '')
    report('SLACK_BOT_TOKEN', 'must be left out where workspaces install the app by OAuth (SLACK_CLIENT_ID)')
  return { oauth }
}

type Access = Pick<SlackConfig, 'botToken' | 'oauth'>

const readBotToken = (value: string, report: ReportProblem): string => {
  if (value === '')
    report(
      'SLACK_BOT_TOKEN',
      'is missing; copy it from the app page, OAuth & Permissions, Bot User OAuth Token',
    )
  else if (!/^xox[be][.-][\w.-]+$/.test(value))
    report('SLACK_BOT_TOKEN', 'is no bot token; take the Bot User OAuth Token, which begins with xoxb-')
  return value
}

const readApiUrl = (value: string, report: ReportProblem): string => {
  if (isSafeAddress(value)) return new URL(value).href.replace(/\/*$/, '/')
  report('SLACK_API_URL', 'must be an https address such as https://slack.com/api/ (http only for loopback)')
  return value
}

const readSeconds = (setting: string, value: string, report: ReportProblem): number => {
  const seconds = Number(value)
  if (!/^\d{1,4}(?:\.\d{1,3})?$/.test(value) || seconds > 3600)
    report(setting, 'must be a number of seconds from 0 to 3600')
  return seconds * 1000
}

const readReceipts = (value: string, report: ReportProblem): boolean => {
  if (value !== 'on' && value !== 'off') report('SLACK_RECEIPTS', 'must be on or off')
  return value !== 'off'
}

/** Ids, comma-separated. */
const readIds = (setting: string, value: string, report: ReportProblem): readonly string[] => {
  const ids = value.split(',').map((id) => id.trim())
  if (value === '') return []
  if (ids.some((id) => !/^[CG][A-Z0-9]+$/.test(id)))
    report(
      setting,
      "must be channel ids with commas between them, such as C0LOBBY; they stand in a channel's details",
    )
  return ids
}
