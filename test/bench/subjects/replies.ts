import { setTimeout as pause } from 'node:timers/promises'
import { createConnectorProcess, executable } from '../../e2e/support/connector-process.ts'
import { installInSlack, oauthSettings } from '../../fakes/slack/install-app.ts'
import { createSystemFixture, type SystemFixture } from '../../e2e/support/system-fixture.ts'
import { callsMethod, outsideMarketplace, tiers } from '../../fakes/slack/slack.ts'
import type { Benchmark } from '../report.ts'
import { spread } from '../rounds.ts'

/** How the app is installed, and what Slack allows such an app. */
const ways = [
  { name: 'one workspace by its token', settings: {}, limits: tiers },
  { name: 'by OAuth, one reading a minute', settings: oauthSettings, limits: outsideMarketplace },
] as const

/** What waited, and when guests had the half and the last of it, in milliseconds since the start. */
interface Recovered {
  readonly waiting: number
  readonly half: number
  readonly last: number
  readonly lost: number
  readonly doubled: number
  readonly outOfOrder: number
}

/** The fixture's fast settings go back to their defaults. */
const defaults = {
  MEWS_CONFIRM_SECONDS: '',
  MEWS_TIMEOUT_SECONDS: '',
  DELIVERY_RETRY_SECONDS: '',
  SLACK_CONFIRM_SECONDS: '',
  SLACK_HISTORY_SECONDS: '',
}

const longestMs = 180_000

const built = (settings: Parameters<typeof createConnectorProcess>[0]) =>
  createConnectorProcess(settings, { program: process.env['BENCH_PROGRAM'] ?? executable })

/** Hotel replies that a crash interrupts, the first of each conversation with an unknown outcome: until guests have all of them. */
export const replies: Benchmark = {
  name: 'replies',
  run: async ({ quick }) => {
    const [rounds, conversations, each] = quick ? [1, 2, 3] : [3, 10, 8]
    const results = new Map<string, Recovered[]>(ways.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round += 1)
      for (const way of quick ? ways.slice(0, 1) : ways)
        results.get(way.name)?.push(await interrupt(way, conversations, each))
    const all = [...results.values()].flat()
    const sum = (field: keyof Recovered): number => all.reduce((total, result) => total + result[field], 0)
    const seconds = (found: readonly Recovered[], field: 'half' | 'last'): string =>
      spread(found.map((result) => result[field] / 1000))
    return {
      title: 'Replies after a crash',
      columns: [
        'installed',
        'replies that waited',
        'half there after s',
        'all there after s',
        'lost',
        'twice',
      ],
      rows: [...results]
        .filter(([, found]) => found.length > 0)
        .map(([name, found]) => [
          name,
          found.map(({ waiting }) => waiting).join(', '),
          seconds(found, 'half'),
          seconds(found, 'last'),
          String(found.reduce((total, { lost }) => total + lost, 0)),
          String(found.reduce((total, { doubled }) => total + doubled, 0)),
        ]),
      notes: [
        `The hotel writes ${each} replies in each of ${conversations} conversations while Slack answers nothing; half of what it was asked, it did. ` +
          'Then the process is killed and started again, with every setting at its default.',
      ],
      counts: { lost: sum('lost'), doubled: sum('doubled'), outOfOrder: sum('outOfOrder') },
    }
  },
}

const interrupt = async (
  { settings, limits }: (typeof ways)[number],
  conversations: number,
  each: number,
): Promise<Recovered> => {
  const system = await createSystemFixture({ ...defaults, ...settings }, {}, built)
  try {
    const { connector, slack } = system
    slack.keepLimits(limits)
    await connector.start()
    if ('SLACK_CLIENT_ID' in settings) await installInSlack(system)
    const guests = Array.from({ length: conversations }, (_, index) => `D0GUEST${index}`)
    const threads = await openThreads(system, guests)
    await writeWhileSlackHangs(system, threads, each)
    await connector.kill()
    slack.server.heal()
    const waiting = conversations * each - count(system, guests)
    const began = Date.now()
    await connector.start()
    const half = (await until(() => count(system, guests) >= conversations * each - waiting / 2)) - began
    const last = (await until(() => count(system, guests) >= conversations * each)) - began
    // What would come twice comes now.
    await pause(1_000)
    return { waiting, half, last, ...judge(system, guests, each) }
  } finally {
    await system.close()
  }
}

/** Every guest writes once; gives their threads. */
const openThreads = async (
  { slack, mews }: SystemFixture,
  guests: readonly string[],
): Promise<readonly string[]> => {
  for (const channel of guests) slack.say({ channel, user: 'U0PENELOPE', text: 'Is the pool open?' })
  await until(() => mews.threads().length === guests.length)
  await slack.settled()
  return mews.threads().map(({ id }) => id)
}

/** Until the first posts are on their way, each in a conversation of its own. */
const writeWhileSlackHangs = async (
  { slack, mews }: SystemFixture,
  threads: readonly string[],
  each: number,
): Promise<void> => {
  let hanging = 0
  for (const index of threads.keys())
    slack.server.fail(
      { kind: 'hang', applied: index % 2 === 0, meanwhile: () => (hanging += 1) },
      { match: callsMethod('chat.postMessage') },
    )
  for (let number = 0; number < each; number += 1)
    for (const thread of threads) mews.reply(thread, textOf(number))
  await until(() => hanging > 0)
  await pause(500)
}

const textOf = (number: number): string => `Reply ${number}.`

const postedOf = ({ slack }: SystemFixture, guest: string): readonly string[] =>
  slack.posted(guest).filter((text) => /^Reply \d+\.$/.test(text))

/** How many different replies guests have. */
const count = (system: SystemFixture, guests: readonly string[]): number =>
  guests.reduce((sum, guest) => sum + new Set(postedOf(system, guest)).size, 0)

const judge = (
  system: SystemFixture,
  guests: readonly string[],
  each: number,
): Pick<Recovered, 'lost' | 'doubled' | 'outOfOrder'> => {
  const posted = guests.map((guest) => postedOf(system, guest))
  const doubled = posted.reduce((sum, texts) => sum + texts.length - new Set(texts).size, 0)
  const outOfOrder = posted.filter((texts) => texts.join() !== texts.toSorted().join()).length
  return { lost: guests.length * each - count(system, guests), doubled, outOfOrder }
}

/** Looks until it is so, or it has taken too long; gives when that was, in milliseconds since 1970. */
const until = async (isSo: () => boolean): Promise<number> => {
  const began = Date.now()
  while (!isSo() && Date.now() - began < longestMs) await pause(20)
  return Date.now()
}
