import { eleven, gladly, late, when } from '../../fixtures/penelope.ts'
import { minute } from '../../fakes/clock.ts'
import type { TestConsole } from '../../admin/start.ts'

export const penelope = 'slack:D0PENELOPE'

/** Who wrote something today: platform's conversation, name, words, minutes ago. */
const others: readonly (readonly [string, string, string, number])[] = [
  ['botframework:19:lobby@thread.tacv2;messageid=1790000000123', 'Jürgen Groß', 'Wo kann ich parken?', 12],
  ['channex:9b1c5f1e-6a0e-4c58-8a19-3f1c0a7d2e11', 'Amélie Laurent', 'Is an early check-in possible?', 34],
  ['slack:C0LOBBY:1793640011.000219', 'Ines Ferreira', 'Is the pool open after nine?', 41],
  ['channex:1f0d4f0a-5f2f-4b57-9a55-0a6b8b0d9c42', 'Arthur Weiss', 'We are four, not three.', 66],
  ['botframework:a:1xK9dR2', 'Sofia Rossi', 'Could we have a cot for the baby?', 95],
  ['slack:D0NOVAK', 'Tomáš Novák', 'Děkuji!', 130],
  ['channex:7c2e0b55-94f3-4d0e-b2d3-5d1c6b7f8a90', 'Grace Okafor', 'What is the Wi-Fi password?', 155],
  ['slack:D0LINDQVIST', 'Maja Lindqvist', 'A late check-out, please.', 190],
  ['botframework:a:1pQ7', 'Haruto Tanaka', 'Is breakfast included?', 240],
]

/** Fills the console as it looks on an evening in a hotel, with one of each kind of trouble. */
export const fillConsole = async (console: TestConsole): Promise<void> => {
  const now = Date.now()
  for (const [conversation, guest, text, ago] of others.toReversed())
    await console.say({ conversation, from: 'guest', guest, text, state: 'sent', at: now - ago * minute })
  const [teams = ['', '', '', 0]] = others
  await console.say({
    conversation: teams[0],
    from: 'hotel',
    text: 'In der Garage, Einfahrt um die Ecke.',
    state: 'sent',
    rest: { possiblyTwice: true },
    at: now - 11 * minute,
  })
  const guest = { conversation: penelope, from: 'guest', guest: 'Penelope Morgan', state: 'sent' } as const
  const hotel = { conversation: penelope, from: 'hotel' } as const
  await console.say({ ...guest, text: late, at: now - 9 * minute })
  await console.say({ ...hotel, text: when, state: 'sent', at: now - 7 * minute })
  await console.say({ ...guest, text: eleven, at: now - 6 * minute })
  await console.say({
    ...hotel,
    text: gladly,
    state: 'sent',
    at: now - 4 * minute,
  })
  await console.say({
    ...hotel,
    conversation: 'slack:D0NOVAK',
    text: 'You are welcome. Shall we wake you at seven?',
    state: 'failed',
    rest: { reason: 'Slack: the user has been deactivated (account_inactive)' },
    at: now - 120 * minute,
  })
  await console.say({ ...hotel, text: 'The night porter will let you in.', at: now - 2 * minute })
  const [run] = await console.store.log.claim({ group: 'reply:slack', limit: 1, leaseMs: minute })
  if (run === undefined) throw new Error('nothing waits')
  await console.store.log.settle({
    lane: run.lane,
    token: run.token,
    nextStep: {
      next: 'retry',
      at: now + 2 * minute,
      reason: 'Slack could not be reached (ETIMEDOUT)',
      countAttempt: true,
    },
  })
  for (const key of ['grand', 'sea'])
    await console.store.marks.set(`synced:${key}:active`, String(now - 41_000))
}
