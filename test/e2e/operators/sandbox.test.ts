import { afterAll, beforeAll, expect, test } from 'vitest'
import { eleven, late, when } from '../../fixtures/penelope.ts'
import { useBrowser } from '../../fakes/browser/use-browser.ts'
import { type ConnectorProcess, createConnectorProcess } from '../support/connector-process.ts'

const adminToken = '0123456789abcdef0123456789abcdef'

let connector: ConnectorProcess
beforeAll(async () => {
  connector = await createConnectorProcess(() => ({ ADMIN_TOKEN: adminToken }))
  await connector.start()
})
afterAll(() => connector.dispose())
const newPage = useBrowser()

test('a newcomer without any account or setting has the conversation in a browser', async () => {
  const [, address = ''] = /open (http:\S+) in a browser/.exec(connector.output) ?? []
  const guest = await newPage()
  const desk = await newPage()
  await guest.goto(`${address}/guest`)
  await desk.goto(`${address}/desk`)

  await guest.getByLabel('Write as Penelope Morgan').fill(late)
  await guest.getByRole('button', { name: 'Send' }).click()
  await desk.getByRole('log').getByText(late).waitFor()
  await desk.getByLabel('Answer Penelope Morgan').fill(when)
  await desk.keyboard.press('Enter')
  await guest.getByRole('log').getByText(when).waitFor()
  await guest.getByRole('button', { name: eleven }).click()
  await desk.getByRole('log').getByText(eleven).waitFor()

  const heard = await guest.getByRole('log').locator('.text').allInnerTexts()
  expect(heard.slice(-3)).toEqual([late, when, eleven])
})

test('the console shows it too, where its token is set', async () => {
  const page = await newPage()
  await page.goto(`${connector.url}/admin`)
  await page.getByLabel('Admin token').fill(adminToken)
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Penelope Morgan' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/admin/conversations')
})

test('the sandbox ends cleanly when it is asked to', async () => {
  expect(await connector.stop()).toBe(0)
})
