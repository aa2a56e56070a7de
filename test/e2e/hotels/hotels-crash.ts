import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isSuccess } from '../../fakes/server.ts'
import { balance, type Balance, type Words } from '../crash/books.ts'
import { compileCache, type createConnectorProcess } from '../support/connector-process.ts'
import { inDirectMessage, inTeamsChat, ownerOf, type Guest } from '../support/guests.ts'
import { type Chance, createChance } from '../crash/random.ts'
import { lastOutput } from '../crash/rounds.ts'
import {
  findButton,
  isQuestion,
  twoHotels as hotels,
  twoHotelsFile,
  withoutOneHotel,
} from '../support/which-hotel.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

export interface HotelsCrashOptions {
  readonly seed: number
  /** How long it is killed again and again. */
  readonly lastsMs: number
  readonly settings?: Readonly<Record<string, string>>
  readonly create?: typeof createConnectorProcess
}

export interface HotelsCrashResult extends Balance {
  readonly kills: number
  readonly turns: number
  /** Conversations that are in another hotel than the one that was chosen, and answers that a hotel got to read. */
  readonly misled: readonly string[]
  readonly output: string
}

const quick = {
  ...withoutOneHotel,
  MEWS_SYNC_SECONDS: '1',
  MEWS_REQUESTS_PER_30S: '200',
  NODE_COMPILE_CACHE: compileCache,
}

const perPlatform = 12
/** In the end everything must have arrived by then. */
const settleMs = 60_000

interface Conversation {
  readonly number: number
  readonly guest: Guest
  readonly hotel: number
  /** The way to answer by a click; undefined before there is something to click. */
  readonly click: (choice: number) => Promise<boolean> | undefined
  readonly written: (readonly Words[])[]
}

const onSlack = ({ slack, connector }: SystemFixture, number: number): Conversation['click'] => {
  const place = { channel: `D0GUEST${number}`, user: `U0GUEST${number}` }
  return (choice) => findButton(slack, place, choice)?.(connector.url).then(isSuccess)
}

const onTeams = ({ teams, connector }: SystemFixture, number: number): Conversation['click'] => {
  const id = `a:guest-${number}`
  return (choice) => {
    const cards = JSON.stringify(teams.connector.posted(id).map(({ activity }) => activity))
    const [, value] = [...cards.matchAll(/"mewsChatChoice":"([^"]+)"/g)][choice] ?? []
    if (value === undefined) return undefined
    const { text: _, ...submitted } = teams.activities.message('')
    const activity = {
      ...submitted,
      from: { id: `29:guest-${number}`, name: `Guest ${number}` },
      conversation: { ...(submitted['conversation'] as object), id },
      value: { mewsChatChoice: value },
    }
    return teams
      .post(connector.url, activity, { times: 1, patienceMs: 5_000 })
      .then((statuses) => statuses.some(isSuccess))
  }
}

/** A guest writes, is asked, writes on, answers by click or by name, and writes on. */
const converse = async (conversation: Conversation, chance: Chance): Promise<void> => {
  const { number, guest, hotel, written, click } = conversation
  const say = async (text: string): Promise<boolean> => {
    const taken = await guest.say(text)
    written.push([{ text, taken }])
    return taken
  }
  const wasAsked = async (): Promise<void> => {
    for (let serial = 1; !(await say(`turn ${number}.1.${serial}`)); serial += 1) await pause(50)
    while (!guest.heard().some(isQuestion)) await pause(50)
  }
  const clicks = chance.happens(0.5)
  await wasAsked()
  if (chance.happens(0.5)) await say(`turn ${number}.2`)
  // Nobody gives up: whoever did while it was being killed would never be heard.
  for (let attempt = 0; ; attempt += 1) {
    const name = hotels[hotel]?.name ?? ''
    // Whoever writes the name again, because the first time got no answer, may have been understood then: the second is for the hotel.
    if (!clicks && attempt > 0) written.push([{ text: name, taken: false }])
    const done = clicks ? await click(hotel) : await guest.say(name)
    if (done === true) break
    await pause(150)
  }
  const length = chance.between(4, 12)
  for (let turn = 3; turn < length; turn += 1) {
    await say(`turn ${number}.${turn}`)
    await pause(chance.between(50, 800))
  }
}

const threadsOf = (system: SystemFixture, index: number, number: number): readonly string[] =>
  system.mews
    .threads(hotels[index]?.enterpriseId)
    .filter((thread) => ownerOf(system, thread) === number)
    .flatMap(({ id }) => system.mews.messages(id).map(({ text }) => text))

const audit = (
  system: SystemFixture,
  conversations: readonly Conversation[],
): Balance & Pick<HotelsCrashResult, 'misled'> => {
  const names = new Set(hotels.map(({ name }) => name))
  const misled = conversations.flatMap(({ number, hotel, written }) => {
    const elsewhere = threadsOf(system, 1 - hotel, number)
    const repeated = written.flat().filter(({ text }) => names.has(text)).length
    const answers = threadsOf(system, hotel, number).filter((text) => names.has(text))
    return [...elsewhere, ...answers.slice(repeated)].map((text) => `conversation ${number}: ${text}`)
  })
  const accounts = conversations.map(({ number, hotel, written }) => ({
    name: `conversation ${number}`,
    written,
    arrived: threadsOf(system, hotel, number),
  }))
  return { ...balance(accounts, []), misled }
}

/** Guests of two hotels are asked and choose while the connector is killed again and again; then the books of both are compared. */
export const crashHotels = async (options: HotelsCrashOptions): Promise<HotelsCrashResult> => {
  const { seed, lastsMs, settings = {}, create } = options
  const chance = createChance(seed)
  const folder = await mkdtemp(join(tmpdir(), 'hotels-'))
  const path = join(folder, 'hotels.yaml')
  await writeFile(path, twoHotelsFile())
  const given = { ...quick, CONFIG_FILE: path, ...settings }
  const system = await createSystemFixture(given, { properties: hotels }, create)
  const { connector, slack, mews } = system
  mews.switches.limit = { ...mews.switches.limit, requests: Infinity }
  slack.connect(`${connector.url}/slack/events`, { pausesMs: [0, 300, 900] })
  const conversations = Array.from({ length: 2 * perPlatform }, (_, index): Conversation => {
    const number = index + 1
    const isSlack = index % 2 === 0
    const guest = (isSlack ? inDirectMessage : inTeamsChat)(system, number)
    const click = (isSlack ? onSlack : onTeams)(system, number)
    return { number, guest, click, hotel: chance.between(0, 1), written: [] }
  })
  try {
    await connector.start()
    const conversing = conversations.map((each, index) => converse(each, createChance(seed + index)))
    let kills = 0
    for (const end = Date.now() + lastsMs; Date.now() < end; kills += 1) {
      await pause(chance.between(100, 900))
      await connector.kill()
      await connector.start()
    }
    await Promise.all(conversing)
    for (const end = Date.now() + settleMs; audit(system, conversations).lost > 0 && Date.now() < end;)
      await pause(100)
    await pause(1_500)
    const turns = conversations.reduce((sum, { written }) => sum + written.length, 0)
    return { kills, turns, ...audit(system, conversations), output: lastOutput(connector.output) }
  } finally {
    await system.close()
    await rm(folder, { recursive: true })
  }
}
