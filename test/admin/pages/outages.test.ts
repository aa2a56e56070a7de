import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { minute } from '../../fakes/clock.ts'
import { adminToken, startConsole, type TestConsole } from '../start.ts'

let admin: TestConsole
let cookie = ''
beforeEach(async () => {
  admin = await startConsole()
  const signedIn = await fetch(`${admin.url}/admin/sign-in`, {
    redirect: 'manual',
    method: 'POST',
    body: new URLSearchParams({ token: adminToken }),
  })
  cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
})
afterEach(() => admin.close())

const read = async (page: string): Promise<string> => {
  const response = await fetch(`${admin.url}/admin/${page}`, { headers: { cookie } })
  return (await response.text()).replaceAll(/\s+/g, ' ')
}

/** What stands above everything else. */
const outagesOn = async (page: string): Promise<string> =>
  /<div id="outages".*?<\/div>/.exec(await read(page))?.[0] ?? ''

const write = (conversation: string, property: string, words: object): Promise<unknown> =>
  admin.store.log.append([
    {
      lane: `turn:${conversation}`,
      group: `turn:${property}`,
      kind: 'event',
      keys: [conversation],
      payload: JSON.stringify(words),
      at: Date.now(),
    },
  ])

test.each(['conversations', 'conversation?id=slack%3AD0LARA', 'deliveries', 'status'])(
  '/admin/%s says first that Mews cannot be reached, since when, why, and how much waits',
  async (page) => {
    await write('slack:D0LARA', 'sea', { text: 'Is the pool open?', by: 'Lara' })
    const outages = await outagesOn(page)
    expect(outages).toMatch(
      /<strong>Mews cannot be reached for Sea View<\/strong> since <time datetime="[^"]+">[^<]+<\/time>; 1 message waits\./,
    )
    expect(outages).toContain('<small>')
    expect(outages).not.toContain('Grand Hotel')
  },
)

test('who is not signed in reads nothing of it', async () => {
  const response = await fetch(`${admin.url}/admin/sign-in`)
  expect(await response.text()).not.toContain('outages')
})

test('what waits shows its words, its guest and its cause, though no hotel was told of it yet', async () => {
  await write('slack:D0LARA', 'sea', { text: 'Is the <pool> open?', by: 'Lara' })
  const page = await read('deliveries')
  expect(page).toContain('<p class="words">Is the &lt;pool&gt; open?</p>')
  expect(page).toContain('>Lara (Slack)</a>')
  expect(page).toContain('<small>Mews cannot be reached for Sea View.</small>')
  expect(page).not.toContain('[not read yet]')
})

test('what cannot be read is shown by its conversation', async () => {
  await write('slack:D0LARA', 'sea', {})
  const page = await read('deliveries')
  expect(page).toContain('[not read yet]')
  expect(page).toContain('>slack:D0LARA</a>')
})

test.each([
  ['reply:slack:D0LARA', 'reply:slack', '1 message to guests on Slack cannot be delivered'],
  ['turn:slack:D0LARA', 'turn:grand', '1 message for Grand Hotel cannot be delivered'],
])('what fails for more than a minute is told, whatever the reason: %s', async (lane, group, told) => {
  const failBy = async (ms: number): Promise<void> => {
    const clock = { ...systemClock, now: () => Date.now() - ms }
    const { log } = await admin.open(clock)
    const [run] = await log.claim({ group, limit: 1, leaseMs: minute })
    const nextStep = { next: 'retry', at: clock.now(), reason: 'away', countAttempt: true } as const
    await log.settle({ lane, token: run?.token ?? 0, nextStep })
  }
  await admin.store.log.append([
    { lane, group, kind: 'reply', keys: ['k'], payload: '{}', at: Date.now() - 5 * minute },
  ])
  expect(await outagesOn('status')).not.toContain(told)
  await failBy(2 * minute)
  expect(await outagesOn('status')).toContain(told)
})
