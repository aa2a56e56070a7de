import { afterEach, beforeEach, describe } from 'vitest'
import type { AdapterHarness } from './harness.ts'
import { readingContract } from './reading.ts'
import { receivingContract } from './receiving.ts'
import { confirmingContract, sendingContract } from './sending.ts'

/** What every adapter promises, whatever its platform; `createHarness` makes a fresh one for each test. */
export const adapterContract = (name: string, createHarness: () => Promise<AdapterHarness>): void => {
  describe(`${name} as an adapter`, () => {
    let current: AdapterHarness | undefined
    beforeEach(async () => {
      current = await createHarness()
    })
    afterEach(async () => {
      await current?.close()
    })
    const harness = (): AdapterHarness => {
      if (current === undefined) throw new Error('The harness is made before each test.')
      return current
    }

    describe('receiving', () => {
      receivingContract(harness)
    })
    describe('reading', () => {
      readingContract(harness)
    })
    describe('sending', () => {
      sendingContract(harness)
    })
    describe('confirming', () => {
      confirmingContract(harness)
    })
  })
}
