import { expect, test } from 'vitest'
import { observeLaneLog, tellRecords } from '../../src/observability/observe-lanes.ts'
import { traceOf } from '../../src/store/spool/drain.ts'
import { createLogBook } from '../fakes/log.ts'
import { entry, useStore } from '../contracts/store/harness.ts'
import { createSqliteDatabase } from '../store/sqlite/database.ts'

const fixture = useStore(createSqliteDatabase)

test('one line for each event that the database refuses names it and the refusal, and says nothing of its text', async () => {
  const { log, lines } = createLogBook()
  const laneLog = observeLaneLog(fixture().store.log, [tellRecords(log)])
  const lane = 'turn:slack:D0ANN'
  const payload = 'Confidential words'
  await laneLog.record([entry(lane, payload, { keys: ['Ev1'], kind: null as unknown as string })])
  await laneLog.drain(10)
  expect(lines).toEqual([
    {
      level: 'error',
      message: 'event put aside',
      fields: {
        trace: traceOf({ lane, payload }),
        lane,
        kind: null,
        key: 'Ev1',
        code: 'SQLITE_CONSTRAINT_NOTNULL',
      },
    },
  ])
})
