import type { webApi } from '@slack/bolt'
import type { Fields, Workspace } from '../wire.ts'
import type { Routes } from '../workspace/channels.ts'

/**
 * Finds the installation for a workspace, with a token that is valid now; undefined where we are not installed. `refused` is a token that
 * Slack has called expired; it is given again only if no other can be had. Rejects with `PassingError` when the records cannot be read, and
 * `RefreshError` when a new token could not be had.
 */
export type FindInstallation = (workspace: Workspace, refused?: string) => Promise<Installation | undefined>

/** Always gives the one installation of the settings, since Slack sends it events of no other workspace. */
export const createConfiguredInstallation = (botToken: string): FindInstallation => {
  const installation = Object.freeze({ botToken })
  return () => Promise.resolve(installation)
}

/** The token has expired, and Slack gave no new one. */
export class RefreshError extends Error {
  readonly code = 'token_not_refreshed'
  /** Slack no longer accepts the refresh token: the app must be installed again. */
  readonly final: boolean
  constructor(team: string, final: boolean, cause: unknown) {
    super(`Slack gave no new token for the workspace ${team}; install the app again if this stays so`, {
      cause,
    })
    this.name = 'RefreshError'
    this.final = final
  }
}

/** The installation with which a recorded request is read. */
export interface ReadingInstallation {
  /** Without it, nothing is looked up. */
  readonly botToken?: string
  /** Set where it is another workspace than the one the request came for. */
  readonly instead?: Workspace
}

/** One recorded request, and the installation with which it is read. */
export interface Given {
  readonly body: Fields
  readonly workspace: Workspace
  /** Undefined where there is no token; nothing is looked up then. */
  readonly client: webApi.WebClient | undefined
  readonly signal: AbortSignal
  /** The hotel's, an IANA name; undefined where it is not known yet. */
  readonly timeZone?: string | undefined
}

/** Finds the installation with which to read a request for a workspace; undefined where the request does not concern us. */
export type FindReadingInstallation = (
  workspace: Workspace,
  channel: string | undefined,
) => Promise<ReadingInstallation | undefined>

/** What `createFindReadingInstallation` needs. */
export interface FindReadingInstallationOptions {
  readonly findInstallation: FindInstallation
  readonly routes: Pick<Routes, 'workspaces'>
  readonly hasEnded: (workspace: Workspace) => Promise<boolean>
}

/**
 * Takes the workspace's own installation, or else one that is known in the same channel, because Slack chooses which workspace it tells of
 * a shared channel. Where the workspace has ended its installation, the request is read without one, so that what was acknowledged before
 * still reaches the hotel.
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
