import { Keyv } from 'keyv'
import { expect, test } from 'vitest'
import { createRepair } from '../../src/admin/repair.ts'
import { createBindings } from '../../src/relay/bindings.ts'
import { readNotice } from '../../src/relay/notices.ts'
import { createTexts } from '../../src/relay/texts.ts'
import { openStore } from '../../src/store/store.ts'
import { createStepClock } from '../relay/clock.ts'
import { createSqliteDatabase } from '../store/sqlite-database.ts'

test('a guest is told of a turn that is given up before it was read, without an empty quotation', async () => {
  const clock = createStepClock()
  const database = await createSqliteDatabase()
  const store = await openStore({ url: `sqlite:${database.path}`, clock, exclusive: true })
  const bindings = createBindings(new Keyv())
  const conversation = 'lobby:anna'
  const at = clock.now()
  const who = { conversation, property: 'Grand Hotel', threadId: 'thread-1', firstAuthor: 'anna' }
  await bindings.write({ v: 1, ...who, address: { v: 1, conversation: 'anna' }, activeAt: at })
  const place = { lane: `turn:${conversation}`, group: 'turn:Grand Hotel' }
  await store.log.append([{ ...place, kind: 'event', keys: ['event-1'], payload: '{}', at }])

  const repairs = store.books.repairs
  const repair = createRepair({ repairs, bindings, texts: createTexts(), platformLabels: new Map(), clock })
  expect(await repair('give-up', `${place.lane}#1`)).toBe('done')

  const [run] = await store.log.claim({ group: 'reply:lobby', limit: 1, leaseMs: 1_000 })
  expect(run?.entries.map(({ payload }) => readNotice(payload).text)).toEqual([
    '⚠️ A message of yours was not delivered to the hotel. Please send it again or contact the hotel another way.',
  ])
  await store.close()
  await database.destroy()
})
