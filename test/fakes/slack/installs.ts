import type { FakeAnswer } from '../server.ts'

/** Our bot in one workspace or organisation. */
export interface FakeBot {
  readonly team: string
  readonly enterprise?: string
  /** Installed for the whole organisation. */
  readonly ofOrganisation?: boolean
  readonly botUser: string
  readonly botId: string
  readonly botToken: string
}

/** Which tokens are good, and how new ones are had. */
export interface FakeInstalls {
  /** Whose token this is, or the code with which Slack refuses it. */
  botOf(token: string): FakeBot | string
  /** The app is installed; its token is good. */
  add(bot: FakeBot): void
  /** A code that `oauth.v2.access` takes once; `rotating`: the token ends after twelve hours. */
  offer(bot: FakeBot, options?: { readonly rotating?: boolean }): string
  /** From now on a bot's tokens are refused with this code. */
  end(bot: FakeBot, code: string): void
  /** `oauth.v2.access`, for codes and refresh tokens; each is good once. */
  access(form: URLSearchParams): FakeAnswer
}

const refuse = (error: string): FakeAnswer => ({ status: 200, body: { ok: false, error } })

export const createFakeInstalls = (appId: string): FakeInstalls => {
  const tokens = new Map<string, FakeBot | string>()
  const codes = new Map<string, { readonly bot: FakeBot; readonly rotating: boolean }>()
  const refreshes = new Map<string, FakeBot>()
  let serial = 0

  const rotate = (bot: FakeBot): object => {
    serial += 1
    const refresh = `xoxe-1-${bot.botUser}-${serial}`
    const token = `xoxe.xoxb-${bot.botUser}-${serial}`
    refreshes.set(refresh, bot)
    tokens.set(token, bot)
    return { access_token: token, refresh_token: refresh, expires_in: 43_200, token_type: 'bot' }
  }

  const grant = (bot: FakeBot, fields: object): FakeAnswer => {
    const { team, enterprise, ofOrganisation = false, botUser } = bot
    const body = {
      ok: true,
      app_id: appId,
      authed_user: { id: 'U0ADMIN' },
      scope: 'chat:write,im:history',
      token_type: 'bot',
      bot_user_id: botUser,
      team: ofOrganisation ? null : { id: team, name: 'The <Guests>' },
      enterprise: enterprise === undefined ? null : { id: enterprise, name: 'The Group' },
      is_enterprise_install: ofOrganisation,
    }
    return { status: 200, body: { ...body, ...fields } }
  }

  const access: FakeInstalls['access'] = (form) => {
    if (form.get('grant_type') === 'refresh_token') {
      const refresh = form.get('refresh_token') ?? ''
      const bot = refreshes.get(refresh)
      refreshes.delete(refresh)
      return bot === undefined ? refuse('invalid_refresh_token') : grant(bot, rotate(bot))
    }
    const code = form.get('code') ?? ''
    const offered = codes.get(code)
    codes.delete(code)
    if (offered === undefined) return refuse('invalid_code')
    const { bot, rotating } = offered
    tokens.set(bot.botToken, bot)
    return grant(bot, rotating ? rotate(bot) : { access_token: bot.botToken })
  }

  return {
    botOf: (token) => tokens.get(token) ?? 'invalid_auth',
    add: (bot) => void tokens.set(bot.botToken, bot),
    offer: (bot, { rotating = false } = {}) => {
      serial += 1
      codes.set(`code-${serial}`, { bot, rotating })
      return `code-${serial}`
    },
    end: (ended, code) => {
      for (const [token, bot] of tokens)
        if (typeof bot !== 'string' && bot.botUser === ended.botUser) tokens.set(token, code)
    },
    access,
  }
}
