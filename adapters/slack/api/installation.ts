import type { Workspace } from '../wire.ts'
import type { Routes } from '../workspace/channels.ts'

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

/** With whose eyes a recorded request is read. */
export interface ReadingInstallation {
  /** Left out: nothing is looked up. */
  readonly botToken?: string
  /** Another workspace than the one it came for. */
  readonly instead?: Workspace
}

/** Finds with which installation a request is read that came for a workspace; undefined where it is nothing to us. */
export type FindReadingInstallation = (
  workspace: Workspace,
  channel: string | undefined,
) => Promise<ReadingInstallation | undefined>

/** What `createFindSeer` needs. */
export interface FindReadingInstallationOptions {
  readonly findInstallation: FindInstallation
  readonly routes: Pick<Routes, 'workspaces'>
  readonly hasEnded: (workspace: Workspace) => Promise<boolean>
}

/**
 * The workspace's own installation; else one that is known in the same channel, for Slack picks whom it tells of a shared one;
 * else, where the workspace has ended its own, none: what was acknowledged by then still reaches the hotel.
 */
export const createFindReadingInstallation = ({
  findInstallation,
  routes,
  hasEnded,
}: FindReadingInstallationOptions): FindReadingInstallation => {
  const find = async (workspace: Workspace): Promise<ReadingInstallation | undefined> => {
    try {
      const installation = await findInstallation(workspace)
      return installation === undefined ? undefined : { botToken: installation.botToken }
    } catch (error) {
      if (error instanceof RefreshError) return {}
      throw error
    }
  }

  return async (workspace, channel) => {
    const own = await find(workspace)
    if (own !== undefined) return own
    for (const instead of channel === undefined ? [] : await routes.workspaces(channel)) {
      const other = await find(instead)
      if (other !== undefined) return { ...other, instead }
    }
    return (await hasEnded(workspace)) ? {} : undefined
  }
}

/** What we act with in one workspace. */
interface Installation {
  readonly botToken: string
}
