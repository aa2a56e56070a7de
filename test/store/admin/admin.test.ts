import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { describeBooks } from '../../contracts/store/admin.ts'
import { describeTranscripts } from '../../contracts/store/transcripts.ts'
import { describeErasing } from '../../contracts/store/erasing.ts'
import { describeStays } from '../../contracts/store/stays.ts'
import { describeWaits } from '../../contracts/store/waits.ts'
import { describeErasingGuest } from '../../contracts/store/erasing-guest.ts'
import { describeStamp } from '../../contracts/store/stamp.ts'
import { claim, delivery, entry, useStore } from '../../contracts/store/harness.ts'
import { createSqliteDatabase, type SqliteDatabase } from '../sqlite/database.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'

describeBooks(createSqliteDatabase)
describeTranscripts(createSqliteDatabase)
describeErasing(createSqliteDatabase)
describeWaits(createSqliteDatabase)
describeStays(createSqliteDatabase)
describeErasingGuest(createSqliteDatabase)
describeStamp(createSqliteDatabase)

describe('the files of a database', () => {
  const fixture = useStore(createSqliteDatabase)
  const secret = 'Confidential-Words'
  const guest = 'Persephone Quill'

  const filesHold = (text: string): boolean => {
    const { path } = fixture().database as SqliteDatabase
    return ['', '-wal', '.spool', '.spool-wal'].some((suffix) =>
      readFileSync(`${path}${suffix}`).includes(text),
    )
  }

  test.each([true, false])('hold nothing of what was erased (rewritten: %s)', async (whole) => {
    const { store } = fixture()
    const { admin } = store as OpenStore
    const lane = 'turn:slack:D0ANN'
    await store.threads.intend({
      conversation: 'slack:D0ANN',
      property: 'hotel',
      reference: 'R',
      subject: `Hello from ${guest}`,
      sender: guest,
      startedAt: 1,
    })
    const long = `${secret} `.repeat(400)
    await store.log.append(
      Array.from({ length: 50 }, (_, index) =>
        entry(lane, `${index} ${long}`, { keys: [`k${index}`], at: index }),
      ),
    )
    const [run] = await claim(store)
    const deliveries = (run?.entries ?? [])
      .slice(0, 49)
      .map(({ pos }) => delivery(pos, { text: secret, author: guest }))
    await store.log.settle({
      lane,
      token: run?.token ?? 0,
      deliveries,
      doneThrough: 49,
      nextStep: { next: 'release' },
    })
    await admin.conversations.refresh()
    for (const word of [secret, guest]) expect(filesHold(word)).toBe(true)
    await store.log.record([entry(lane, secret, { keys: ['spooled'] })])
    await store.log.drain(100)
    const impossible = entry(lane, secret, { keys: ['refused'], kind: null as unknown as string })
    await store.log.record([impossible])
    await store.log.drain(100)
    await admin.erasure.erase('slack:D0ANN')
    expect(await admin.erasure.purge(whole)).toBe(true)
    for (const word of [secret, guest, 'persephone', 'quill']) expect(filesHold(word)).toBe(false)
  })
})
