import { PassingError, type Vault } from '../../../src/port.ts'

const toPassing = (cause: unknown): never => {
  throw new PassingError('the records of the Slack installations cannot be reached; check the store', {
    cause,
  })
}

/** The vault, with every failure of it as `PassingError`. */
export const createRecords = (vault: Vault): Vault => ({
  get: (key) => vault.get(key).catch(toPassing),
  set: (key, value) => vault.set(key, value).catch(toPassing),
  delete: (key) => vault.delete(key).catch(toPassing),
})
