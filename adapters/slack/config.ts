import { z } from 'zod/v4'
import type { ReportProblem, Settings } from '../../src/port.ts'
import { isSafeAddress } from '../../src/util/address.ts'
import {
  isGiven,
  list,
  matching,
  oneOrTwo,
  readRows,
  readSound,
  requireRows,
  type SettingRows,
  type SettingSection,
} from '../../src/util/setting.ts'
import { oauthRows, readOAuthConfig, type OAuthConfig } from './install/config.ts'

/** Slack's settings: of one workspace with its token, or of any number that install the app by OAuth. */
export interface SlackConfig {
  /** One secret, or two during a rotation. None only with an app token, since Slack then sends nothing by HTTP. */
  readonly signingSecrets: readonly string[]
  /** The app's own token, with which it fetches events over a connection that it opens itself (Socket Mode). */
  readonly appToken?: string
  /** One workspace's. */
  readonly botToken?: string
  /** Any number of workspaces. */
  readonly oauth?: OAuthConfig
  /** With a slash at its end. */
  readonly apiUrl: string
  /** How long our own message event may take, in milliseconds. Until then an unknown outcome is not looked up in the history. Left out: as Slack allows. */
  readonly echoMs?: number | undefined
  /** How long to wait between two readings of a workspace's history, in milliseconds. Left out: as Slack allows. */
  readonly historyEveryMs?: number | undefined
  /** Whether reactions show guests how far their messages have come. Default true. */
  readonly receipts?: boolean
  /** Ids of channels in which every message is for the hotel, with or without a mention. */
  readonly openChannels?: readonly string[]
}

const seconds = z
  .string()
  .refine(
    (value) => /^\d{1,4}(?:\.\d{1,3})?$/.test(value) && Number(value) <= 3600,
    'must be a number of seconds from 0 to 3600',
  )
  .transform((value) => Number(value) * 1000)

/** By their names in `SlackConfig`. */
const credentialRows = {
  signingSecrets: {
    name: 'SLACK_SIGNING_SECRET',
    schema: oneOrTwo(/^\S{8,}$/, 'must be one signing secret, or two with a comma while it is rotated'),
    isSecret: true,
    missing: 'is missing; copy it from the app page, Basic Information, Signing Secret',
    help: 'The signing secret, from the app’s page, *Basic Information*; two with a comma while it is rotated.',
  },
  botToken: {
    name: 'SLACK_BOT_TOKEN',
    schema: matching(
      /^xox[be][.-][\w.-]+$/,
      'is no bot token; take the Bot User OAuth Token, which begins with xoxb-',
    ),
    isSecret: true,
    missing: 'is missing; copy it from the app page, OAuth & Permissions, Bot User OAuth Token',
    help: 'One workspace: the Bot User OAuth Token, `xoxb-…`.',
  },
  appToken: {
    name: 'SLACK_APP_TOKEN',
    schema: matching(
      /^xapp-[\w.-]+$/,
      'is no app-level token; make one on the app page, Basic Information, App-Level Tokens, with connections:write',
    ),
    isSecret: true,
    help: 'Socket Mode, for a connector that Slack cannot reach: the app-level token, `xapp-…`.',
    details: '`SLACK_SIGNING_SECRET` may then be left out.',
  },
} as const satisfies SettingRows

const otherRows = {
  receipts: {
    name: 'SLACK_RECEIPTS',
    schema: matching(/^(?:on|off)$/, 'must be on or off').transform((value) => value === 'on'),
    default: 'on',
    help: '✅ ⚠️ on what guests write, and 👀 on what waits; `off`: none.',
  },
  openChannels: {
    name: 'SLACK_ALL_MESSAGES_CHANNELS',
    schema: list(
      /^[CG][A-Z0-9]+$/,
      "must be channel ids with commas between them, such as C0LOBBY; they stand in a channel's details",
    ),
    otherwise: 'none',
    help: 'Ids of channels in which every message is for the hotel, comma-separated; elsewhere what begins with a mention is.',
  },
  apiUrl: {
    name: 'SLACK_API_URL',
    schema: z
      .string()
      .refine(isSafeAddress, {
        error: 'must be an https address such as https://slack.com/api/ (http only for loopback)',
        abort: true,
      })
      .transform((value) => new URL(value).href.replace(/\/*$/, '/')),
    default: 'https://slack.com/api/',
    help: 'The address of Slack’s API; for tests.',
  },
  echoMs: {
    name: 'SLACK_CONFIRM_SECONDS',
    schema: seconds,
    otherwise: 'as Slack allows',
    help: 'How long to wait for Slack to show a message of ours before its history is read.',
    details:
      'It is read where the outcome of a post is unknown. By default 2 where history may be read every few seconds, 15 elsewhere.',
  },
  historyEveryMs: {
    name: 'SLACK_HISTORY_SECONDS',
    schema: seconds,
    otherwise: 'as Slack allows',
    help: 'The pause between two readings of a workspace’s history.',
    details:
      'By default about a second, and longer where Slack says so: it holds apps that are distributed outside its Marketplace to one reading a minute. Where history is read at least every `5`, messages that Slack repeats after a restart of the connector reach the hotel in the order they were written.',
  },
} as const satisfies SettingRows

/** What can be set. */
export const slackSettings: SettingSection = {
  title: 'Slack',
  guide: { path: 'adapters/slack/README.md', text: 'How to connect Slack' },
  rows: { ...credentialRows, ...oauthRows, ...otherRows },
}

const { botToken: bot, ...requestRows } = credentialRows
const { signingSecrets: signing, appToken: app } = requestRows

const switches = [signing, bot, oauthRows.clientId, app] as const

/** Reads Slack's settings; undefined when Slack is off (neither secret, token nor client id is set) or something was reported. */
export const readSlackConfig = (settings: Settings, report: ReportProblem): SlackConfig | undefined => {
  if (!switches.some(({ name }) => isGiven(name, settings))) return undefined
  return readSound(report, (note) => {
    const { signingSecrets = [], appToken } = readRows(requestRows, settings, note)
    if (!isGiven(app.name, settings)) requireRows([signing], settings, note)
    const { openChannels = [], ...other } = readRows(otherRows, settings, note)
    return {
      signingSecrets,
      ...(appToken === undefined ? {} : { appToken }),
      ...readAccess(settings, note),
      ...other,
      openChannels,
    }
  })
}

/** One workspace's token, or what any number of them install the app with. */
const readAccess = (settings: Settings, report: ReportProblem): Pick<SlackConfig, 'botToken' | 'oauth'> => {
  const oauth = readOAuthConfig(settings, report)
  if (oauth === undefined) {
    requireRows([bot], settings, report)
    const { botToken = '' } = readRows({ botToken: bot }, settings, report)
    return { botToken }
  }
  if (isGiven(bot.name, settings))
    report(bot.name, 'must be left out where workspaces install the app by OAuth (SLACK_CLIENT_ID)')
  return { oauth }
}
