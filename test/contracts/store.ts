import { describe } from 'vitest'
import { appendingContract } from './store-appending.ts'
import { claimingContract } from './store-claiming.ts'
import type { CreateTestDatabase } from './store-harness.ts'
import { keyvContract } from './store-keyv.ts'
import { movingContract } from './store-moving.ts'
import { recordingContract } from './store-recording.ts'
import { recordsContract } from './store-records.ts'
import { settlingContract } from './store-settling.ts'

/** What the store promises on every database. */
export const storeContract = (name: string, create: CreateTestDatabase): void => {
  describe(`the store on ${name}`, () => {
    appendingContract(create)
    recordingContract(create)
    claimingContract(create)
    settlingContract(create)
    movingContract(create)
    recordsContract(create)
    keyvContract(create)
  })
}
