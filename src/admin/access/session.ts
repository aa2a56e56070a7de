import { createHmac, randomBytes } from 'node:crypto'
import type { Clock, WebhookRequest } from '../../port.ts'
import type { Marks } from '../../store/types.ts'
import { sameSecret } from '../../util/secret.ts'

/** How long one stays signed in. */
const lastsMs = 8 * 60 * 60_000

/** Between instances. */
const clocksDifferMs = 5 * 60_000

const cookieName = 'mews_chat_admin'

/** Somebody who is signed in. */
export interface Session {
  /** Stands in every form, so that no other site can send one. */
  readonly formToken: string
  /** Milliseconds since 1970. */
  readonly endsAt: number
}

/** Sessions need no storage, because any instance can verify their signature. Only signed-out ones are kept. */
export interface Sessions {
  isToken(given: string): boolean
  /** The value of a `set-cookie` header that begins a session; `secure` where the browser came by https. */
  begin(secure: boolean): string
  /** The value that ends it. */
  end(): string
  find(request: WebhookRequest): Session | undefined
}

const attributes = 'Path=/admin; HttpOnly; SameSite=Strict'

/** Sessions of the console, signed with a key that is made from the admin token: a new token ends them all. */
export const createSessions = (adminToken: string, clock: Clock): Sessions => {
  const sign = (purpose: string, text: string): string =>
    createHmac('sha256', adminToken).update(`${purpose}.${text}`).digest('base64url')
  return {
    isToken: (given) => sameSecret(given, adminToken),
    begin: (secure) => {
      const session = `${clock.now() + lastsMs}.${randomBytes(16).toString('base64url')}`
      const value = `${session}.${sign('session', session)}`
      return `${cookieName}=${value}; ${attributes}; Max-Age=${lastsMs / 1000}${secure ? '; Secure' : ''}`
    },
    end: () => `${cookieName}=; ${attributes}; Max-Age=0`,
    find: (request) => {
      const [, session, until, signature] =
        /^((\d{1,16})\.[\w-]{22})\.([\w-]{43})$/.exec(cookieIn(request) ?? '') ?? []
      if (session === undefined || signature === undefined) return undefined
      if (!sameSecret(signature, sign('session', session))) return undefined
      const leftMs = Number(until) - clock.now()
      // A session with too much time left began before the clock was set back.
      if (leftMs <= 0 || leftMs > lastsMs + clocksDifferMs) return undefined
      return { formToken: sign('form', session), endsAt: Number(until) }
    },
  }
}

/** The time goes first, in as many digits for all, so that they sort by it. */
const prefix = 'signed-out:'

/** Sessions that were signed out, for every process on the database; each is kept until it would have ended by itself. */
export interface SignedOut {
  readonly has: (session: Session) => Promise<boolean>
  readonly add: (session: Session) => Promise<void>
}

export const createSignedOut = (marks: Marks, clock: Clock): SignedOut => ({
  has: async (session) => (await marks.get(nameOf(session))) !== undefined,
  add: async (session) => {
    await marks.set(nameOf(session), '')
    await marks.forget(prefix, String(clock.now()))
  },
})

const cookieIn = ({ headers }: WebhookRequest): string | undefined => {
  const { cookie } = headers
  const pairs = (typeof cookie === 'string' ? cookie : (cookie ?? []).join(';')).split(';')
  const found = pairs.map((pair) => pair.trim()).find((pair) => pair.startsWith(`${cookieName}=`))
  return found?.slice(cookieName.length + 1)
}

const nameOf = ({ endsAt, formToken }: Session): string => `${prefix}${endsAt}.${formToken}`
