import type { ReportProblem, Settings } from '../../../src/port.ts'
import { secretTooShort, shortestSecret } from '../../../src/util/secret.ts'
import { anyText, isGiven, list, readRows, requireRows, type SettingRows } from '../../../src/util/setting.ts'

/** What workspaces install the app with. */
export interface OAuthConfig {
  readonly clientId: string
  readonly clientSecret: string
  /** Signs the state of an installation on its way. */
  readonly stateSecret: string
  /** Where Slack sends the browser back to: `<PUBLIC_URL>/slack/oauth_redirect`. */
  readonly redirectUri: string
  /** Ids of the workspaces or organisations that may install the app; empty: any. */
  readonly allowedTeams: readonly string[]
}

const fromTheApp = 'is missing; copy it from the app page, Basic Information, App Credentials'

/** By their names in `OAuthConfig`. */
export const oauthRows = {
  clientId: {
    name: 'SLACK_CLIENT_ID',
    schema: anyText,
    missing: fromTheApp,
    help: 'Any number of workspaces, by OAuth: the app’s client id. It wants `PUBLIC_URL` and `ENCRYPTION_KEY`.',
  },
  clientSecret: {
    name: 'SLACK_CLIENT_SECRET',
    schema: anyText,
    isSecret: true,
    missing: fromTheApp,
    help: 'By OAuth: the app’s client secret.',
  },
  stateSecret: {
    name: 'SLACK_STATE_SECRET',
    schema: anyText.refine((value) => value.length >= shortestSecret, secretTooShort),
    isSecret: true,
    missing: 'is missing; openssl rand -hex 32 makes one',
    help: 'By OAuth: random text that signs an installation on its way, 16 characters or more (`openssl rand -hex 32`).',
  },
  allowedTeams: {
    name: 'SLACK_ALLOWED_TEAMS',
    schema: list(
      /^[TE][A-Z0-9]+$/,
      'must be ids of workspaces (T…) or organisations (E…) with commas between them',
    ),
    otherwise: 'any',
    help: 'By OAuth: ids of the workspaces (T…) and organisations (E…) that may install the app, comma-separated.',
  },
} as const satisfies SettingRows

/** What it needs of the core's settings. */
const required = [
  {
    name: 'PUBLIC_URL',
    missing: 'is missing; installing by OAuth needs the https address by which browsers reach the connector',
  },
  {
    name: 'ENCRYPTION_KEY',
    missing: 'is missing; installing by OAuth stores bot tokens: openssl rand -base64 32 makes a key',
  },
] as const

const switches = [oauthRows.clientId, oauthRows.clientSecret, oauthRows.stateSecret] as const

/** Reads the settings of installing by OAuth; undefined when none of them is set. What is missing is reported. */
export const readOAuthConfig = (settings: Settings, report: ReportProblem): OAuthConfig | undefined => {
  if (!switches.some(({ name }) => isGiven(name, settings))) return undefined
  requireRows([...switches, ...required], settings, report)
  const {
    clientId = '',
    clientSecret = '',
    stateSecret = '',
    allowedTeams = [],
  } = readRows(oauthRows, settings, report)
  return {
    clientId,
    clientSecret,
    stateSecret,
    redirectUri: `${(settings['PUBLIC_URL']?.trim() ?? '').replace(/\/+$/, '')}/slack/oauth_redirect`,
    allowedTeams,
  }
}
