import { describe } from 'vitest'
import { appendingContract } from './lanes/appending.ts'
import { claimingContract } from './lanes/claiming.ts'
import type { CreateTestDatabase } from './harness.ts'
import { keyvContract } from './keyv.ts'
import { movingContract } from './lanes/moving.ts'
import { recordingContract } from './lanes/recording.ts'
import { recordsContract } from './records.ts'
import { settlingContract } from './lanes/settling.ts'

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
