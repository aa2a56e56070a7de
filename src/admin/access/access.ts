import type { Clock, Log, Route, WebhookRequest, WebhookResponse } from '../../port.ts'
import type { Marks } from '../../store/types.ts'
import { cameByHttps } from '../../util/address.ts'
import { html } from '../../util/html.ts'
import { messagePage, page, redirect } from '../pages/layout.ts'
import { toQuery } from '../pages/parts.ts'
import { createSessions, createSignedOut, type Session, type Sessions } from './session.ts'

/** The largest form of the console, in bytes. */
const formLimit = 64 * 1024

/** Does what a form asks. */
export type Submit = (fields: URLSearchParams, session: Session) => Promise<WebhookResponse> | WebhookResponse

export interface AccessOptions {
  readonly adminToken: string
  /** Whether browsers come by https whatever the request looks like. */
  readonly secure: boolean
  /** Where signed-out sessions are kept. */
  readonly marks: Marks
  /** Somebody signs out. */
  readonly onSignOut: (session: Session) => void
  readonly clock: Clock
  readonly log: Log
}

/** Signs people in by the admin token, and guards the console's routes. */
export interface Access {
  readonly show: (path: string, render: Show) => Route
  /** A form counts only with the session's own token in it. */
  readonly submit: (path: string, act: Submit) => Route
  /** Whether a session was signed out. */
  readonly isOver: (session: Session) => Promise<boolean>
  /** Signing in and out. */
  readonly routes: readonly Route[]
}

/** Access to the console. */
export const createAccess = (options: AccessOptions): Access => {
  const { adminToken, marks, onSignOut, clock } = options
  const sessions = createSessions(adminToken, clock)
  const signedOut = createSignedOut(marks, clock)

  const find = async (request: WebhookRequest): Promise<Session | undefined> => {
    const session = sessions.find(request)
    return session === undefined || (await signedOut.has(session)) ? undefined : session
  }

  const show = (path: string, render: Show): Route => ({
    method: 'GET',
    path,
    handle: async (request) => {
      const session = await find(request)
      const asked = request.path + (request.query === '' ? '' : `?${request.query}`)
      if (session === undefined) return redirect(`/admin/sign-in${toQuery({ to: asked })}`)
      return render(new URLSearchParams(request.query), session)
    },
  })

  /** A form counts only with the session's own token in it. */
  const submit = (path: string, act: Submit): Route => ({
    method: 'POST',
    path,
    limit: formLimit,
    handle: async (request) => {
      const session = await find(request)
      const fields = fieldsOf(request)
      if (session === undefined) return redirect('/admin/sign-in')
      if (fields.get('form') !== session.formToken)
        return messagePage(
          403,
          'Not accepted',
          'This form is out of date. Go back, load the page again, and repeat it.',
        )
      return act(fields, session)
    },
  })

  return {
    show,
    submit,
    isOver: signedOut.has,
    routes: [
      {
        method: 'GET',
        path: '/admin/sign-in',
        handle: async ({ query }) => signInPage(safeTarget(new URLSearchParams(query).get('to'))),
      },
      createSignIn(sessions, options),
      submit('/admin/sign-out', async (_, session) => {
        await signedOut.add(session)
        onSignOut(session)
        return redirect('/admin/sign-in', sessions.end())
      }),
    ],
  }
}

/** Wrong attempts to sign in. */
export interface Attempts {
  /** Whether there were too many within a minute, so that no other is answered. */
  areTooMany(): boolean
  failed(): void
}

const windowMs = 60_000

const most = 10

const problems = {
  wrong: 'This is not the admin token.',
  often: 'There were too many wrong tokens. Wait a minute.',
} as const

/** Only pages of the console, in characters that a header may hold: a link from another site must not lead away after signing in. */
export const safeTarget = (to: string | null): string =>
  to !== null && /^\/admin(?:\/[\w-]+)*(?:\?[!-[\]-~]*)?$/.test(to) ? to : '/admin/conversations'

/** Renders a page for somebody who is signed in. */
type Show = (query: URLSearchParams, session: Session) => Promise<WebhookResponse> | WebhookResponse

const fieldsOf = ({ body }: WebhookRequest): URLSearchParams => new URLSearchParams(body.toString('utf8'))

/** Where one signs in; `to` is where one wanted to go. */
const signInPage = (to: string, problem?: keyof typeof problems): WebhookResponse =>
  page({
    title: 'Sign in',
    status: problem === undefined ? 200 : problem === 'often' ? 429 : 403,
    content: html`
      <form class="sign-in" method="post" action="/admin/sign-in">
        <h1>Sign in</h1>
        <p id="about">With the token that is set as <code>ADMIN_TOKEN</code>.</p>
        ${problem !== undefined && html`<p class="bad" role="alert">${problems[problem]}</p>`}
        <input type="hidden" name="to" value="${to}" />
        <label
          >Admin token
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            aria-describedby="about"
            required
            autofocus
        /></label>
        <button class="primary">Sign in</button>
      </form>
    `,
  })

/** Where one signs in. */
const createSignIn = (sessions: Sessions, { secure, clock, log }: AccessOptions): Route => {
  const attempts = createAttempts(clock)
  return {
    method: 'POST',
    path: '/admin/sign-in',
    limit: formLimit,
    handle: async (request) => {
      const fields = fieldsOf(request)
      const to = safeTarget(fields.get('to'))
      if (!sessions.isToken(fields.get('token') ?? '')) {
        if (attempts.areTooMany()) return signInPage(to, 'often')
        attempts.failed()
        log.warn({}, 'somebody tried to open the console with a wrong token')
        return signInPage(to, 'wrong')
      }
      log.info({}, 'somebody signed in to the console')
      return redirect(to, sessions.begin(secure || cameByHttps(request.headers)))
    },
  }
}

/**
 * Counts wrong attempts, ten a minute at most. The right token is let in all the same: `ADMIN_TOKEN`
 * is too long to be guessed, and strangers must not keep its owner out.
 */
const createAttempts = (clock: Clock): Attempts => {
  let failures: readonly number[] = []
  const recent = (): readonly number[] => failures.filter((at) => at > clock.monotonic() - windowMs)
  return {
    areTooMany: () => recent().length >= most,
    failed: () => {
      failures = [...recent(), clock.monotonic()]
    },
  }
}
