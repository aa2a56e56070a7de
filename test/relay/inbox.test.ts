import { describe, expect, test } from 'vitest'
import type { ConversationId, Inbox } from '../../src/port.ts'
import { createInbox } from '../../src/relay/inbox.ts'
import type { LaneLog } from '../../src/store/types.ts'
import { createLogBook } from '../mews/property.ts'
import { createStepClock } from './clock.ts'

const arrival = { conversation: 'D0' as ConversationId, keys: ['event-1'], routing: {}, payload: '{}' }

const inboxOver = (record: LaneLog['record']): Inbox =>
  createInbox({
    platform: 'lobby',
    laneLog: { record } as LaneLog,
    route: () => ({ property: 'grand' }),
    clock: createStepClock(),
    log: createLogBook().log,
  })

describe('an event is accepted', () => {
  test('only once it is committed', async () => {
    const commit = Promise.withResolvers<undefined>()
    const order: string[] = []
    const accepting = inboxOver(() => commit.promise)
      .accept([arrival])
      .then(() => order.push('accepted'))
    await new Promise(setImmediate)
    order.push('committed')
    commit.resolve(undefined)
    await accepting
    expect(order).toEqual(['committed', 'accepted'])
  })

  test('not at all when it cannot be committed', async () => {
    const accepting = inboxOver(() => Promise.reject(new Error('the disk is full'))).accept([arrival])
    await expect(accepting).rejects.toThrow('the disk is full')
  })
})
