import { webApi } from '@slack/bolt'
import type { Clock, Log, Route, Vault } from '../../../src/port.ts'
import { createClientOptions, createLibraryLog } from '../api/bolt.ts'
import type { Bots } from '../workspace/people.ts'
import type { SlackConfig } from '../config.ts'
import { createConfiguredInstallation, type FindInstallation } from '../api/installation.ts'
import { createExchange, createInstallRoutes } from './oauth.ts'
import { createInstallations, keysOf, type Installations } from './stored.ts'
import { createFindToken } from './tokens.ts'
import type { Workspace } from '../wire.ts'

/** Finds installations, and offers the routes by which workspaces install the app. */
export interface Access {
  readonly findInstallation: FindInstallation
  /** Whether a workspace, or its organisation, once had an installation that it has ended. */
  readonly hasEnded: (workspace: Workspace) => Promise<boolean>
  readonly routes: readonly Route[]
  /** Undefined where the one installation is in the settings. */
  readonly installations?: Installations
  /** The installation for whose token Slack gave no new one. */
  readonly failing: ReadonlyMap<string, string>
}

/** What `createAccess` needs. */
export interface AccessOptions {
  readonly config: Pick<SlackConfig, 'oauth' | 'apiUrl' | 'botToken'>
  readonly records: Vault
  readonly bots: Bots
  readonly clock: Clock
  readonly log: Log
  readonly fetch: typeof globalThis.fetch
  readonly random: () => number
}

/** The settings hold the installation of one workspace; the records hold those of several, which installing writes. */
export const createAccess = (options: AccessOptions): Access => {
  const { config, records, clock, log } = options
  const { oauth, apiUrl, botToken = '' } = config
  const failing = new Map<string, string>()
  if (oauth === undefined)
    return {
      findInstallation: createConfiguredInstallation(botToken),
      hasEnded: () => Promise.resolve(false),
      routes: [],
      failing,
    }
  const clientOptions = createClientOptions({ ...options, apiUrl })
  const logger = createLibraryLog(log, clock)
  const client = new webApi.WebClient(undefined, { ...clientOptions, logger })
  const installations = createInstallations(records)
  const exchange = createExchange(client, oauth, clock)
  return {
    installations,
    failing,
    findInstallation: createFindToken({ installations, exchange, failing, clock, log }),
    hasEnded: async (workspace) =>
      (await Promise.all(keysOf(workspace).map((key) => installations.hasEnded(key)))).some(Boolean),
    routes: createInstallRoutes({ ...options, config: oauth, apiUrl, clientOptions, logger, installations }),
  }
}
