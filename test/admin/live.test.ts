import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { useBrowser } from '../fakes/browser/use-browser.ts'
import { entry } from '../contracts/store/harness.ts'
import { adminToken, startConsole, type TestConsole } from './start.ts'

const ann = 'slack:D0PENELOPE'

let admin: TestConsole
beforeEach(async () => {
  admin = await startConsole()
})
afterEach(() => admin.close())
const newPage = useBrowser()

const open = async (path: string, options: BrowserContextOptions = {}): Promise<Page> => {
  const page = await newPage(options)
  await page.goto(`${admin.url}${path}`)
  await page.getByLabel('Admin token').fill(adminToken)
  const connected = page.waitForResponse((response) => response.url().endsWith('/admin/events'))
  await page.keyboard.press('Enter')
  expect((await connected).headers()).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
  })
  return page
}

const write = (conversation: string, text: string) =>
  admin.say({ conversation, from: 'guest', guest: `Guest ${conversation}`, text, state: 'sent' })

test('a new conversation comes to the top; who reads further down stays there, and so does the focus', async () => {
  for (let number = 0; number < 40; number += 1) await write(`slack:D${number}`, 'Is the pool open?')
  const page = await open('/admin/conversations', { viewport: { width: 800, height: 500 } })
  const link = page.getByRole('link', { name: 'Guest slack:D9', exact: false }).first()
  await link.focus()
  const place = async () => Math.round((await link.boundingBox())?.y ?? 0)
  const before = await place()
  await write('slack:NEW', 'Good evening')
  await page.getByText('Guest slack:NEW').waitFor({ state: 'attached' })
  expect(await link.evaluate((element) => element === document.activeElement)).toBe(true)
  expect(await place()).toBe(before)
  expect(await page.locator('.rows strong').first().innerText()).toBe('Guest slack:NEW')
})

test('a conversation opens at its end, and follows it for who is there', async () => {
  for (let number = 0; number < 30; number += 1) await write(ann, `Question ${number}?`)
  const page = await open(`/admin/conversation?id=${ann}`, { viewport: { width: 800, height: 500 } })
  const last = page.getByText('Question 29?')
  await expect.poll(() => last.isVisible()).toBe(true)
  await write(ann, 'One more')
  await page.getByText('One more').waitFor()
  await expect.poll(async () => (await page.getByText('One more').boundingBox())?.y).toBeLessThan(500)
  await page.evaluate(() => scrollTo({ top: 0 }))
  await write(ann, 'And another')
  await page.getByText('And another').waitFor({ state: 'attached' })
  expect(await page.evaluate(() => scrollY)).toBe(0)
})

test('what another process records is shown, too', async () => {
  const page = await open('/admin/conversations')
  await page.getByText('There is no such conversation.').waitFor()
  const other = await admin.open(systemClock)
  await other.log.append([entry('turn:slack:D0OTHER', 'a', { at: systemClock.now() })])
  await other.close()
  await page.getByRole('link', { name: /^Guest/ }).waitFor()
  expect(await page.getByText('There is no such conversation.').count()).toBe(0)
})

test('signing out in one tab ends the others', async () => {
  const page = await open('/admin/status')
  const other = await page.context().newPage()
  await other.goto(`${admin.url}/admin/conversations`)
  await other.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Admin token').waitFor()
  expect(page.url()).toContain('/admin/sign-in?to=%2Fadmin%2Fstatus')
})

test('a page says when the connector has stopped', async () => {
  await write(ann, 'Good evening')
  const page = await open('/admin/conversations')
  await admin.stop()
  await page.getByRole('status').getByText('The connector does not answer.').waitFor()
  expect(await page.getByText(`Guest ${ann}`).isVisible()).toBe(true)
})
