import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { late, when } from '../../fixtures/penelope.ts'
import { findBarriers } from '../../fakes/browser/axe.ts'
import { useBrowser } from '../../fakes/browser/use-browser.ts'
import { adminToken, startConsole, type TestConsole } from '../start.ts'

const ann = 'slack:D0PENELOPE'
const teams = 'botframework:19:0f3a@thread.tacv2;messageid=1790000000000'

let admin: TestConsole

beforeAll(async () => {
  admin = await startConsole()
  const guest = 'Penelope Morgan'
  for (let number = 1; number <= 60; number += 1) {
    const conversation = `slack:C0LOBBY:17900000${String(number).padStart(2, '0')}.000100`
    await admin.say({
      conversation,
      from: 'guest',
      guest: `Guest ${number}`,
      text: 'Is breakfast included?',
      state: 'sent',
      at: 1_790_000_000_000 + number,
    })
  }
  await admin.say({
    conversation: teams,
    from: 'guest',
    guest: 'Jürgen Groß',
    text: 'Wo kann ich parken?',
    state: 'sent',
  })
  await admin.say({
    conversation: teams,
    from: 'hotel',
    text: 'In der Garage, Einfahrt um die Ecke.\n\n• 18 € pro Nacht\n• bis 1,90 m Höhe',
    state: 'sent',
    rest: { possiblyTwice: true },
  })
  await admin.say({ conversation: ann, from: 'guest', guest, text: late, state: 'sent' })
  await admin.say({ conversation: ann, from: 'hotel', text: when, state: 'sent' })
  await admin.say({
    conversation: ann,
    from: 'guest',
    guest,
    text: 'Around 11pm. Please hold my room, thank you.',
    state: 'sent',
  })
  await admin.say({
    conversation: ann,
    from: 'hotel',
    text: 'Of course. We are looking forward to seeing you!',
    state: 'failed',
    rest: { reason: 'Slack: the channel is archived (is_archived)' },
  })
  await admin.say({ conversation: ann, from: 'hotel', text: 'Are you still coming?' })
})
afterAll(() => admin.close())
const newPage = useBrowser()

const open = async (options: BrowserContextOptions = {}, path = '/admin', { url } = admin): Promise<Page> => {
  const page = await newPage(options)
  await page.goto(`${url}${path}`)
  await page.getByLabel('Admin token').fill(adminToken)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  return page
}

const shots: Readonly<Record<string, BrowserContextOptions>> = {
  desktop: { viewport: { width: 1280, height: 800 } },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 } },
}

describe.each(Object.entries(shots))('on %s', (_, options) => {
  test('every page fits its width, and says nothing wrong to the browser', async () => {
    const page = await open(options)
    const problems: string[] = []
    page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())))
    page.on('pageerror', (error) => void problems.push(String(error)))
    const paths = {
      conversations: '/admin/conversations',
      conversation: `/admin/conversation?id=${ann}`,
      deliveries: '/admin/deliveries',
      status: '/admin/status',
    }
    for (const [title, path] of Object.entries(paths)) {
      await page.goto(`${admin.url}${path}`)
      await page.locator('time').first().waitFor({ state: 'attached' })
      const [width, available] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
      expect({ title, fits: width !== undefined && available !== undefined && width <= available }).toEqual({
        title,
        fits: true,
      })
    }
    expect(problems).toEqual([])
    await page.close()
  })
})

test.each([true, false])(
  'conversations are found, paged and read (JavaScript: %s)',
  async (javaScriptEnabled) => {
    const page = await open({ javaScriptEnabled })
    const names = () => page.locator('.rows strong').allInnerTexts()
    expect((await names()).slice(0, 3)).toEqual(['Penelope Morgan', 'Jürgen Groß', 'Guest 60'])
    expect(await names()).toHaveLength(50)
    await page.getByRole('link', { name: 'Older' }).click()
    await page.getByText('Guest 1', { exact: true }).waitFor()
    expect(await names()).toHaveLength(12)
    await page.getByLabel('Search').fill('gross jurg')
    await page.getByLabel('Search').fill('jurgen')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByRole('link', { name: /Jürgen/ }).click()
    await page.getByRole('heading', { name: 'Jürgen Groß' }).waitFor()
    const log = page.getByRole('log')
    await log.getByText('Wo kann ich parken?').waitFor()
    expect(await log.getByText('possibly twice').count()).toBe(1)
    await page.close()
  },
)

test('states are filters', async () => {
  const page = await open()
  await page.getByLabel('State').selectOption('Failed')
  await page.getByRole('button', { name: 'Show' }).click()
  await page.waitForURL(/state=failed/)
  expect(await page.locator('.rows strong').allInnerTexts()).toEqual(['Penelope Morgan'])
  await page.close()
})

test('a transcript is downloaded in every format', async () => {
  const page = await open({}, `/admin/conversation?id=${encodeURIComponent(teams)}`)
  for (const extension of ['txt', 'json', 'html', 'transcript']) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: `.${extension}` }).click(),
    ])
    expect(download.suggestedFilename()).toBe(`conversation.${extension}`)
  }
  await page.close()
})

test('what is recorded while somebody looks appears by itself, and what was there stays', async () => {
  const page = await open({}, `/admin/conversation?id=${encodeURIComponent(teams)}`)
  await page.getByRole('log').getByText('Wo kann ich parken?').waitFor()
  const first = page.locator('#chat li').first()
  await first.evaluate((item) => Object.assign(item, { kept: 'yes' }))
  await admin.say({
    conversation: teams,
    from: 'guest',
    guest: 'Jürgen Groß',
    text: 'Danke schön!',
    state: 'sent',
  })
  await page.getByRole('log').getByText('Danke schön!').waitFor({ timeout: 15_000 })
  expect(await first.evaluate((item) => 'kept' in item)).toBe(true)
  await page.close()
})

test('everything can be reached with the keyboard, and has a name', async () => {
  const page = await open({}, '/admin/deliveries')
  await page.locator('body').press('Tab')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('To the content')
  const nameless = await page.evaluate(
    () =>
      Array.from(document.querySelectorAll('a, button, input:not([type=hidden]), select')).filter(
        (element) => {
          const labels =
            element instanceof HTMLInputElement || element instanceof HTMLSelectElement
              ? element.labels
              : null
          return element.textContent.trim() === '' && (labels?.length ?? 0) === 0
        },
      ).length,
  )
  expect(nameless).toBe(0)
  await page.close()
})

test('a failed reply is marked as delivered, and a waiting one given up, by their buttons', async () => {
  const page = await open({ javaScriptEnabled: false }, '/admin/deliveries')
  const failed = page.locator('#failed li', { hasText: 'looking forward' })
  await failed.getByText('the channel is archived').waitFor()
  await failed.getByRole('button', { name: 'Mark as delivered' }).click()
  await page.getByRole('heading', { name: 'Has this arrived?' }).waitFor()
  expect(await page.getByRole('main').textContent()).toContain('Nobody is told.')
  await page.getByRole('link', { name: 'Leave it as it is' }).click()
  await failed.getByRole('button', { name: 'Mark as delivered' }).click()
  expect(await admin.store.admin.repairs.failed(10)).toHaveLength(1)
  await page.getByRole('button', { name: 'Mark as delivered' }).click()
  await page.locator('#failed').getByText('Nothing has failed.').waitFor()
  const waiting = page.locator('#waiting li', { hasText: 'Are you still coming?' })
  await waiting.getByRole('button', { name: 'Give up' }).click()
  await page.getByRole('heading', { name: 'Give this up?' }).waitFor()
  expect(await page.getByRole('main').textContent()).toMatch(
    /The staff of one hotel are told, Grand Hotel, .*“Are you still coming\?”/su,
  )
  await page.getByRole('link', { name: 'Keep trying' }).click()
  await waiting.getByRole('button', { name: 'Give up' }).click()
  expect(await admin.store.admin.repairs.failed(10)).toEqual([])
  await page.getByRole('button', { name: 'Give up and tell the staff' }).click()
  await page.locator('#failed').getByText('Are you still coming?').waitFor()
  const failures = await admin.store.admin.repairs.failed(10)
  expect(failures).toMatchObject([{ lane: `reply:${ann}`, reason: 'An operator gave it up.' }])
  const [run] = await admin.store.log.claim({ group: 'turn:grand', limit: 10, leaseMs: 1_000 })
  expect(run?.entries).toMatchObject([{ kind: 'notice' }])
  await page.close()
})

test('status says where the connector acts on each platform, and what is wrong there', async () => {
  const odd = await startConsole({
    platforms: [
      {
        label: 'Slack',
        installations: async () => [
          { name: 'The <Guests>', ok: true, detail: 'workspace', installedAt: 1_793_640_300_000 },
          { name: 'E0GROUP', ok: false, detail: 'install the app there again' },
        ],
      },
      { label: 'Microsoft Teams', installations: () => Promise.reject(new Error('the records are away')) },
      { label: 'Without any' },
      {
        label: 'Booking sites',
        installations: async () => [
          { name: 'Account', ok: true, detail: 'sound', lookedAt: Date.now() - 7_200_000 },
        ],
      },
    ],
  })
  const page = await open({}, '/admin/status', odd)
  const rows = await page
    .getByRole('region', { name: 'Where the connector acts' })
    .getByRole('row')
    .allInnerTexts()
  const cells = rows.map((row) => row.split('\t').map((cell) => cell.trim()))
  expect(cells.slice(1)).toEqual([
    ['Slack', 'The <Guests>', 'ok workspace', expect.stringMatching(/2026/), '–'],
    ['Slack', 'E0GROUP', 'look here install the app there again', '–', '–'],
    [
      'Microsoft Teams',
      'Not known',
      expect.stringMatching(/^look here The records .* cannot be read/),
      '–',
      '–',
    ],
    ['Booking sites', 'Account', 'ok sound', '–', '2 h ago'],
  ])
  expect(await findBarriers(page)).toEqual([])
  await page.close()
  await odd.close()
})

test('signing out ends it', async () => {
  const page = await open()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Admin token').waitFor()
  await page.goto(`${admin.url}/admin/status`)
  expect(await page.getByLabel('Admin token').count()).toBe(1)
  await page.close()
})

test('what was given up before anybody read it is not to be read yet', async () => {
  const lane = 'turn:slack:D0UNREAD'
  const event = {
    group: 'turn:grand',
    kind: 'event',
    keys: ['unread'],
    payload: '{}',
    at: Date.now(),
  } as const
  await admin.store.log.append([{ lane, ...event }])
  const page = await open({}, '/admin/deliveries')
  await page.locator('#waiting li', { hasText: '[not read yet]' }).waitFor()
  expect(await admin.store.admin.repairs.giveUp(lane, 1, 'An operator gave it up.', [])).toBe('done')
  await page.locator('#failed li', { hasText: '[never read]' }).waitFor()
  await page.goto(`${admin.url}/admin/conversation?id=slack%3AD0UNREAD`)
  await page.locator('#chat .text', { hasText: '[never read]' }).waitFor()
  await page.close()
})
