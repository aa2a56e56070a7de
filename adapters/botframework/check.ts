import type { Clock, Finding, Installation } from '../../src/port.ts'
import { failureCode } from '../../src/util/failure.ts'
import { checkClock } from '../../src/util/remote-clock.ts'
import { readCertificateOf } from './api/credential.ts'
import type { MicrosoftClock } from './api/microsoft-clock.ts'
import type { Tokens } from './api/tokens.ts'
import type { BotApp, BotFrameworkConfig } from './config.ts'

const name = 'Teams credentials'

/** Asks for a token, as the first reply would, and checks when a certificate expires; never throws. */
export const createCheck =
  (
    { app }: Pick<BotFrameworkConfig, 'app'>,
    tokens: Pick<Tokens, 'get'>,
    clock: Clock,
    microsoft: Pick<MicrosoftClock, 'ask' | 'skewMs'>,
  ) =>
  async (): Promise<readonly Finding[]> => {
    if (app === undefined) return [{ name, ok: true, detail: 'anonymous, on loopback only' }]
    await microsoft.ask()
    const clockFinding = checkClock('Teams', 'Microsoft', microsoft)
    try {
      await tokens.get()
      return [await checkEnd(app, clock.now()), clockFinding]
    } catch (error) {
      const said = error instanceof Error && error.name === 'Error' ? error.message : failureCode(error)
      const detail = `${said}; check MicrosoftAppId and MicrosoftAppTenantId, too`
      return [{ name, ok: false, detail }, clockFinding]
    }
  }

/** Long enough for an operator to renew it. */
const warnedBeforeMs = 30 * 24 * 3_600_000

/** The bot, and in which tenants people may write to it. */
export const toInstallation = ({
  app,
  tenants,
}: Pick<BotFrameworkConfig, 'app' | 'tenants'>): Installation => {
  if (app === undefined) return { name: 'Anonymous', ok: true, detail: 'on loopback only' }
  const where = tenants.length === 0 ? 'any tenant' : `tenant ${tenants.join(', ')}`
  return { name: `Bot ${app.id}`, ok: true, detail: `people may write in ${where}` }
}

async function checkEnd({ id, secret }: BotApp, now: number): Promise<Finding> {
  const until = secret.kind === 'certificate' ? (await readCertificateOf(secret)).until : undefined
  if (until === undefined) return { name, ok: true, detail: `of app ${id}` }
  const detail = `of app ${id}, whose certificate ends on ${new Date(until).toISOString().slice(0, 10)}`
  if (until - now > warnedBeforeMs) return { name, ok: true, detail }
  return { name, ok: false, detail: `${detail}: renew it, here and in the app registration` }
}
