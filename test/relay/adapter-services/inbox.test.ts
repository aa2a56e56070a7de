import { describe, expect, test } from 'vitest'
import type { ConversationId, Inbox } from '../../../src/port.ts'
import { createInbox } from '../../../src/relay/adapter-services/inbox.ts'
import type { LaneLog } from '../../../src/store/lanes/types.ts'
import { createLogBook } from '../../fakes/log.ts'
import { claim, toWords, useStore } from '../../contracts/store/harness.ts'
import { createSqliteDatabase } from '../../store/sqlite/database.ts'
import { createManualClock } from '../../fakes/clock.ts'

const arrival = { conversation: 'D0' as ConversationId, keys: ['event-1'], routing: {}, payload: '{}' }

const inboxOn = (laneLog: LaneLog): Inbox =>
  createInbox({
    platform: 'lobby',
    laneLog,
    route: () => ({ property: 'grand' }),
    clock: createManualClock(),
    log: createLogBook().log,
  })

const inboxOver = (record: LaneLog['record']): Inbox => inboxOn({ record } as LaneLog)

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

const named = (id: string) => ({ ...arrival, keys: [id], payload: id })

describe('what was looked for', () => {
  const fixture = useStore(createSqliteDatabase)

  test('stands behind what was recorded before, and is counted where that was not known', async () => {
    const { store } = fixture()
    const inbox = inboxOn(store.log)
    await inbox.accept([named('one'), named('two')])
    expect(await inbox.acceptFound([named('three'), named('one')])).toBe(1)
    expect(toWords(await claim(store, { group: 'turn:grand' }))).toEqual(['turn:lobby:D0: one two three'])
  })
})
