import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflate } from '@sparticuz/chromium'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

/** A real browser for tests; everything it needs came with `npm ci`. */
export interface TestBrowser {
  /** A page of a context of its own: no cookies, no history. */
  newPage(options?: BrowserContextOptions): Promise<Page>
  close(): Promise<void>
}

const cache = fileURLToPath(new URL('../../../node_modules/.cache', import.meta.url))
const home = join(cache, 'chromium')

const fontsConf = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${home}/fonts</dir><cachedir>${home}/fonts-cache</cachedir></fontconfig>
`

/** `inflate` writes into the temporary folder, which it looks up before it returns. */
const inflateInto = (folder: string, archives: readonly string[]): Promise<unknown> => {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  try {
    return Promise.all(archives.map((archive) => inflate(archive)))
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}

/** Unpacks browser, libraries and fonts beside their place, then renames: test files that start together never see half of it. */
const unpack = async (): Promise<void> => {
  const packed = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(`${home}-`)
  await inflateInto(
    folder,
    ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((name) => join(packed, name)),
  )
  await writeFile(join(folder, 'fonts.conf'), fontsConf)
  await rename(folder, home).catch((error: unknown) => {
    if (!existsSync(home)) throw error
    return rm(folder, { recursive: true })
  })
}

/** The packaged browser runs on x64 Linux; elsewhere an installed Chrome takes its place. */
const launch = async (): Promise<Browser> => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return chromium.launch({ channel: 'chrome' })
  if (!existsSync(home)) await unpack()
  return chromium.launch({
    executablePath: join(home, 'chromium'),
    args: ['--no-sandbox'],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(home, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(home, 'fonts.conf'),
    },
  })
}

/** Starts the browser; close it when the tests are over. */
export const launchBrowser = async (): Promise<TestBrowser> => {
  const browser = await launch()
  return {
    newPage: async (options = {}) => (await browser.newContext(options)).newPage(),
    close: () => browser.close(),
  }
}
