import { describe, expect, test } from 'vitest'
import type { MewsMessage } from '../../../src/mews/wire.ts'
import { matchParts } from '../../../src/relay/to-hotel/confirm-messages.ts'
import { waitingPart } from '../../../src/relay/turns/plan.ts'
import type { Delivery } from '../../../src/store/lanes/types.ts'

const part = (pos: number, text: string, target = 'thread-1'): Delivery =>
  waitingPart({ pos, part: 0, text, target, author: 'Ines', at: 0 })

const message = (id: string, text: string, threadId = 'thread-1'): MewsMessage => ({
  id,
  threadId,
  text,
  sender: 'Application',
  createdAt: 0,
})

const pairs = (parts: readonly Delivery[], messages: readonly MewsMessage[]): readonly unknown[] =>
  [...matchParts(parts, messages, ({ startedAt }) => startedAt)].map(([{ pos }, { id }]) => [pos, id])

describe('parts and the messages that they became', () => {
  test('are found in whichever order they were sent', () => {
    const sent = [message('a', 'first'), message('b', 'second')]
    expect(pairs([part(1, 'second'), part(2, 'first')], sent)).toEqual([
      [1, 'b'],
      [2, 'a'],
    ])
  })

  test('stay two when their words are equal', () => {
    const parts = [part(1, 'ok'), part(2, 'ok')]
    expect(pairs(parts, [message('a', 'ok')])).toEqual([[1, 'a']])
    expect(pairs(parts, [message('a', 'ok'), message('b', 'ok')])).toEqual([
      [1, 'a'],
      [2, 'b'],
    ])
  })

  test('are not what was there before the attempt', () => {
    const later = { ...message('b', 'ok'), createdAt: 60 }
    expect(pairs([{ ...part(1, 'ok'), startedAt: 50 }, part(2, 'ok')], [message('a', 'ok'), later])).toEqual([
      [1, 'b'],
      [2, 'a'],
    ])
  })

  test('belong to one thread', () => {
    expect(pairs([part(1, 'ok', 'thread-2')], [message('a', 'ok')])).toEqual([])
  })
})
