import { mkdir, writeFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { systemClock } from '../../../src/clock.ts'
import { createPublicPages } from '../../../src/http/public-pages.ts'
import { createHttpServer } from '../../../src/http/server.ts'
import { createTexts } from '../../../src/relay/wording.ts'
import { silentLog } from '../../fakes/log.ts'
import { adminToken, startConsole, type TestConsole } from '../../admin/start.ts'
import { launchBrowser } from '../../fakes/browser/browser.ts'
import { startSandbox } from '../../sandbox/start.ts'
import { fillConsole, penelope } from './fill-console.ts'

/** Makes the README's pictures anew: `npm run screenshots`. */
const folder = new URL('../../screenshots/', import.meta.url)
const looks = ['light', 'dark'] as const
const view = { viewport: { width: 1120, height: 700 }, locale: 'en-GB', timezoneId: 'Europe/Prague' }

const pages: Readonly<Record<string, string>> = {
  conversations: '/admin/conversations',
  conversation: `/admin/conversation?id=${encodeURIComponent(penelope)}`,
  deliveries: '/admin/deliveries',
  status: '/admin/status',
}

const shoot = async (page: Page, name: string): Promise<void> => {
  await page.evaluate(() => document.fonts.ready)
  const picture = await page.screenshot({
    animations: 'disabled',
    fullPage: /^(?:status|conversation|privacy)-/.test(name),
  })
  await writeFile(new URL(`${name}.png`, folder), picture)
}

const shootConsole = async (page: Page, { url }: TestConsole, look: string): Promise<void> => {
  await page.goto(`${url}/admin`)
  await page.getByLabel('Admin token').fill(adminToken)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(`${url}${path}`)
    await page.locator('main').waitFor()
    await shoot(page, `${name}-${look}`)
  }
}

const shootSandbox = async (page: Page, url: string, look: string): Promise<void> => {
  await page.goto(url)
  for (const words of ['arriving late', 'What time do you expect', 'Around 11pm']) {
    const button = page.getByRole('button', { name: words })
    if (await button.isVisible()) await button.click()
    await page.getByRole('log').last().getByText(words).waitFor()
  }
  await page
    .getByText('Delivered')
    .last()
    .waitFor({ timeout: 2_000 })
    .catch(() => {})
  await shoot(page, `sandbox-${look}`)
}

/** What anybody may read, of a hotel with two platforms. */
const startPublic = async (): Promise<{ readonly url: string; close(): Promise<void> }> => {
  const server = createHttpServer({
    routes: createPublicPages({
      texts: createTexts(),
      platformNames: ['Slack', 'Microsoft Teams'],
      retentionMs: 30 * 24 * 3_600_000,
    }),
    health: { ready: async () => true },
    clock: systemClock,
    log: silentLog,
  })
  const { address } = await server.listen(0, '127.0.0.1')
  return { url: address, close: () => server.close() }
}

const browser = await launchBrowser()
const hotel = await startConsole()
const open = await startPublic()
await fillConsole(hotel)
await mkdir(folder, { recursive: true })
for (const look of looks) {
  const page = await browser.newPage({ ...view, colorScheme: look })
  await page.goto(`${open.url}/privacy`)
  await shoot(page, `privacy-${look}`)
  await shootConsole(page, hotel, look)
  const started = await startSandbox()
  await shootSandbox(page, started.sandbox.url, look)
  await page.context().close()
  await started.close()
}
await hotel.close()
await open.close()
await browser.close()
