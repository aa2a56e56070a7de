import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAccess, safeTarget } from '../../../src/admin/access/access.ts'
import { createSessions, createSignedOut } from '../../../src/admin/access/session.ts'
import { systemClock } from '../../../src/clock.ts'
import { silentLog } from '../../fakes/log.ts'
import { createManualClock } from '../../fakes/clock.ts'
import { adminToken, startConsole, type TestConsole } from '../start.ts'

let admin: TestConsole
beforeEach(async () => {
  admin = await startConsole()
})
afterEach(() => admin.close())

const post = (path: string, fields: Readonly<Record<string, string>>, cookie = '') =>
  fetch(`${admin.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(fields),
    headers: { cookie },
  })

const get = (path: string, cookie = '') =>
  fetch(`${admin.url}${path}`, { redirect: 'manual', headers: { cookie } })

const signIn = async (): Promise<string> => {
  const response = await post('/admin/sign-in', { token: adminToken })
  return response.headers.get('set-cookie')?.split(';')[0] ?? ''
}

test.each([
  '/admin',
  '/admin/conversations',
  '/admin/conversation?id=a',
  '/admin/download?id=a&format=text',
  '/admin/deliveries',
  '/admin/status',
  '/admin/events',
])('%s is for those who are signed in only', async (path) => {
  for (const cookie of ['', 'mews_chat_admin=', 'mews_chat_admin=9999999999999.aaaaaaaaaaaaaaaaaaaaaa.b']) {
    const response = await get(path, cookie)
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toMatch(/^\/admin\/sign-in\?to=/)
    expect(await response.text()).toBe('')
  }
  expect((await get(path, await signIn())).status).not.toBe(500)
})

test('the cookie is for this site, the console and its server alone', async () => {
  const response = await post('/admin/sign-in', { token: adminToken })
  expect(response.status).toBe(303)
  expect(response.headers.get('set-cookie')).toMatch(
    /; Path=\/admin; HttpOnly; SameSite=Strict; Max-Age=28800$/,
  )
  const secured = await startConsole({ secure: true })
  const answer = await fetch(`${secured.url}/admin/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ token: adminToken }),
  })
  expect(answer.headers.get('set-cookie')).toMatch(/; Secure$/)
  await secured.close()
})

test.each<[string, Readonly<Record<string, string>>, boolean]>([
  ['one proxy', { 'x-forwarded-proto': 'https' }, true],
  ['two proxies, https up to the first', { 'x-forwarded-proto': 'https, http' }, true],
  ['three, without spaces', { 'x-forwarded-proto': 'https,http,http' }, true],
  ['another case and more spaces', { 'x-forwarded-proto': ' HTTPS ,http' }, true],
  ['the standard header', { forwarded: 'for=192.0.2.60;proto=https;by=203.0.113.43, for=10.0.0.1' }, true],
  [
    'the standard header with quotation marks',
    { forwarded: 'For="[2001:db8::1]:4711"; Proto="HTTPS"' },
    true,
  ],
  ['an empty header beside the standard one', { 'x-forwarded-proto': '', forwarded: 'proto=https' }, true],
  ['http up to the first proxy', { 'x-forwarded-proto': 'http, https' }, false],
  ['http', { 'x-forwarded-proto': 'http' }, false],
  ['http for the browser, https within', { forwarded: 'proto=http, proto=https' }, false],
  ['a word that only begins like it', { 'x-forwarded-proto': 'httpsx', forwarded: 'proto=https' }, false],
  ['nothing', {}, false],
])('the cookie is for https alone where the browser came by https: %s', async (_, headers, isSecure) => {
  const response = await fetch(`${admin.url}/admin/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ token: adminToken }),
    headers,
  })
  expect(response.status).toBe(303)
  expect(/; Secure(?:;|$)/.test(response.headers.get('set-cookie') ?? '')).toBe(isSecure)
})

/** Ten wrong tokens at a console, and then what it answers to another one. */
const afterTen = async (url: string, token: string): Promise<Response> => {
  const tryToken = (given: string) =>
    fetch(`${url}/admin/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ token: given }),
    })
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const response = await tryToken(`guess ${attempt}`)
    expect(response.status).toBeGreaterThanOrEqual(403)
    expect(response.headers.get('set-cookie')).toBeNull()
  }
  return tryToken(token)
}

test('after ten wrong tokens no other is answered, but the right one is let in', async () => {
  expect((await afterTen(admin.url, 'another guess')).status).toBe(429)
  const letIn = await afterTen(admin.url, adminToken)
  expect([letIn.status, letIn.headers.get('location')]).toEqual([303, '/admin/conversations'])
})

test('a form without the session’s own token changes nothing', async () => {
  await admin.say({ conversation: 'slack:D0', from: 'guest', text: 'Hello', state: 'failed' })
  const cookie = await signIn()
  const fields = { action: 'retry', id: 'turn:slack:D0#1' }
  expect((await post('/admin/repair', fields, cookie)).status).toBe(403)
  expect((await post('/admin/repair', { ...fields, form: 'a'.repeat(43) }, cookie)).status).toBe(403)
  expect((await post('/admin/repair', fields)).status).toBe(303)
  expect(await admin.store.admin.repairs.failed(10)).toHaveLength(1)
  const [, form = ''] =
    /name="form" value="([^"]+)"/.exec(await (await get('/admin/deliveries', cookie)).text()) ?? []
  expect((await post('/admin/repair', { ...fields, form }, cookie)).status).toBe(303)
  expect(await admin.store.admin.repairs.failed(10)).toEqual([])
})

test('every page forbids what is not its own', async () => {
  const { headers } = await get('/admin/status', await signIn())
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self'/,
  )
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(headers.get('cache-control')).toBe('no-store')
})

test('what guests write stands in pages and downloads as text', async () => {
  const text = '<script>alert(1)</script>'
  await admin.say({ conversation: 'slack:D0', from: 'guest', guest: '"><img src=x>', text, state: 'sent' })
  const cookie = await signIn()
  for (const path of [
    '/admin/conversations',
    '/admin/conversation?id=slack:D0',
    '/admin/download?id=slack:D0&format=html',
  ]) {
    const page = await (await get(path, cookie)).text()
    expect(page).not.toContain(text)
    expect(page).not.toContain('<img src=x>')
  }
})

const request = (cookie: string) => ({
  method: 'GET',
  path: '/',
  query: '',
  headers: { cookie },
  body: Buffer.alloc(0),
})

test('a session ends with its time, and with another admin token', () => {
  const clock = createManualClock()
  const sessions = createSessions('one token', clock)
  const cookie = sessions.begin(false).split(';')[0] ?? ''
  expect(sessions.find(request(cookie))).toBeDefined()
  expect(createSessions('another token', clock).find(request(cookie))).toBeUndefined()
  expect(sessions.find(request(cookie.replace(/\d+\./, '99999999999.')))).toBeUndefined()
  clock.step(8 * 60 * 60_000)
  expect(sessions.find(request(cookie))).toBeUndefined()
})

/** Whether another process on the same database shows a page to whoever has this cookie. */
const isSignedInElsewhere = async (cookie: string): Promise<boolean> => {
  const elsewhere = await admin.open(systemClock)
  const { show } = createAccess({
    adminToken,
    secure: false,
    marks: elsewhere.marks,
    onSignOut: () => {},
    clock: systemClock,
    log: silentLog,
  })
  const { status } = await show('/admin', () => ({ status: 200 })).handle(request(cookie))
  await elsewhere.close()
  return status === 200
}

test('a session that was signed out is over, also at other processes; others go on', async () => {
  const [cookie, other] = [await signIn(), await signIn()]
  expect(await isSignedInElsewhere(cookie)).toBe(true)
  const page = await (await get('/admin/status', cookie)).text()
  const [, form = ''] = /name="form" value="([^"]+)"/.exec(page) ?? []
  expect((await post('/admin/sign-out', { form }, cookie)).status).toBe(303)
  expect((await get('/admin/status', cookie)).status).toBe(303)
  expect((await get('/admin/events', cookie)).status).toBe(303)
  expect((await post('/admin/repair', { form, action: 'retry', id: 'x' }, cookie)).status).toBe(303)
  expect(await isSignedInElsewhere(cookie)).toBe(false)
  expect((await get('/admin/status', other)).status).toBe(200)
  expect(await isSignedInElsewhere(other)).toBe(true)
})

test('what was signed out is kept only until it would have ended by itself', async () => {
  const clock = { ...systemClock, now: () => 1_793_640_300_000 }
  const signedOut = createSignedOut(admin.store.marks, clock)
  const over = { formToken: 'a'.repeat(43), endsAt: clock.now() - 1 }
  const lasting = { formToken: 'b'.repeat(43), endsAt: clock.now() + 1 }
  await signedOut.add(over)
  await signedOut.add(lasting)
  expect([await signedOut.has(over), await signedOut.has(lasting)]).toEqual([false, true])
})

test.each([
  null,
  'https://evil.example.com',
  '//evil.example.com',
  '/\\evil',
  '/admin/../x y',
  '/other',
  '/admin//evil',
  '/admin?€',
  '/admin?a\u007f',
])('signing in never leads to %s', (to) => expect(safeTarget(to)).toBe('/admin/conversations'))

test('a place with characters that no header holds is no reason to fail', async () => {
  const response = await post('/admin/sign-in', { token: adminToken, to: '/admin?€' })
  expect([response.status, response.headers.get('location')]).toEqual([303, '/admin/conversations'])
})

test('signing in leads to where one wanted to go', () => {
  expect(safeTarget('/admin/conversation?id=slack%3AD0')).toBe('/admin/conversation?id=slack%3AD0')
})
