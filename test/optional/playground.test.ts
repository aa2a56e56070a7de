/**
 * The real program and Microsoft's Agents Playground, which stands in for Teams, in a real browser. To run it:
 *
 *   folder=$(mktemp -d); (cd "$folder" && npm install @microsoft/m365agentsplayground@0.2.28)
 *   sudo unshare --net sh -c "ip link set lo up &&
 *     PLAYGROUND=$folder/node_modules/.bin/agentsplayground npm test -- test/optional/playground.test.ts"
 *
 * The playground listens on every address of the machine and may report home: hence the network of its own.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Page } from 'playwright-core'
import { patience } from '../fakes/clock.ts'
import { createSystemFixture, type SystemFixture } from '../e2e/support/system-fixture.ts'
import { launchBrowser, type TestBrowser } from '../fakes/browser/browser.ts'
import { bot, places, startPlayground, type Playground } from './agents-playground.ts'

const executable = process.env['PLAYGROUND'] ?? ''
const anonymous = {
  HOST: '127.0.0.1',
  MicrosoftAppId: '',
  MicrosoftAppPassword: '',
  MicrosoftAppTenantId: '',
  BOT_OPENID_METADATA: '',
  BOT_TOKEN_URL: '',
  BOT_SERVICE_URLS: '',
  BOT_ALLOW_ANONYMOUS: 'true',
}

describe.skipIf(executable === '')('in Microsoft’s Agents Playground', () => {
  let system: SystemFixture
  let playground: Playground
  let browser: TestBrowser
  let page: Page

  beforeAll(async () => {
    system = await createSystemFixture(anonymous)
    await system.connector.start()
    playground = await startPlayground(executable, system.connector.url)
    browser = await launchBrowser()
    page = await browser.newPage()
    await page.goto(playground.url)
    // What is looked for must be in the conversation, not in the list of requests.
    await page.getByRole('button', { name: 'Hide log panel' }).click()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await playground?.close()
    await system?.close()
  })

  const seen = (text: string): Promise<void> =>
    vi.waitFor(async () => expect(await page.locator('body').innerText()).toContain(text), patience)
  const write = async (text: string): Promise<void> => {
    await page.getByRole('textbox').fill(text)
    await page.getByRole('button', { name: 'Send Message' }).click()
  }
  const threadWith = (text: string): Promise<string> =>
    vi.waitFor(() => {
      const { mews } = system
      const found = mews
        .threads()
        .find(({ id }) => mews.messages(id).some((message) => message.text === text))
      expect(found).toBeDefined()
      return found?.id ?? ''
    }, patience)

  const mention = async (text: string, button: string): Promise<void> => {
    const box = page.getByRole('textbox').first()
    await box.click()
    await box.pressSequentially(`@${bot.name.slice(0, 3)}`, { delay: 50 })
    await page.getByRole('menuitem', { name: bot.name }).click()
    await box.pressSequentially(` ${text}`)
    await page.getByRole('button', { name: button }).first().click()
  }

  it('a personal chat: a greeting, commands, and words both ways', async () => {
    await page.getByRole('treeitem', { name: 'Personal Chat' }).click()
    await playground.install(places.personal)
    await seen('Hello! You are in touch')
    await write('help')
    await seen('Everything you write here goes to the team')
    await write('Late arrival, **is** that <fine>?')
    const thread = await threadWith('Late arrival, **is** that <fine>?')
    system.mews.reply(thread, 'Yes, until 02:00.\nSee you!')
    await seen('Yes, until 02:00.')
    await write('status')
    await seen('Everything you wrote has reached')
    // Two of the guest, and *help*, which the hotel reads as well.
    expect(system.mews.messages(thread)).toHaveLength(3)
  })

  it.each([
    ['Group Chat', places.group, 'Send Message'],
    ['Hotel Team - Front desk room', places.channel, 'Post'],
  ])('%s: a greeting, and words both ways after a mention', async (name, place, button) => {
    await page.getByRole('treeitem', { name }).click()
    await playground.install(place)
    await seen('Hello! To reach the team')
    await playground.say(place, `Lunch in ${place}?`)
    await mention(`Towels for ${place}?`, button)
    const thread = await threadWith(`Towels for ${place}?`)
    system.mews.reply(thread, `Towels are coming to ${place}.`)
    await seen(`Towels are coming to ${place}.`)
    const texts = system.mews.threads().flatMap(({ id }) => system.mews.messages(id).map(({ text }) => text))
    expect(texts).not.toContain(`Lunch in ${place}?`)
  })
})
