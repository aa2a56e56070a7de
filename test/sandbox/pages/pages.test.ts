import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { useBrowser } from '../../fakes/browser/use-browser.ts'
import { startSandbox, type StartedSandbox } from '../start.ts'

const arrival = 'Hi! I just wanted to let you know I will be arriving late tonight'
const question = 'Hello Ms Penelope! Thank you for contacting us. What time do you expect to arrive?'
const answer = 'Around 11pm. Please hold my room, thank you.'

let started: StartedSandbox
const complaints: string[] = []

beforeEach(async () => {
  complaints.splice(0)
  started = await startSandbox()
})
afterEach(() => started.close())
const newPage = useBrowser()

const open = async (path: string, options: BrowserContextOptions = {}): Promise<Page> => {
  const page = await newPage(options)
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (line) => void (line.type() === 'error' && complaints.push(line.text())))
  await page.goto(`${started.sandbox.url}${path}`)
  return page
}

const messagesOf = (page: Page): Promise<readonly string[]> =>
  page.getByRole('log').locator('.text').allInnerTexts()

describe('the pages', () => {
  test('let guest and front desk have the example conversation, each on a page of its own', async () => {
    const guest = await open('/guest')
    const desk = await open('/desk')

    await guest.getByLabel('Write as Penelope Morgan').fill(arrival)
    await guest.getByRole('button', { name: 'Send' }).click()
    await desk.getByRole('heading', { name: 'Penelope Morgan' }).waitFor()
    await desk.getByRole('log').getByText(arrival).waitFor()
    await guest.getByText('· Sent').waitFor()

    await desk.getByLabel('Answer Penelope Morgan').fill(question)
    await desk.keyboard.press('Enter')
    await guest.getByRole('log').getByText(question).waitFor()

    await guest.getByRole('button', { name: answer }).click()
    await desk.getByRole('log').getByText(answer).waitFor()

    expect(await messagesOf(guest)).toEqual([arrival, question, answer])
    expect(await messagesOf(desk)).toEqual([arrival, question, answer])
    expect(complaints).toEqual([])
  })

  test('take the example conversation by three clicks on the start page', async () => {
    const page = await open('/')
    for (const line of [arrival, question, answer]) await page.getByRole('button', { name: line }).click()
    const desk = page.getByRole('region', { name: 'Front desk' })
    await desk.getByRole('log').getByText(answer).waitFor()
    expect(complaints).toEqual([])
  })

  test('work without JavaScript', async () => {
    const guest = await open('/guest', { javaScriptEnabled: false })
    const desk = await open('/desk', { javaScriptEnabled: false })
    await guest.getByLabel('Write as Penelope Morgan').fill(arrival)
    await guest.getByRole('button', { name: 'Send' }).click()
    await guest.getByText('· Sent').waitFor()
    await desk.getByRole('link', { name: 'refresh' }).click()
    await desk.getByLabel('Answer Penelope Morgan').fill(question)
    await desk.getByRole('button', { name: 'Send' }).click()
    await expect
      .poll(async () => {
        await guest.reload()
        return messagesOf(guest)
      })
      .toEqual([arrival, question])
  })

  test('keep what is being typed, and where, while messages arrive', async () => {
    const page = await open('/')
    await page.getByRole('button', { name: arrival }).click()
    const draft = page.getByLabel('Answer Penelope Morgan')
    await draft.fill('Hello Ms P')

    const other = await open('/guest')
    await other.getByLabel('Write as Penelope Morgan').fill('Are you there?')
    await other.keyboard.press('Enter')

    await page.getByRole('region', { name: 'Front desk' }).getByText('Are you there?').waitFor()
    expect(await draft.inputValue()).toBe('Hello Ms P')
    expect(await draft.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  test('stay with the thread that is being answered when another guest writes, even when loaded again', async () => {
    const desk = await open('/desk')
    const guest = await open('/guest')
    await guest.getByRole('button', { name: arrival }).click()
    await desk.getByRole('heading', { name: 'Penelope Morgan' }).waitFor()

    await guest.getByRole('link', { name: 'Arthur Weiss' }).click()
    await guest.getByLabel('Write in the thread').fill('Is the pool open?')
    await guest.keyboard.press('Enter')

    await desk.getByRole('link', { name: 'Arthur Weiss' }).waitFor()
    await desk.reload()
    expect(await desk.getByRole('heading', { name: 'Penelope Morgan' }).isVisible()).toBe(true)
    expect(await messagesOf(desk)).toEqual([arrival])
  })

  test('open a chat for a new guest', async () => {
    const page = await open('/')
    await page.getByText('New guest').click()
    await page.getByLabel('Name').fill('Ines <b>Ferreira</b>')
    await page.getByRole('button', { name: 'Open chat' }).click()
    await page.getByLabel('Write as Ines <b>Ferreira</b>').fill('<img src=x onerror=alert(1)>')
    await page.keyboard.press('Enter')
    const desk = page.getByRole('region', { name: 'Front desk' })
    await desk.getByRole('heading', { name: 'Ines <b>Ferreira</b>' }).waitFor()
    await desk.getByRole('log').getByText('<img src=x onerror=alert(1)>').waitFor()
    expect(complaints).toEqual([])
  })

  test('say that the connector did not take a message, and let it be sent again', async () => {
    const page = await open('/guest')
    await started.connector.pause()
    await page.getByRole('button', { name: arrival }).click()
    await page.getByText('Not sent: the connector is not running.').waitFor()

    await started.connector.resume()
    await page.getByRole('button', { name: 'Send again' }).click()
    await page.getByText('· Sent').waitFor()
    expect(await messagesOf(page)).toEqual([arrival])
  })

  test('resolve a thread', async () => {
    const page = await open('/')
    await page.getByRole('button', { name: arrival }).click()
    await page.getByRole('button', { name: 'Resolve' }).click()
    await page.getByText('What the guest writes next opens a new thread.').waitFor()
    expect(await page.getByRole('button', { name: 'Resolve' }).count()).toBe(0)
  })

  test('keep what was typed when the sandbox itself is gone', async () => {
    const page = await open('/guest')
    await page.getByLabel('Write as Penelope Morgan').fill('Hello?')
    await started.sandbox.close()
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('Is it still running?').waitFor()
    await expect.poll(() => page.getByLabel('Write as Penelope Morgan').inputValue()).toBe('Hello?')
  })

  test('fit a phone', async () => {
    const page = await open('/', { viewport: { width: 360, height: 740 } })
    await page.getByRole('button', { name: arrival }).click()
    await page.getByRole('button', { name: question }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
  })
})
