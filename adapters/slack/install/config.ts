import type { ReportProblem, Settings } from '../../../src/port.ts'
import { secretTooShort, shortestSecret } from '../../../src/util/secret.ts'

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

const required = {
  SLACK_CLIENT_ID: 'is missing; copy it from the app page, Basic Information, App Credentials',
  SLACK_CLIENT_SECRET: 'is missing; copy it from the app page, Basic Information, App Credentials',
  SLACK_STATE_SECRET: 'is missing; openssl rand -hex 32 makes one',
  PUBLIC_URL: 'is missing; installing by OAuth needs the https address by which browsers reach the connector',
  ENCRYPTION_KEY: 'is missing; installing by OAuth stores bot tokens: openssl rand -base64 32 makes a key',
} as const

const switches = ['SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET', 'SLACK_STATE_SECRET'] as const

/** Reads the settings of installing by OAuth; undefined when none of them is set. What is missing is reported. */
export const readOAuthConfig = (settings: Settings, report: ReportProblem): OAuthConfig | undefined => {
  const read = (name: string): string => settings[name]?.trim() ?? ''
  if (switches.every((name) => read(name) === '')) return undefined
  for (const [name, remedy] of Object.entries(required)) if (read(name) === '') report(name, remedy)
  const stateSecret = read('SLACK_STATE_SECRET')
  if (stateSecret !== '' && stateSecret.length < shortestSecret) report('SLACK_STATE_SECRET', secretTooShort)
  return {
    clientId: read('SLACK_CLIENT_ID'),
    clientSecret: read('SLACK_CLIENT_SECRET'),
    stateSecret,
    redirectUri: `${read('PUBLIC_URL').replace(/\/+$/, '')}/slack/oauth_redirect`,
    allowedTeams: readTeams(read('SLACK_ALLOWED_TEAMS'), report),
  }
}

const readTeams = (value: string, report: ReportProblem): readonly string[] => {
  if (value === '') return []
  const teams = value.split(',').map((team) => team.trim())
  if (teams.some((team) => !/^[TE][A-Z0-9]+$/.test(team)))
    report(
      'SLACK_ALLOWED_TEAMS',
      'must be ids of workspaces (T…) or organisations (E…) with commas between them',
    )
  return teams
}
