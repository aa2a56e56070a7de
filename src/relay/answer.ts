import type { Address, Command } from '../port.ts'
import type { Entry } from '../store/types.ts'
import type { Bound } from './bind.ts'
import type { PropertyLink, RelayContext } from './context.ts'
import { conversationKey, platformOf, replyLane, turnLane } from './ids.ts'
import { sayToGuest } from './notices.ts'
import type { ReadEntry } from './read-entries.ts'
import { fill } from './texts.ts'

/** What the connector says to a command. */
const commandText = async (
  command: Command,
  conversations: readonly string[],
  property: PropertyLink,
  { store, texts }: RelayContext,
): Promise<string> => {
  const values = { property: property.name }
  if (command !== 'status') return fill(texts[command], values)
  const states = await store.log.states(conversations.flatMap((key) => [turnLane(key), replyLane(key)]))
  // The question itself still waits.
  const waiting = [...states.values()].reduce((sum, state) => sum + state.waiting, -1)
  if (waiting > 0) return fill(texts.statusWaiting, { ...values, waiting: String(waiting) })
  const threads = await Promise.all(conversations.map((key) => store.threads.latest(key)))
  const none = threads.every((thread) => thread === undefined)
  return fill(none ? texts.statusNone : texts.statusDelivered, values)
}

/** What the connector itself says to the entries of a run: answers to commands, and a greeting once for each conversation. */
export const answersTo = async (
  read: readonly ReadEntry[],
  conversation: string,
  address: Address | undefined,
  property: PropertyLink,
  context: RelayContext,
): Promise<readonly Entry[]> => {
  const { texts, clock } = context
  const at = clock.now()
  const answers: Entry[] = []
  for (const { entry, ask } of read) {
    const { command, greet, about = [], answerTo = address } = ask ?? {}
    if (answerTo === undefined) continue
    if (greet !== undefined) {
      const text = fill(greet === 'person' ? texts.greetPerson : texts.greetGroup, {
        property: property.name,
      })
      answers.push(sayToGuest(conversation, text, answerTo, `greeting:${conversation}`, at))
    }
    if (command === undefined) continue
    const others = about.map((id) => conversationKey(platformOf(conversation), id))
    const text = await commandText(command, [...new Set([conversation, ...others])], property, context)
    answers.push(
      sayToGuest(conversation, text, answerTo, `answer:${turnLane(conversation)}:${entry.pos}`, at),
    )
  }
  return answers
}

/** Notes that the next turn is to open another thread. */
export const closeBinding = async (
  read: readonly ReadEntry[],
  { binding }: Bound,
  { bindings }: RelayContext,
): Promise<void> => {
  const asked = read.some(({ ask }) => ask?.command === 'new')
  if (asked && binding !== undefined) await bindings.write({ ...binding, closed: true })
}
