import type { Workspace } from '../wire.ts'

/** What we act with in one workspace. */
interface Installation {
  readonly botToken: string
}

/**
 * Finds the installation for a workspace, with a token that is good now; undefined where we are not installed.
 * `refused`: a token that Slack has called expired, not to be given again if another can be had. Rejects with
 * `PassingError` when the records cannot be read, and `RefreshError` when a new token could not be had.
 */
export type FindInstallation = (workspace: Workspace, refused?: string) => Promise<Installation | undefined>

/** The one installation of the settings, whatever the workspace: Slack sends nothing of others to it. */
export const createConfiguredInstallation = (botToken: string): FindInstallation => {
  const installation = Object.freeze({ botToken })
  return () => Promise.resolve(installation)
}

/** The token is at its end and Slack gave no other one. */
export class RefreshError extends Error {
  readonly code = 'token_not_refreshed'
  /** Slack takes the refresh token no more: only a new installation helps. */
  readonly final: boolean
  constructor(team: string, final: boolean, cause: unknown) {
    super(`Slack gave no new token for the workspace ${team}; install the app again if this stays so`, {
      cause,
    })
    this.name = 'RefreshError'
    this.final = final
  }
}
