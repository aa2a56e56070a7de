import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formats } from '../../../src/transcript/formats.ts'
import { readWholeTranscript } from '../../../src/transcript/lines.ts'
import { findBarriers } from '../../fakes/browser/axe.ts'
import { useBrowser } from '../../fakes/browser/use-browser.ts'
import { adminToken, startConsole, type TestConsole } from '../start.ts'

const ann = 'slack:D0PENELOPE'
const bob = 'botframework:19:0f3a@thread.tacv2;messageid=1790000000000'
const guest = 'Penelope Morgan'

let admin: TestConsole
beforeAll(async () => {
  admin = await startConsole()
  const parking = 'Wo kann ich parken?'
  const payload = JSON.stringify({ text: parking, by: 'Jürgen Groß' })
  await admin.say({ conversation: bob, from: 'guest', guest: 'Jürgen Groß', text: parking, payload })
  await admin.say({
    conversation: ann,
    from: 'guest',
    guest,
    text: 'I will be arriving late.',
    state: 'sent',
  })
  const twice = { possiblyTwice: true }
  await admin.say({ conversation: ann, from: 'hotel', text: 'When?', state: 'sent', rest: twice })
  const refused = { reason: 'Slack: the channel is archived (is_archived)' }
  await admin.say({ conversation: ann, from: 'hotel', text: 'Thank you.', state: 'failed', rest: refused })
  await admin.say({ conversation: ann, from: 'hotel', text: 'Are you still coming?' })
})
afterAll(() => admin.close())
const newPage = useBrowser()

const looks = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 } },
  'high contrast': { forcedColors: 'active' },
} as const

const paths = {
  conversations: '/admin/conversations',
  'no conversations': '/admin/conversations?search=nobody',
  conversation: `/admin/conversation?id=${ann}`,
  'a long id': `/admin/conversation?id=${encodeURIComponent(bob)}`,
  deliveries: '/admin/deliveries',
  status: '/admin/status',
  'what is not there': '/admin/conversation?id=nobody',
}

describe.each(Object.entries(looks))('axe finds nothing wrong, %s,', (_, look) => {
  test('with any page of the console', async () => {
    const page = await newPage(look)
    await page.goto(`${admin.url}/admin`)
    await page.getByLabel('Admin token').waitFor()
    expect(await findBarriers(page)).toEqual([])
    await page.getByLabel('Admin token').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    expect(await findBarriers(page)).toEqual([])
    await page.getByLabel('Admin token').fill(adminToken)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    for (const [title, path] of Object.entries(paths)) {
      await page.goto(`${admin.url}${path}`)
      expect({ title, barriers: await findBarriers(page) }).toEqual({ title, barriers: [] })
    }
  })

  test('with the question before something is given up', async () => {
    const page = await newPage(look)
    await page.goto(`${admin.url}/admin/deliveries`)
    await page.getByLabel('Admin token').fill(adminToken)
    await page.keyboard.press('Enter')
    const waiting = page.locator('#waiting li', { hasText: 'Jürgen Groß' })
    await waiting.getByRole('button', { name: 'Give up' }).click()
    await page.getByText('One guest is told, Jürgen Groß, on Microsoft Teams').waitFor()
    await page.getByText('“Wo kann ich parken?”').waitFor()
    expect(await findBarriers(page)).toEqual([])
  })

  test('with a transcript as a page', async () => {
    const transcript = await readWholeTranscript(admin.store.admin, ann)
    const format = formats.find(({ name }) => name === 'html')
    if (transcript === undefined || format === undefined) throw new Error('there is no transcript')
    const page = await newPage(look)
    let text = ''
    for await (const piece of format.write(transcript)) text += piece
    await page.setContent(text)
    expect(await findBarriers(page)).toEqual([])
  })
})
