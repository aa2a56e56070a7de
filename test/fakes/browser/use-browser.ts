import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { launchBrowser, type TestBrowser } from './browser.ts'

/**
 * One browser for the tests of a file: gives pages of contexts of their own, which end with the test that opened them, before whatever
 * was set up for that test before this was called.
 */
export const useBrowser = (): ((options?: BrowserContextOptions) => Promise<Page>) => {
  let browser: TestBrowser | undefined
  const pages: Page[] = []
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())
  afterEach(async () => void (await Promise.all(pages.splice(0).map((page) => page.context().close()))))
  return async (options) => {
    if (browser === undefined) throw new Error('there is no browser yet')
    const page = await browser.newPage(options)
    pages.push(page)
    return page
  }
}
