import { afterAll, beforeAll, expect, test } from 'vitest'
import { findBarriers } from '../../fakes/browser/axe.ts'
import { useBrowser } from '../../fakes/browser/use-browser.ts'
import { adminToken, startConsole, type TestConsole } from '../start.ts'

const minute = 60_000

let admin: TestConsole
beforeAll(async () => {
  admin = await startConsole()
  const waits: readonly (readonly [string, number])[] = [
    ['Ann', 7],
    ['Ben', 42],
    ['Cora', 200],
  ]
  for (const [guest, minutes] of waits) {
    const conversation = `slack:D0${guest.toUpperCase()}`
    await admin.say({ conversation, from: 'guest', guest, text: 'Is the desk open?', state: 'sent' })
    const place = { thread: `thread of ${guest}`, conversation, property: 'hotel' }
    const reachedAt = [Date.now() - minutes * minute]
    const group = 'turn:waits'
    const entry = { lane: `turn:waits:${guest}`, group, kind: 'event', keys: [guest], payload: '{}', at: 1 }
    await admin.store.log.append([entry])
    const [run] = await admin.store.log.claim({ group, limit: 1, leaseMs: 1_000 })
    const { lane = '', token = 0 } = run ?? {}
    const rest = { doneThrough: 1, nextStep: { next: 'release' } } as const
    await admin.store.log.settle({ lane, token, waits: [{ ...place, reachedAt }], ...rest })
  }
  await admin.say({ conversation: 'slack:D0DORA', from: 'guest', guest: 'Dora', text: 'Hi', state: 'sent' })
})
afterAll(() => admin.close())
const newPage = useBrowser()

test('the front desk sees who waits, for how long, and the longest first', async () => {
  const page = await newPage({})
  await page.goto(`${admin.url}/admin`)
  await page.getByLabel('Admin token').fill(adminToken)
  await page.keyboard.press('Enter')
  await page.getByLabel('State').selectOption('Guest waits for a reply')
  await page.getByRole('button', { name: 'Show' }).click()
  const rows = page.getByRole('listitem')
  await rows.nth(2).waitFor()
  const texts = await rows.allInnerTexts()
  expect(texts.map((text) => /Ann|Ben|Cora|Dora/.exec(text)?.[0])).toEqual(['Cora', 'Ben', 'Ann'])
  expect(texts.map((text) => /waits [^\n]+/.exec(text)?.[0])).toEqual([
    'waits 3 h',
    'waits 42 min',
    'waits 7 min',
  ])
  expect(await findBarriers(page)).toEqual([])
  await rows.nth(1).click()
  await page.getByRole('heading', { name: 'Ben' }).waitFor()
  expect(await page.locator('#badges').innerText()).toContain('waits 42 min')
})
