import type { Installation } from '../../src/port.ts'
import type { BotFrameworkConfig } from './config.ts'

/** The bot, and in which tenants people may write to it. */
export const toInstallation = ({
  app,
  tenants,
}: Pick<BotFrameworkConfig, 'app' | 'tenants'>): Installation => {
  if (app === undefined) return { name: 'Anonymous', ok: true, detail: 'on loopback only' }
  const where = tenants.length === 0 ? 'any tenant' : `tenant ${tenants.join(', ')}`
  return { name: `Bot ${app.id}`, ok: true, detail: `people may write in ${where}` }
}
