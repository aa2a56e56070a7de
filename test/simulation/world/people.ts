import type { Chance } from '../../e2e/crash/random.ts'
import { type BackedUp, type Conversation, putBackIn, type Said } from '../../e2e/crash/load-restores.ts'
import { guestKinds, ownerOf } from '../../e2e/support/guests.ts'
import type { SystemFixture } from '../../e2e/support/system-fixture.ts'
import type { Plan } from './plan.ts'

/** Guests and staff, and what they wrote. */
export interface People {
  readonly conversations: readonly Conversation[]
  /** A guest writes, after what they are writing already; `count` messages at the same time. */
  say(guest: number, count: number): void
  /** The staff answer a guest, once they have read anything of theirs. */
  reply(guest: number): void
  resolve(guest: number, resolved: boolean): void
  /** Whether everybody has finished. */
  areSilent(): boolean
  /** The connector starts again: where a platform cannot be asked, what was sent last may come again. */
  restarting(): void
  backUp(): BackedUp
  putBack(backedUp: BackedUp): void
  /** Whose conversations began since a backup that was put back: they are unknown, and write once more. */
  sayAgain(): void
  readonly restores: number
}

/**
 * After a restore, the same words cannot be told from those that the lost records had just before: times in Mews are of a second, and a bot
 * that is anonymous does not know the clock of Teams.
 */
const samePauseMs = (kind: string): number => (kind === 'inTeamsChat' ? 65_000 : 5_000)

interface PeopleOptions {
  readonly plan: Plan
  readonly chance: Chance
  /** Milliseconds since the beginning. */
  readonly now: () => number
  /** Says to a reader what they do. */
  readonly tell: (text: string) => void
}

export const createPeople = (system: SystemFixture, { plan, chance, now, tell }: PeopleOptions): People => {
  const { mews } = system
  const unknown = new Set<Conversation>()
  let talking = 0
  let restores = 0
  const conversations = plan.guests.map((kindIndex, index): Conversation => {
    const kind = guestKinds[kindIndex]
    if (kind === undefined) throw new RangeError(`there is no kind ${kindIndex}`)
    const number = index + 1
    const guest = kind(system, number)
    return { number, kind: kind.name, guest, written: [], restarts: new Set(), replays: [] }
  })
  const isRestored = plan.deeds.some(({ what }) => what === 'restore')
  const plainAt = new Map<string, number>()
  /** Whether somebody says what they have said before; `who`: on which side of which conversation. */
  const isPlain = (who: string, kind: string): boolean => {
    const isPossible = !isRestored || now() - (plainAt.get(who) ?? -Infinity) >= samePauseMs(kind)
    if (!chance.happens(0.15) || !isPossible) return false
    plainAt.set(who, now())
    return true
  }
  const chains = new Map<Conversation, Promise<unknown>>()
  const replies = new Map<Conversation, number>()

  const talk = (guest: number, work: (conversation: Conversation) => Promise<void>): void => {
    const conversation = conversations[guest - 1]
    if (conversation === undefined) return
    talking += 1
    const before = chains.get(conversation) ?? Promise.resolve()
    const after = before.then(() => work(conversation)).finally(() => (talking -= 1))
    chains.set(conversation, after)
    void after
  }

  const sayAtOnce = async (
    { number, kind, guest, written }: Conversation,
    count: number,
  ): Promise<boolean> => {
    const isFirst = written.length === 0
    const turn = written.length + 1
    const group = Array.from({ length: isFirst ? 1 : count }, (_, index): Said => ({
      text: !isFirst && isPlain(`guest ${number}`, kind) ? 'ok' : `turn ${number}.${turn}.${index + 1}`,
      taken: false,
      mayBeLost: false,
    }))
    written.push(group)
    const sayOne = async (said: Said): Promise<void> => {
      tell(`guest ${number} writes “${said.text}”`)
      said.taken = await guest.say(said.text)
      tell(said.taken ? `“${said.text}” was taken` : `“${said.text}” was not taken, and its platform gave up`)
    }
    await Promise.all(group.map(sayOne))
    return group.some(({ taken }) => taken)
  }

  const threadOf = (guest: number) => mews.threads().findLast((thread) => ownerOf(system, thread) === guest)

  return {
    conversations,
    say: (guest, count) => talk(guest, async (conversation) => void (await sayAtOnce(conversation, count))),
    reply: (guest) => {
      const thread = threadOf(guest)
      const conversation = conversations[guest - 1]
      if (thread === undefined || conversation === undefined || mews.messages(thread.id).length === 0) return
      const count = (replies.get(conversation) ?? 0) + 1
      replies.set(conversation, count)
      const text =
        conversation.guest.askable && isPlain(`staff ${guest}`, conversation.kind)
          ? 'ok'
          : `reply ${guest}.${count}`
      tell(`the staff answer guest ${guest}: “${text}”`)
      mews.reply(thread.id, text)
    },
    resolve: (guest, resolved) => {
      const thread = threadOf(guest)
      if (thread === undefined) return
      tell(`the staff ${resolved ? 'resolve' : 'reopen'} the thread of guest ${guest}`)
      mews.resolve(thread.id, resolved)
    },
    areSilent: () => talking === 0,
    restarting: () => {
      for (const { guest, restarts } of conversations) restarts.add(guest.heard().length)
    },
    backUp: () => ({
      held: conversations.map(({ written, guest }) => ({
        taken: new Set(written.flat().filter(({ taken }) => taken)),
        heard: guest.heard().length,
      })),
    }),
    putBack: ({ held }) => {
      restores += 1
      for (const [index, conversation] of conversations.entries()) {
        const arrived = mews
          .threads()
          .filter((thread) => ownerOf(system, thread) === conversation.number)
          .flatMap(({ id }) => mews.messages(id))
          .flatMap(({ sender, text }) => (sender === 'Application' ? [withoutMark(text)] : []))
        if (putBackIn(conversation, held[index], arrived)) unknown.add(conversation)
      }
    },
    sayAgain: () => {
      for (const conversation of unknown)
        talk(conversation.number, async () => {
          for (let tries = 0; tries < 30; tries += 1) if (await sayAtOnce(conversation, 1)) return
        })
      unknown.clear()
    },
    get restores() {
      return restores
    },
  }
}

/** So is marked what was written before something that the hotel has read already. */
export const lateMark = /^🕗 Written earlier: /u

export const withoutMark = (text: string): string => text.replace(lateMark, '')
