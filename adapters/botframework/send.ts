import type { Adapter } from '../../src/port.ts'
import { readAddress } from './address.ts'
import type { Post } from './post.ts'

/** Sends one part as plain text, which Teams shows as it is. */
export const createSend =
  (post: Post): Adapter['send'] =>
  async (part, signal) => {
    const address = readAddress(part.address)
    if (address === undefined) return { outcome: 'rejected', reason: 'the stored address cannot be read' }
    return post(address, { type: 'message', textFormat: 'plain', text: part.text }, signal)
  }
