import type { Chat } from '../guests/chats.ts'

/** The guest of the example conversation, who is there from the start. */
export const exampleGuest = 'Penelope Morgan'

/** The guest whose example is a thread in a Teams channel. */
export const exampleChannelGuest = 'Arthur Weiss'

const arrival = 'Hi! I just wanted to let you know I will be arriving late tonight'
const question = 'Hello Ms Penelope! Thank you for contacting us. What time do you expect to arrive?'
const answer = 'Around 11pm. Please hold my room, thank you.'

/** What the example's guest could write next, if it is her turn. */
export const suggestForGuest = ({ guest, kind, messages }: Chat): string | undefined => {
  if (guest !== exampleGuest || kind !== 'personal') return undefined
  const written = messages.filter(({ from }) => from === 'guest').length
  if (written === 0) return arrival
  return written === 1 && messages.at(-1)?.from === 'hotel' ? answer : undefined
}

/** What the hotel could answer the example's guest, if it is its turn. */
export const suggestForDesk = (sender: string, answers: number): string | undefined =>
  sender === exampleGuest && answers === 0 ? question : undefined
