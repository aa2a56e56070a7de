import type { Adapter } from '../../../src/port.ts'
import { readAddress } from '../address.ts'
import { toCards } from '../text/card.ts'
import type { Post } from './post.ts'

/** Sends one part as plain text, which Teams shows as it is, with buttons for its choices. */
export const createSend =
  (post: Post): Adapter['send'] =>
  async (part, signal) => {
    const address = readAddress(part.address)
    if (address === undefined) return { outcome: 'rejected', reason: 'the stored address cannot be read' }
    const attachments = [...toCards(part.choices)]
    const message = { type: 'message', textFormat: 'plain', text: part.text } as const
    return post(address, attachments.length === 0 ? message : { ...message, attachments }, signal)
  }
