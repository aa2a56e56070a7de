import { afterEach, beforeEach, expect, test } from 'vitest'
import { entry } from '../../contracts/store/harness.ts'
import { adminToken, startConsole, type TestConsole } from '../start.ts'

let admin: TestConsole
beforeEach(async () => {
  admin = await startConsole()
})
afterEach(() => admin.close())

const read = async (): Promise<string> => {
  const body = new URLSearchParams({ token: adminToken })
  const signedIn = await fetch(`${admin.url}/admin/sign-in`, { method: 'POST', redirect: 'manual', body })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  return (await fetch(`${admin.url}/admin/status`, { headers: { cookie } })).text()
}

test('guests who have not said yet which hotel they mean are told of by themselves', async () => {
  expect(await read()).not.toContain('which hotel is meant')
  const { log } = admin.store
  const group = 'unrouted:slack'
  await log.append([entry('turn:slack:D0BOB', 'b', { group })])
  const [run] = await log.claim({ group, limit: 1, leaseMs: 1_000 })
  const until = Date.now() + 86_400_000
  const nextStep = { next: 'await', seen: 1, until, reason: 'no answer', asked: true } as const
  await log.settle({ lane: run?.lane ?? '', token: run?.token ?? 0, nextStep })
  const page = await read()
  expect(page).toContain('1 conversation waits until its guest says which hotel is meant.')
  const cells = Array.from(page.matchAll(/<td>([^<]*)<\/td>/g), ([, cell]) => cell)
  expect(cells.slice(-4)).toEqual(['1', '1', '0', '–'])
})

test('a clock that is wrong is told of, with whose it was compared', async () => {
  const text = (await read()).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
  expect(text).toContain(
    'Clock, compared with Mews wrong it is 20 minutes behind the clock of Mews. Set it by NTP.',
  )
  expect(text).toContain('Clock, compared with Slack right, 0 s apart')
  expect(text).toContain('not known yet')
})

test('another connector on the same access token is told of for a day, with what to do', async () => {
  const { marks } = admin.store
  const tell = (lastAt: number): Promise<void> => {
    const seen = { firstAt: lastAt, lastAt, turns: 3, threads: 1 }
    return marks.set('others:grand', JSON.stringify({ turnsTo: lastAt, threadsTo: lastAt, seen }))
  }
  // Of the clock that the page compares with.
  await tell(Date.now() - 3 * 86_400_000)
  expect(await read()).not.toContain('Another connector')
  await tell(Date.now())
  expect(await read()).toContain('3 messages and 1 thread that this one did not send')
})

test('a backup that was put back is told of for a week, with what is not resolved yet', async () => {
  const { marks, threads } = admin.store
  const putBack = (until: number): Promise<void> =>
    marks.set('restored', JSON.stringify({ since: until - 3_600_000, until }))
  const until = Date.now()
  await putBack(until)
  expect(await read()).toContain('threads that were opened meanwhile are being matched (grand, sea)')
  for (const property of ['grand', 'sea']) await marks.set(`restored:${property}`, String(until))
  await marks.set('unclaimed:grand', JSON.stringify(['t-1', 't-2']))
  await admin.say({ conversation: 'slack:D0ANN', from: 'guest', text: 'one', state: 'sent' })
  expect(await read()).toContain('Left: 2 threads whose guest is not known')
  // The guest of one has written again.
  const opening = { conversation: 'slack:D0ANN', property: 'grand', reference: 'R' }
  await threads.intend({ ...opening, subject: '', sender: '', startedAt: until })
  await threads.opened(opening, 't-1', until)
  expect(await read()).toContain('Left: 1 thread whose guest is not known')
  const eightDays = until - 8 * 86_400_000
  await putBack(eightDays)
  for (const property of ['grand', 'sea']) await marks.set(`restored:${property}`, String(eightDays))
  expect(await read()).not.toContain('was put back')
})
