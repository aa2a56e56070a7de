import type { Log, Vault } from '../../../src/port.ts'
import { createInstallations, keysOf } from './stored.ts'
import { readFields, readString, type Envelope } from '../wire.ts'

/** Ends installations that Slack says are no more. Rejects with `PassingError`. */
export type EndInstallation = (envelope: Envelope) => Promise<void>

/** One workspace that leaves does not end the installation of its whole organisation. */
const concerns = ({ event, ofOrganisation, workspace }: Envelope, key: string, botUser: string): boolean => {
  if (event['type'] === 'app_uninstalled')
    return key.startsWith('t:') || ofOrganisation || workspace.team === workspace.enterprise
  const bots = readFields(event['tokens'])?.['bot']
  return Array.isArray(bots) && bots.some((bot) => readString(bot) === botUser)
}

/**
 * Removes the installation of the event's workspace: when the app was uninstalled, and when our bot's token was revoked.
 * Both may come after the app was installed again, and then mean the installation before.
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
