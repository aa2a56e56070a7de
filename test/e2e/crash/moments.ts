import { setTimeout as pause } from 'node:timers/promises'
import { isConnectorRequest } from '../../fakes/botframework/botframework.ts'
import type { FakeRequest, Fault } from '../../fakes/server.ts'
import { isOfMessages, isSend } from '../../fakes/channex/channex.ts'
import { callsMethod } from '../../fakes/slack/slack.ts'
import type { Load } from './load.ts'
import type { Chance } from './random.ts'
import type { SystemFixture } from '../support/system-fixture.ts'

/** Starts the connector, lets it live for a moment, and kills it; resolves when it is dead. */
type Moment = (system: SystemFixture, load: Load, chance: Chance) => Promise<void>

/** When the connector dies, in words and in deed. */
export type NamedMoment = readonly [name: string, moment: Moment]

/** A call that does not come in this time, on a busy machine either, is not waited for. */
const patienceMs = 4_000
/** On a busy machine it takes its time until the first words are taken. */
const wakingMs = 6_000

const whileStarting: Moment = async ({ connector }, _load, chance) => {
  const starting = connector.start().catch(() => {})
  await pause(chance.between(0, 600))
  await connector.kill()
  await starting
}

/** Starts it and lets it work for up to so long; half of the time only once it has taken something of what waits. */
const live = async (
  { connector }: SystemFixture,
  load: Load,
  chance: Chance,
  longestMs: number,
): Promise<void> => {
  await connector.start()
  if (chance.happens(0.5)) await Promise.race([load.next('taken'), pause(wakingMs)])
  await pause(chance.between(0, longestMs))
}

const anyTime: Moment = async (system, load, chance) => {
  await live(system, load, chance, 400)
  await system.connector.kill()
}

/** Asks the connector to stop; that it ends well is part of what is promised. */
export const stop = async ({ connector }: SystemFixture): Promise<void> => {
  const code = await connector.stop()
  if (code !== 0) throw new Error(`the connector ended with ${code}:\n${connector.output.slice(-4_000)}`)
}

/** Not a kill: a clean stop in the middle of everything. */
export const stopAnyTime: Moment = async (system, load, chance) => {
  await live(system, load, chance, 400)
  await stop(system)
}

/** It stands still in the middle of everything, and dies some time after it has gone on. */
const onceFrozen =
  (longestMs: number): Moment =>
  async (system, load, chance) => {
    const { connector } = system
    await live(system, load, chance, 400)
    connector.freeze()
    await pause(chance.between(longestMs / 10, longestMs))
    connector.thaw()
    await pause(chance.between(0, 2_000))
    await connector.kill()
  }

/** Within milliseconds of a guest's words being sent: before, while and after they are recorded. */
const whenSaid: Moment = async (system, load, chance) => {
  await live(system, load, chance, 200)
  await Promise.race([load.next('said'), pause(patienceMs)])
  await pause(chance.between(0, 12))
  await system.connector.kill()
}

/** Makes the other side of one kind of call meet a fault. */
type Arm = (system: SystemFixture, fault: Fault) => void

/** When the other side has a request: before it did anything (`applied: false`), or before its answer leaves. */
const whenCalled =
  (arm: Arm, applied: boolean): Moment =>
  async (system, load, chance) => {
    const { connector, mews, slack, teams, channex } = system
    await live(system, load, chance, 200)
    await new Promise<void>((resolve) => {
      const kill = (): void => void connector.kill().then(resolve)
      const timer = setTimeout(kill, patienceMs)
      const meanwhile = (): void => {
        clearTimeout(timer)
        kill()
      }
      arm(system, { kind: 'hang', applied, meanwhile })
    })
    for (const server of [mews, slack.server, teams.server, channex.server]) server.heal()
  }

const toMews =
  (operation: 'messageThreads/add' | 'messageThreads/getAll' | 'messages/add' | 'messages/getAll'): Arm =>
  ({ mews }, fault) =>
    mews.fail(fault, { operation })

const toSlack =
  (method: string): Arm =>
  ({ slack }, fault) =>
    slack.server.fail(fault, { match: callsMethod(method) })

const toTeams: Arm = ({ teams }, fault) =>
  teams.server.fail(fault, {
    match: (request) => isConnectorRequest(request) && request.body.includes('"type":"message"'),
  })

const toChannex =
  (match: (request: FakeRequest) => boolean): Arm =>
  ({ channex }, fault) =>
    channex.server.fail(fault, { match })

const calls: Readonly<Record<string, Arm>> = {
  'messageThreads/add': toMews('messageThreads/add'),
  'messageThreads/getAll': toMews('messageThreads/getAll'),
  'messages/add': toMews('messages/add'),
  'messages/getAll': toMews('messages/getAll'),
  'chat.postMessage': toSlack('chat.postMessage'),
  'conversations.history': toSlack('conversations.history'),
  'conversations.replies': toSlack('conversations.replies'),
  'users.info': toSlack('users.info'),
  'a post to Teams': toTeams,
  'a post to Channex': toChannex(isSend),
  'a look into a thread of Channex': toChannex(isOfMessages),
}

const specialMoments: readonly NamedMoment[] = [
  ['while starting', whileStarting],
  ['when a guest speaks', whenSaid],
  ['after a moment of standing still', onceFrozen(3_000)],
  ['after standing still', onceFrozen(12_000)],
  ...Object.entries(calls).flatMap(([name, arm]): readonly NamedMoment[] => [
    [`before ${name}`, whenCalled(arm, false)],
    [`after ${name}`, whenCalled(arm, true)],
  ]),
]

const ordinaryMoment: NamedMoment = ['any time', anyTime]

/** Draws moments: every second one is any time, and each of the special ones comes once before one of them comes again. */
export const createDeck = (chance: Chance): (() => NamedMoment) => {
  let deck: NamedMoment[] = []
  return () => {
    if (deck.length === 0)
      deck = chance.shuffle(specialMoments).flatMap((special) => [special, ordinaryMoment])
    return deck.pop() ?? ordinaryMoment
  }
}
