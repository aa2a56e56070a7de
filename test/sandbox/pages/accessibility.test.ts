import { afterAll, beforeAll, expect, test } from 'vitest'
import { findBarriers } from '../../fakes/browser/axe.ts'
import { useBrowser } from '../../fakes/browser/use-browser.ts'
import { type StartedSandbox, startSandbox } from '../start.ts'

let started: StartedSandbox
beforeAll(async () => {
  started = await startSandbox()
})
afterAll(() => started.close())
const newPage = useBrowser()

const looks = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 } },
} as const

test.each(Object.entries(looks))('axe finds nothing wrong with any page, %s', async (_, look) => {
  const page = await newPage(look)
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
})
