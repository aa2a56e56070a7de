import type { Finding } from '../../src/port.ts'
import { failureCode } from '../../src/util/failure.ts'
import type { BotFrameworkConfig } from './config.ts'
import type { Tokens } from './tokens.ts'

/** Asks for a token, as the first reply would; never throws. */
export const createCheck =
  ({ app }: Pick<BotFrameworkConfig, 'app'>, tokens: Pick<Tokens, 'get'>) =>
  async (): Promise<readonly Finding[]> => {
    const name = 'Teams credentials'
    if (app === undefined) return [{ name, ok: true, detail: 'anonymous, on loopback only' }]
    try {
      await tokens.get()
      return [{ name, ok: true, detail: `of app ${app.id}` }]
    } catch (error) {
      const said =
        error instanceof Error && failureCode(error) === 'Error' ? error.message : failureCode(error)
      const detail = `${said}: check MicrosoftAppId, MicrosoftAppPassword and MicrosoftAppTenantId`
      return [{ name, ok: false, detail }]
    }
  }
