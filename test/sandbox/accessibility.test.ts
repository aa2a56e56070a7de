import { afterAll, beforeAll, expect, test } from 'vitest'
import { findBarriers } from '../fakes/axe.ts'
import { launchBrowser, type TestBrowser } from '../fakes/browser.ts'
import { type StartedSandbox, startSandbox } from './start.ts'

let browser: TestBrowser
let started: StartedSandbox
beforeAll(async () => {
  browser = await launchBrowser()
  started = await startSandbox()
})
afterAll(async () => {
  await started.close()
  await browser.close()
})

const looks = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 } },
} as const

test.each(Object.entries(looks))('axe finds nothing wrong with any page, %s', async (_, look) => {
  const page = await browser.newPage(look)
  for (const path of ['/', '/guest', '/desk']) {
    await page.goto(`${started.sandbox.url}${path}`)
    expect({ path, barriers: await findBarriers(page) }).toEqual({ path, barriers: [] })
  }
  await page.goto(started.sandbox.url)
  const said = page.getByRole('button', { name: 'arriving late' })
  if (await said.isVisible()) await said.click()
  const desk = page.getByRole('region', { name: 'Front desk' })
  await desk.getByRole('log').getByText('arriving late').waitFor()
  await page.getByText('New guest').click()
  expect(await findBarriers(page)).toEqual([])
  await page.close()
})
