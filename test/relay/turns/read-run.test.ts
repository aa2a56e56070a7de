import { expect, test } from 'vitest'
import type { Adapter } from '../../../src/port.ts'
import { readEntries } from '../../../src/relay/turns/read-run.ts'
import type { Run } from '../../../src/store/lanes/types.ts'

const run: Run = {
  lane: 'turn:lobby:anna',
  group: 'turn:Grand Hotel',
  routing: '',
  note: '',
  token: 1,
  attempts: 0,
  failingSince: null,
  claimedAt: 0,
  entries: [{ pos: 1, kind: 'event', payload: '{}', at: 0, deliveries: [] }],
}

test('what was read while the connector was told to stop does not count', async () => {
  const stopping = new AbortController()
  const adapter: Pick<Adapter, 'read'> = {
    read: async () => {
      stopping.abort()
      const author = { id: 'U0ANNA', name: 'U0ANNA' }
      return { turns: [{ kind: 'message', author, text: 'hi', attachments: [], at: 0 }] }
    },
  }
  await expect(readEntries(run, adapter as Adapter, stopping.signal, { untilNew: true })).rejects.toThrow(
    'aborted',
  )
})
