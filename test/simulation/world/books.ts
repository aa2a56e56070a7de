import { defaultTexts } from '../../relay/support/default-texts.ts'
import { type Account, balance, type Balance } from '../../e2e/crash/books.ts'
import type { Conversation } from '../../e2e/crash/load-restores.ts'
import { ownerOf } from '../../e2e/support/guests.ts'
import type { SystemFixture } from '../../e2e/support/system-fixture.ts'
import type { World } from './world.ts'
import { lateMark, type People, withoutMark } from './people.ts'

/** What the books say of a world right now; what is on its way counts as lost. `ends`: how often the process was killed. */
export const audit = (
  { system, unlearned: countUnlearned }: World,
  people: People,
  ends: number,
): Balance => {
  const { mews } = system
  // A process that is killed may know in each conversation of an answer that it has not recorded.
  const blind = people.conversations.filter(({ guest }) => !guest.askable).length
  const unlearned = countUnlearned() + ends * blind
  const threads = Map.groupBy(mews.threads(), (thread) => ownerOf(system, thread))
  const accounts = people.conversations.flatMap((conversation) =>
    accountsOf(conversation, threads.get(conversation.number) ?? [], system, people.restores > 0),
  )
  const found = balance(accounts, [...findOrphans(system), ...findStrangers(system)])
  const repeats = repeatsTo(people.conversations)
  if (people.restores > 0 || repeats <= unlearned) return found
  const detail = `Teams: ${repeats} repeated, but only ${unlearned} outcomes were unknown`
  return { ...found, doubled: found.doubled + repeats - unlearned, details: [...found.details, detail] }
}

type Threads = ReturnType<SystemFixture['mews']['threads']>

const accountsOf = (
  { number, kind, guest, written, replays }: Conversation,
  threads: Threads,
  { mews }: SystemFixture,
  isRestored: boolean,
): readonly Account[] => {
  const by = (who: string): readonly string[] =>
    threads
      .flatMap(({ id }) => mews.messages(id))
      .filter(({ sender, text }) => sender === who && !(isRestored && text === defaultTexts.threadUnknown))
      .map(({ text }) => text)
  // It is not known any more who began the conversation, so everybody is named.
  const arrived = by('Application').map((text) => (isRestored ? text.replace(/Guest \d+: /, '') : text))
  return [
    {
      name: `conversation ${number} (${kind}) to the hotel`,
      written: written.map((group) =>
        group.map(({ text, taken, mayBeLost }) => ({ text, taken: taken && !mayBeLost })),
      ),
      arrived: arrived.map(withoutMark),
      isLate: (index) => lateMark.test(arrived[index] ?? ''),
    },
    {
      name: `conversation ${number} (${kind}) to the guest`,
      written: by('Enterprise').map((text) => [{ text, taken: true }]),
      arrived: guest.heard(),
      mayRepeat: () => !guest.askable,
      replays,
    },
  ]
}

/** Threads that staff read for nothing: without words, without a guest, or beside a conversation's one thread. */
const findOrphans = (system: SystemFixture): readonly string[] => {
  const { mews } = system
  const owners = new Set<number>()
  return mews.threads().flatMap((thread) => {
    const { id, originalSender, subject } = thread
    const owner = ownerOf(system, thread)
    const isAlone = owner !== undefined && !owners.has(owner)
    if (owner !== undefined) owners.add(owner)
    const isUsed = mews.messages(id).some(({ sender }) => sender === 'Application')
    return isAlone && isUsed ? [] : [`orphan: thread ${id} of ${originalSender}: ${subject}`]
  })
}

/** Words of one guest in the thread of another. */
const findStrangers = (system: SystemFixture): readonly string[] =>
  system.mews.threads().flatMap((thread) => {
    const owner = ownerOf(system, thread)
    return system.mews
      .messages(thread.id)
      .filter(({ text }) => {
        const [, number] = /(?:turn|reply) (\d+)\./.exec(text) ?? []
        return number !== undefined && Number(number) !== owner
      })
      .map(({ text }) => `stranger: “${text}” stands in the thread of guest ${owner}`)
  })

const repeatsTo = (conversations: readonly Conversation[]): number =>
  conversations
    .filter(({ guest }) => !guest.askable)
    .reduce((sum, { guest }) => sum + guest.heard().length - new Set(guest.heard()).size, 0)
