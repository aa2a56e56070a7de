import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { type Account, balance, type Balance, type Words } from './books.ts'
import type { Chance } from './random.ts'
import { type Guest, guestKinds, ownerOf } from './guests.ts'
import type { World } from './world.ts'

/** Guests and staff who write without pause, and the books of what they wrote. */
export interface Load {
  readonly turns: number
  /** Turns whose platform was told that they were taken. */
  readonly taken: number
  readonly replies: number
  readonly conversations: number
  /** The connector is about to start again: what was sent before it ended may be sent once more. */
  restarting(): void
  /** Resolves as soon as the next guest begins to say something, or the next words are taken. */
  next(what: 'said' | 'taken'): Promise<void>
  /** Lets everybody finish. */
  stop(): Promise<void>
  /** What is wrong right now; while turns and replies are on their way, they count as lost. */
  balance(): Balance
}

interface Conversation {
  readonly number: number
  /** Where they write. */
  readonly kind: string
  readonly guest: Guest
  readonly written: (readonly Words[])[]
  /** How many replies there were at each restart. */
  readonly restarts: Set<number>
}

/** Conversations of each kind at one time; finished ones make place for new ones. */
const atOncePerKind = 5

/** What was written at the same time as something that the hotel has read already may be marked so. */
const lateMark = /^🕗 Written earlier: /u

/** Starts them; `world.slack` must be connected. `perKind`: how many conversations of each kind there are at one time. */
export const startLoad = (
  world: World,
  chance: Chance,
  slowestReplyMs = 60,
  perKind = atOncePerKind,
): Load => {
  const { mews } = world
  const conversations: Conversation[] = []
  const happenings = new EventEmitter().setMaxListeners(0)
  let turns = 0
  let replies = 0
  const stopping = new AbortController()

  const begin = (kind: (typeof guestKinds)[number]): Conversation => {
    const number = conversations.length + 1
    const guest = kind(world, number)
    const conversation = { number, kind: kind.name, guest, written: [], restarts: new Set<number>() }
    conversations.push(conversation)
    return conversation
  }

  const say = async ({ guest }: Conversation, text: string): Promise<Words> => {
    turns += 1
    const saying = guest.say(text)
    happenings.emit('said')
    const taken = await saying
    if (taken) happenings.emit('taken')
    return { text, taken }
  }

  /** One conversation: mostly turn by turn, now and then a few at the same time, and the same words several times. */
  const talk = async (conversation: Conversation): Promise<void> => {
    const { number, written } = conversation
    const length = chance.between(3, 40)
    while (!stopping.signal.aborted && written.length < length) {
      const first = written.length === 0
      const texts = Array.from(
        { length: !first && chance.happens(0.3) ? chance.between(2, 3) : 1 },
        (_, index) =>
          !first && chance.happens(0.25) ? 'ok' : `turn ${number}.${written.length + 1}.${index + 1}`,
      )
      written.push(await Promise.all(texts.map((text) => say(conversation, text))))
      await pause(chance.between(20, 250))
    }
  }

  const talkOn = async (kind: (typeof guestKinds)[number]): Promise<void> => {
    while (!stopping.signal.aborted) await talk(begin(kind))
  }

  /** The staff answer the newest threads, as soon as they are there. */
  const answer = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await pause(chance.between(5, slowestReplyMs))
      const threads = mews.threads().slice(-3 * guestKinds.length * perKind)
      if (threads.length === 0) continue
      const thread = chance.pick(threads)
      const { id } = thread
      const owner = ownerOf(world, thread)
      const conversation = conversations.find(({ number }) => number === owner)
      const plain = conversation?.guest.askable === true && chance.happens(0.25)
      replies += 1
      mews.reply(id, plain ? 'ok' : `reply ${conversation?.number}.${mews.messages(id).length}`)
      if (chance.happens(0.1)) void mews.flush()
      if (chance.happens(0.05)) mews.resolve(id, chance.happens(0.5))
    }
  }

  const accountsOf = (
    { number, kind, guest, written, restarts }: Conversation,
    threads: ReturnType<typeof mews.threads>,
  ): readonly Account[] => {
    const messages = threads.flatMap(({ id }) => mews.messages(id))
    const by = (who: string): readonly string[] =>
      messages.filter(({ sender }) => sender === who).map(({ text }) => text.replace(lateMark, ''))
    return [
      { name: `conversation ${number} (${kind}) to the hotel`, written, arrived: by('Application') },
      {
        name: `conversation ${number} (${kind}) to the guest`,
        written: by('Enterprise').map((text) => [{ text, taken: true }]),
        arrived: guest.heard(),
        mayRepeat: (index) => !guest.askable && restarts.has(index),
      },
    ]
  }

  const orphans = (): readonly string[] => {
    const owners = new Set<number>()
    return mews.threads().flatMap((thread) => {
      const { id, originalSender, subject } = thread
      const owner = ownerOf(world, thread)
      const alone = owner !== undefined && !owners.has(owner)
      if (owner !== undefined) owners.add(owner)
      const used = mews.messages(id).some(({ sender }) => sender === 'Application')
      return alone && used ? [] : [`thread ${id} of ${originalSender}: ${subject}`]
    })
  }

  const working = [
    ...guestKinds.flatMap((kind) => Array.from({ length: perKind }, () => talkOn(kind))),
    answer(),
  ]

  return {
    get turns() {
      return turns
    },
    get taken() {
      return conversations.flatMap(({ written }) => written.flat()).filter(({ taken }) => taken).length
    },
    get replies() {
      return replies
    },
    get conversations() {
      return conversations.length
    },
    restarting: () => {
      for (const { guest, restarts } of conversations) restarts.add(guest.heard().length)
    },
    next: async (what) => void (await once(happenings, what)),
    stop: async () => {
      stopping.abort()
      await Promise.all(working)
    },
    balance: () => {
      const threads = Map.groupBy(mews.threads(), (thread) => ownerOf(world, thread))
      const accounts = conversations.flatMap((each) => accountsOf(each, threads.get(each.number) ?? []))
      return balance(accounts, orphans())
    },
  }
}
