import pLimit from 'p-limit'
import type { Adapter, Installation, Log, Vault } from '../../../src/port.ts'
import type { SlackConfig } from '../config.ts'
import { type Envelope, readFields, readString } from '../wire.ts'
import type { Access } from './access.ts'
import {
  createInstallations,
  type EndedInstallation,
  type Installations,
  keysOf,
  type StoredInstallation,
} from './stored.ts'

/** What `createInstallationStatus` needs. */
export interface InstallationStatusOptions extends Pick<Access, 'failing'> {
  readonly config: Pick<SlackConfig, 'appToken' | 'oauth'>
  readonly installations?: Pick<Installations, 'list' | 'read' | 'ended'> | undefined
  readonly now: () => number
}

/** More are not shown one by one. */
const maxShown = 200

const readAtOnce = 8

/** Tells of the workspaces that installed the app by OAuth, or of the one in the settings. */
export const createInstallationStatus = (
  options: InstallationStatusOptions,
): NonNullable<Adapter['installations']> => {
  const { config, installations, failing, now } = options

  const readAll = async (known: Pick<Installations, 'list' | 'read' | 'ended'>) => {
    const keys = await known.list()
    const limit = pLimit(readAtOnce)
    const shown = keys.toReversed().slice(0, maxShown)
    const found = await Promise.all(
      shown.map((key) =>
        limit(async () => {
          const stored = await known.read(key)
          return stored === undefined
            ? []
            : [toInstallation(key, stored, failing.get(key) === stored.botToken, now())]
        }),
      ),
    )
    const more = keys.length - shown.length
    const rest =
      more > 0 ? [{ name: `${more} more`, ok: true, detail: 'mews-chat check names every one' }] : []
    return [...found.flat(), ...rest, ...(await known.ended()).map(toEnded)]
  }

  return async () => {
    if (installations !== undefined) return readAll(installations)
    const how = config.appToken === undefined ? '' : ', events over a connection of our own'
    return [{ name: 'One workspace', ok: true, detail: `in the settings${how}` }]
  }
}

/** Ends installations that Slack says no longer exist. Rejects with `PassingError`. */
export type EndInstallation = (envelope: Envelope) => Promise<void>

/**
 * Removes the installation of the event's workspace: when the app was uninstalled, and when our bot's token was revoked. Both events may
 * arrive after the app was installed again; they then concern the earlier installation.
 */
export const createEndInstallation = (records: Vault, log: Log): EndInstallation => {
  const installations = createInstallations(records)
  return async (envelope) => {
    for (const key of keysOf(envelope.workspace)) {
      const installation = await installations.read(key)
      if (installation === undefined) continue
      if (!concerns(envelope, key, installation.botUser) || envelope.at <= installation.installedAt) continue
      await installations.remove(key, envelope.at)
      log.warn({ platform: 'slack', installation: key }, 'a Slack workspace has ended its installation')
      return
    }
  }
}

const toInstallation = (
  key: string,
  { name, installedAt, rotation }: StoredInstallation,
  failing: boolean,
  now: number,
): Installation => {
  const place = { name: toName(key, name), installedAt }
  const kind = key.startsWith('e:') ? 'organisation' : 'workspace'
  const ended = rotation !== undefined && rotation.expiresAt <= now
  if (failing && ended)
    return { ...place, ok: false, detail: `${kind}; Slack gives no new token: install the app there again` }
  if (failing)
    return { ...place, ok: false, detail: `${kind}; Slack gives no new token yet, the old one holds` }
  return { ...place, ok: true, detail: ended ? `${kind}; the next message renews its token` : kind }
}

/** `T0GUESTS` of the record's key `t:T0GUESTS`. */
const toName = (key: string, name = ''): string => (name === '' ? key.slice(2) : `${name} (${key.slice(2)})`)

const toEnded = ({ key, name, at }: EndedInstallation): Installation => ({
  name: toName(key, name),
  ok: false,
  detail: `removed the app or revoked its token on ${new Date(at).toISOString().slice(0, 10)}: install it there again where guests are to be answered`,
})

/** One workspace that leaves does not end the installation of its whole organisation. */
const concerns = ({ event, ofOrganisation, workspace }: Envelope, key: string, botUser: string): boolean => {
  if (event['type'] === 'app_uninstalled')
    return key.startsWith('t:') || ofOrganisation || ['', workspace.enterprise].includes(workspace.team)
  const bots = readFields(event['tokens'])?.['bot']
  return Array.isArray(bots) && bots.some((bot) => readString(bot) === botUser)
}
