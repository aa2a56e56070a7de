import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { defaultTexts } from '../../relay/support/default-texts.ts'
import { type Account, balance, type Balance } from './books.ts'
import { type BackedUp, type Conversation, putBackIn, type Said } from './load-restores.ts'
import type { Chance } from './random.ts'
import { guestKinds, ownerOf } from '../support/guests.ts'
import type { SystemFixture } from '../support/system-fixture.ts'

/** Guests and staff who write without pause, and the books of what they wrote. */
export interface Load {
  readonly turns: number
  /** Turns whose platform was told that they were taken. */
  readonly taken: number
  readonly replies: number
  readonly conversations: number
  /** The connector is about to start again: what was sent before it ended may be sent once more. */
  restarting(): void
  /** What a backup that is made from now on holds at least. */
  backUp(): BackedUp
  /** Such a backup was put back; the connector does not run yet. */
  putBack(backedUp: BackedUp): void
  /**
   * Guests whose conversations began since a backup that was put back write once more, until that is taken: before, the connector
   * cannot know who they are. Only once the load has stopped.
   */
  sayAgain(): Promise<void>
  /** Bindings are lost: it is not known any more who began a conversation, so everybody in it is named. */
  loseBindings(): void
  /** Resolves as soon as the next guest begins to say something, or the next words are taken. */
  next(what: 'said' | 'taken'): Promise<void>
  /** Lets everybody finish. */
  stop(): Promise<void>
  /** What is wrong right now; while turns and replies are on their way, they count as lost. */
  balance(): Balance
}

/** Conversations of each kind at one time; finished ones make place for new ones. */
const atOncePerKind = 5

/** So is marked what was written before something that the hotel has read already, or at the same time. */
const lateMark = /^🕗 Written earlier: /u

const withoutMark = (text: string): string => text.replace(lateMark, '')

/** What says who wrote it. */
const speaker = /^Guest \d+: /u
/** A guest who writes once more gives up after so many messages that were not taken. */
const mostTries = 30

/** Starts them; `system.slack` must be connected. `perKind`: how many conversations of each kind there are at one time. */
export const startLoad = (
  system: SystemFixture,
  chance: Chance,
  slowestReplyMs = 60,
  perKind = atOncePerKind,
): Load => {
  const { mews } = system
  const conversations: Conversation[] = []
  const happenings = new EventEmitter().setMaxListeners(0)
  let turns = 0
  let replies = 0
  let restores = 0
  let haveBindings = true
  const unknown = new Set<Conversation>()
  const stopping = new AbortController()

  const begin = (kind: (typeof guestKinds)[number]): Conversation => {
    const number = conversations.length + 1
    const guest = kind(system, number)
    const restarts = new Set<number>()
    const conversation = { number, kind: kind.name, guest, written: [], restarts, replays: [] }
    conversations.push(conversation)
    return conversation
  }

  /** Says it all at once; what is on its way stands in the books already. */
  const say = async (
    { guest, written }: Conversation,
    texts: readonly string[],
  ): Promise<readonly Said[]> => {
    const group = texts.map((text): Said => ({ text, taken: false, mayBeLost: false }))
    written.push(group)
    const sayOne = async (said: Said): Promise<void> => {
      turns += 1
      const saying = guest.say(said.text)
      happenings.emit('said')
      said.taken = await saying
      if (said.taken) happenings.emit('taken')
    }
    await Promise.all(group.map(sayOne))
    return group
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
      await say(conversation, texts)
      await pause(chance.between(20, 250))
    }
  }

  /** On a busy machine starts take long: not many more guests begin than the hotel has heard of. */
  const talkOn = async (kind: (typeof guestKinds)[number]): Promise<void> => {
    while (!stopping.signal.aborted) {
      const unheard = conversations.length - mews.threads().length
      if (unheard < 2 * perKind * guestKinds.length) await talk(begin(kind))
      else await pause(100)
    }
  }

  /** The staff answer the newest threads, as soon as they are there; on a busy machine not much faster than guests hear it. */
  const answer = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await pause(chance.between(5, slowestReplyMs))
      const threads = mews.threads().slice(-3 * guestKinds.length * perKind)
      const unheard = replies - conversations.reduce((sum, { guest }) => sum + guest.heard().length, 0)
      if (threads.length === 0 || unheard > 5 * guestKinds.length * perKind) continue
      const thread = chance.pick(threads)
      const { id } = thread
      const owner = ownerOf(system, thread)
      const conversation = conversations.find(({ number }) => number === owner)
      const plain = conversation?.guest.askable === true && chance.happens(0.25)
      replies += 1
      mews.reply(id, plain ? 'ok' : `reply ${conversation?.number}.${mews.messages(id).length}`)
      if (chance.happens(0.1)) void mews.flush()
      if (chance.happens(0.05)) mews.resolve(id, chance.happens(0.5))
    }
  }

  const sayAgain = async (conversation: Conversation): Promise<void> => {
    const { number, written } = conversation
    for (let tries = 0; tries < mostTries; tries += 1) {
      const [said] = await say(conversation, [`turn ${number}.${written.length + 1}.1`])
      if (said?.taken === true) return
      await pause(100)
    }
  }

  const threadsByOwner = () => Map.groupBy(mews.threads(), (thread) => ownerOf(system, thread))

  const textsBy = (who: string, threads: ReturnType<typeof mews.threads>): readonly string[] =>
    threads
      .flatMap(({ id }) => mews.messages(id))
      .filter(({ sender, text }) => sender === who && !(restores > 0 && text === defaultTexts.threadUnknown))
      .map(({ text }) => (haveBindings ? text : text.replace(speaker, '')))

  const accountsOf = (
    { number, kind, guest, written, restarts, replays }: Conversation,
    threads: ReturnType<typeof mews.threads>,
  ): readonly Account[] => {
    const by = (who: string): readonly string[] => textsBy(who, threads)
    const turnsThere = by('Application')
    const turnsOf = written.map((group) =>
      group.map(({ text, taken, mayBeLost }) => ({ text, taken: taken && !mayBeLost })),
    )
    return [
      {
        name: `conversation ${number} (${kind}) to the hotel`,
        written: turnsOf,
        arrived: turnsThere.map(withoutMark),
        isLate: (index) => lateMark.test(turnsThere[index] ?? ''),
      },
      {
        name: `conversation ${number} (${kind}) to the guest`,
        written: by('Enterprise').map((text) => [{ text, taken: true }]),
        arrived: guest.heard(),
        mayRepeat: (index) => !guest.askable && restarts.has(index),
        replays,
      },
    ]
  }

  const orphans = (): readonly string[] => {
    const owners = new Set<number>()
    return mews.threads().flatMap((thread) => {
      const { id, originalSender, subject } = thread
      const owner = ownerOf(system, thread)
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
    backUp: () => {
      const held = conversations.map(({ written, guest }) => ({
        taken: new Set(written.flat().filter(({ taken }) => taken)),
        heard: guest.heard().length,
      }))
      return { held }
    },
    putBack: ({ held }) => {
      restores += 1
      const threads = threadsByOwner()
      conversations.forEach((conversation, index) => {
        const arrived = textsBy('Application', threads.get(conversation.number) ?? []).map(withoutMark)
        if (putBackIn(conversation, held[index], arrived)) unknown.add(conversation)
      })
    },
    sayAgain: async () => void (await Promise.all([...unknown].map(sayAgain))),
    loseBindings: () => {
      haveBindings = false
    },
    next: async (what) => void (await once(happenings, what)),
    stop: async () => {
      stopping.abort()
      await Promise.all(working)
    },
    balance: () => {
      const threads = threadsByOwner()
      const accounts = conversations.flatMap((each) => accountsOf(each, threads.get(each.number) ?? []))
      return balance(accounts, orphans())
    },
  }
}
