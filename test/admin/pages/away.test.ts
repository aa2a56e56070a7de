import { afterEach, beforeEach, expect, test } from 'vitest'
import { adminToken, startConsole, type TestConsole } from '../start.ts'

let admin: TestConsole
beforeEach(async () => {
  admin = await startConsole()
})
afterEach(() => admin.close())

const send = (path: string, fields?: Readonly<Record<string, string>>, cookie = '') =>
  fetch(`${admin.url}${path}`, {
    redirect: 'manual',
    headers: { cookie },
    ...(fields === undefined ? {} : { method: 'POST', body: new URLSearchParams(fields) }),
  })

test.each(['conversations', 'conversation?id=a', 'download?id=a&format=text', 'deliveries', 'status'])(
  '/admin/%s says that the database is away, and what to do',
  async (page) => {
    const signedIn = await send('/admin/sign-in', { token: adminToken })
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
    await admin.store.close()
    const response = await send(`/admin/${page}`, undefined, cookie)
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const text = await response.text()
    expect(text).toContain('<h1>The database is away</h1>')
    expect(text).toContain('DATABASE_URL')
  },
)

test('a form whose work the database could not do says so, too', async () => {
  const signedIn = await send('/admin/sign-in', { token: adminToken })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const page = await (await send('/admin/status', undefined, cookie)).text()
  const form = /name="form" value="([^"]+)"/.exec(page)?.[1] ?? ''
  await admin.store.close()
  const response = await send('/admin/repair', { form, action: 'retry', id: 'turn:slack:D0ANN#1' }, cookie)
  expect(response.status).toBe(503)
  expect(await response.text()).toContain('<h1>The database is away</h1>')
})
