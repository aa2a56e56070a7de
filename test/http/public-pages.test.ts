import { describe, expect, test } from 'vitest'
import { createPublicPages, type PublicPagesOptions } from '../../src/http/public-pages.ts'
import { createTexts } from '../../src/relay/wording.ts'
import { findBarriers } from '../fakes/browser/axe.ts'
import { useBrowser } from '../fakes/browser/use-browser.ts'
import { startServer, type TestServer } from './server.ts'

const days = (count: number): number => count * 24 * 3_600_000

const start = ({
  texts = {},
  ...options
}: Partial<Omit<PublicPagesOptions, 'texts'>> & {
  texts?: Readonly<Record<string, string>>
} = {}): Promise<TestServer> =>
  startServer(
    {},
    undefined,
    createPublicPages({
      texts: createTexts(texts),
      platformNames: ['Slack', 'Microsoft Teams', 'Booking.com'],
      retentionMs: undefined,
      ...options,
    }),
  )

const open = useBrowser()

/** What stands on a page for people, without its markup. */
const textOf = async (address: string): Promise<string> => {
  const page = await open()
  await page.goto(address)
  return page.locator('main').innerText()
}

describe('the start page', () => {
  test('says in two sentences what this is, and leads to privacy and terms', async () => {
    const { address } = await start()
    const page = await open()
    await page.goto(address)
    const about = await page.locator('p').innerText()
    expect(about.match(/[^.]+\.(?= |$)/g)).toHaveLength(2)
    expect(about).toContain('Slack, Microsoft Teams or Booking.com')
    expect(await page.title()).toBe('Write to the hotel')
    await page.getByRole('link', { name: 'Privacy' }).click()
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Privacy')
    await page.getByRole('link', { name: 'Write to the hotel' }).click()
    await page.getByRole('link', { name: 'Terms of use' }).click()
    expect(new URL(page.url()).hash).toBe('#terms')
    await expect.poll(() => page.getByRole('heading', { name: 'Terms of use' }).isVisible()).toBe(true)
  })

  test('says nothing of the inside', async () => {
    const { address } = await start()
    for (const path of ['', '/privacy', '/nothing']) {
      const answer = await fetch(`${address}${path}`, { headers: { accept: 'text/html' } })
      const all = JSON.stringify([...answer.headers]) + (await answer.text())
      expect(all).not.toMatch(/version|restify|node|sqlite|postgres|channex|connector|\/admin/i)
    }
  })

  test('answers HEAD, and nothing but GET', async () => {
    const { address } = await start()
    expect((await fetch(address, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(`${address}/privacy`, { method: 'POST' })).status).toBe(405)
  })
})

describe('the privacy page', () => {
  test.each([
    [undefined, 'Until the hotel has it erased'],
    [days(30), 'erased after 30 days'],
    [days(1), 'erased after 1 day.'],
    [days(1.5), 'erased after 1.5 days'],
    [days(365), 'erased after 365 days'],
    [days(0.5), 'erased after 12 hours'],
    [days(0.001), 'erased after 1.4 minutes'],
  ])('says for how long, by RETENTION_DAYS: %s ms', async (retentionMs, words) => {
    const { address } = await start({ retentionMs })
    expect(await textOf(`${address}/privacy`)).toContain(words)
  })

  test('says what is looked up where stays are', async () => {
    const words = 'looked for in the hotel system'
    const { address } = await start({ looksUpStays: true })
    expect(await textOf(`${address}/privacy`)).toContain(words)
    const { address: without } = await start({})
    expect(await textOf(`${without}/privacy`)).not.toContain(words)
  })

  test('says for how long, and where, in the language of the texts', async () => {
    const { address } = await start({
      retentionMs: days(1.5),
      platformNames: ['Slack', 'Airbnb'],
      texts: { language: 'de', privacy: 'In {platforms}. {kept}', privacyErased: 'So lange: {time}.' },
    })
    expect(await textOf(`${address}/privacy`)).toContain('In Slack oder Airbnb. So lange: 1,5 Tage.')
    expect(await (await fetch(`${address}/privacy`)).text()).toContain('<html lang="de">')
  })

  test('names the platforms that are on, and no other', async () => {
    const { address } = await start({ platformNames: ['Airbnb'] })
    const text = await textOf(`${address}/privacy`)
    expect(text).toContain('your id in Airbnb')
    expect(text).not.toMatch(/Slack|Teams|Booking/)
  })

  test('is the hotel’s own text where there is one, as text, with its headings and links', async () => {
    const { address } = await start({
      retentionMs: days(30),
      texts: {
        privacyTitle: 'Datenschutz',
        privacy:
          '# Wer wir sind\nGrand Hotel <b>GmbH</b>, privacy@grand.example.com.\n\nMehr: https://grand.example.com/privacy?a=1&b=2. "{kept}"\n# Wie lange',
        terms: 'Es gilt <script>alert(1)</script> die Hausordnung.',
      },
    })
    const page = await open()
    await page.goto(`${address}/privacy`)
    expect(await page.locator('h1, h2, p').allInnerTexts()).toEqual([
      'Datenschutz',
      'Wer wir sind',
      'Grand Hotel <b>GmbH</b>, privacy@grand.example.com.',
      'Mehr: https://grand.example.com/privacy?a=1&b=2. "Messages and names are erased after 30 days. Ids are kept, so that no message arrives twice."',
      'Wie lange',
      'Terms of use',
      'Es gilt <script>alert(1)</script> die Hausordnung.',
    ])
    const links = page.locator('p a')
    expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toEqual([
      'mailto:privacy@grand.example.com',
      'https://grand.example.com/privacy?a=1&b=2',
    ])
  })
})

describe('what there is not', () => {
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

  test.each([
    [browser, 'text/html'],
    ['text/html', 'text/html'],
    ['TEXT/HTML; charset=utf-8', 'text/html'],
    ['application/json, text/html', 'text/html'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/json, text/html;q=0.5', 'application/json'],
    ['text/html;q=0', 'application/json'],
    ['text/html;q=none', 'application/json'],
    [',;,q=', 'application/json'],
    ['', 'application/json'],
  ])('is told in the form that is wanted: Accept %j', async (accept, type) => {
    const { address } = await start()
    for (const [path, status] of [
      ['/nothing', 404],
      ['/hook', 405],
      ['/page/<script>alert(1)</script>', 404],
    ] as const) {
      const answer = await fetch(`${address}${path}`, { headers: { accept } })
      expect([answer.status, answer.headers.get('content-type')?.split(';')[0]]).toEqual([status, type])
      expect(answer.headers.get('vary')).toBe('accept')
      expect(await answer.text()).not.toContain('alert')
    }
  })

  test('leads people to the start page', async () => {
    const { address } = await start()
    const page = await open()
    await page.goto(`${address}/nothing`)
    expect(await page.title()).toBe('There is no such page')
    await page.getByRole('link', { name: 'To the start page' }).click()
    expect(await page.title()).toBe('Write to the hotel')
  })

  test('is told the same way of a page that a reload took away', async () => {
    const { address, server } = await start()
    server.setRoutes([])
    const answer = await fetch(`${address}/privacy`, { headers: { accept: browser } })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
  })
})

describe('all of them, in a browser', () => {
  test.each([
    ['light', 1120],
    ['dark', 1120],
    ['light', 320],
    ['dark', 320],
  ] as const)('have no barrier and fit: %s, %i pixels wide', async (colorScheme, width) => {
    const { address } = await start({ retentionMs: days(30) })
    const page = await open({ colorScheme, viewport: { width, height: 700 } })
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    for (const path of ['/', '/privacy', '/nothing']) {
      await page.goto(`${address}${path}`)
      expect(await findBarriers(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
        colorScheme === 'light' ? 'rgb(242, 243, 239)' : 'rgb(17, 21, 23)',
      )
      expect(
        await page.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth),
      ).toBeGreaterThan(0)
    }
    expect(complaints.filter((text) => !text.includes('404'))).toEqual([])
  })

  test('a browser takes no script, style, frame or form of anybody else on them', async () => {
    const { address } = await start()
    const policy = (await fetch(address)).headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    )
  })
})
