import { expect, test } from 'vitest'
import { checkMews } from '../../src/cli/check-mews.ts'
import type { Mews } from '../../src/mews/client.ts'
import { createTestClock } from '../contracts/store-harness.ts'

test('a Mews that does not answer in time is said not to answer, whatever the abort is called inside', async () => {
  const silent = {
    readConfiguration: async (signal: AbortSignal) => {
      signal.throwIfAborted()
    },
  } as unknown as Mews
  const property = { name: 'Grand Hotel', enterpriseId: undefined }
  const { check, findings } = await checkMews(property, silent, createTestClock(), AbortSignal.abort())
  expect(findings).toEqual([
    {
      name: 'Mews tokens (Grand Hotel)',
      ok: false,
      detail: 'Mews does not answer: check MEWS_PLATFORM_ADDRESS and the network',
    },
  ])
  expect(check).toEqual({
    property: 'Grand Hotel',
    reachable: false,
    enterprise: null,
    clockSkewSeconds: null,
    missing: [],
  })
})

test('what the token may not do is named, and who is reached', async () => {
  const id = '851df8c8-90f2-4c4a-8e01-a4fc46b25178'
  const clock = createTestClock()
  const limited = {
    readConfiguration: async () => ({ now: clock.now() + 5_000, enterprise: { id, name: 'Grand Hotel' } }),
    listThreads: async () => [],
    listMessages: async () => {
      throw new Error('messages/getAll was not authorised')
    },
  } as unknown as Mews
  const property = { name: 'Grand', enterpriseId: id }
  const { check, findings } = await checkMews(property, limited, clock, new AbortController().signal)
  expect(check).toEqual({
    property: 'Grand',
    reachable: true,
    enterprise: `Grand Hotel, ${id}`,
    clockSkewSeconds: 5,
    missing: ['messages/getAll'],
  })
  expect(findings.map(({ ok }) => ok)).toEqual([true, true, false])
})
