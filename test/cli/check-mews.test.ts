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
  const findings = await checkMews(property, silent, createTestClock(), AbortSignal.abort())
  expect(findings).toEqual([
    {
      name: 'Mews tokens (Grand Hotel)',
      ok: false,
      detail: 'Mews does not answer: check MEWS_PLATFORM_ADDRESS and the network',
    },
  ])
})
