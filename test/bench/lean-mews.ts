import { readSaying } from './events.ts'

/** What came to the hotel. */
export interface Arrivals {
  readonly messages: number
  /** Different messages of the load. */
  readonly distinct: number
  readonly doubled: number
  /** Messages that came after a later one of their conversation. */
  readonly outOfOrder: number
  /** Requests by operation. */
  readonly requests: Readonly<Record<string, number>>
}

/** A Mews that does as little as can be, so that others are measured: it takes everything and counts. */
export interface LeanMews {
  answer(operation: string, body: Readonly<Record<string, unknown>>): unknown
  arrivals(): Arrivals
  reset(): void
}

interface Added {
  readonly MessageThreadId: string
  readonly Text: string
  readonly Identifier?: string
}

const guid = (kind: number, number: number): string =>
  `0000000${kind}-0000-4000-8000-${String(number).padStart(12, '0')}`

export const createLeanMews = (now: () => number): LeanMews => {
  const seen = new Set<number>()
  const last = new Map<number, number>()
  let requests: Record<string, number> = {}
  let threads = 0
  let messages = 0
  let counted = 0
  let doubled = 0
  let outOfOrder = 0

  const note = (text: string): void => {
    counted += 1
    const saying = readSaying(text)
    if (saying === undefined) return
    const { conversation, number } = saying
    if (seen.has(number)) doubled += 1
    else if ((last.get(conversation) ?? -1) > number) outOfOrder += 1
    seen.add(number)
    last.set(conversation, Math.max(number, last.get(conversation) ?? -1))
  }

  const add = ({ MessageThreadId, Text, Identifier }: Added): unknown => {
    note(Text)
    const CreatedUtc = new Date(now()).toISOString()
    const Sender = { Discriminator: 'Application' }
    const Message = {
      Id: guid(2, (messages += 1)),
      MessageThreadId,
      Text,
      Sender,
      CreatedUtc,
      UpdatedUtc: CreatedUtc,
    }
    return { Identifier: Identifier ?? null, Message }
  }

  return {
    answer: (operation, body) => {
      requests[operation] = (requests[operation] ?? 0) + 1
      const NowUtc = new Date(now()).toISOString()
      switch (operation) {
        case 'messages/add':
          return { Messages: (body['Messages'] as readonly Added[]).map(add) }
        case 'messageThreads/add':
          return {
            MessageThreads: [
              {
                Id: guid(1, (threads += 1)),
                OriginalSender: body['OriginalSender'],
                Subject: body['Subject'],
                IsResolved: false,
                CreatedUtc: NowUtc,
                UpdatedUtc: NowUtc,
              },
            ],
          }
        case 'configuration/get':
          return {
            NowUtc,
            Enterprise: { Id: guid(0, 1), Name: 'Grand Hotel', TimeZoneIdentifier: 'Europe/Budapest' },
          }
        case 'messages/getAll':
          return { Messages: [], Cursor: null }
        default:
          return { MessageThreads: [], Cursor: null }
      }
    },
    arrivals: () => ({ messages: counted, distinct: seen.size, doubled, outOfOrder, requests }),
    reset: () => {
      seen.clear()
      last.clear()
      requests = {}
      counted = doubled = outOfOrder = 0
    },
  }
}
