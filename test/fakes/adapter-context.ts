import type { AdapterContext, Json } from '../../src/port.ts'
import { readCommand } from '../../src/relay/locales.ts'
import { createSay, createWording } from '../../src/relay/wording.ts'

interface FakeContext extends Pick<AdapterContext, 'vault' | 'directory' | 'say' | 'readCommand' | 'count'> {
  /** What was counted, in order. */
  readonly counted: readonly string[]
}

/** Records in memory, and the bot's default words: what an adapter is given beside inbox, clock and log. */
export const createAdapterContext = (): FakeContext => {
  const counted: string[] = []
  const records = new Map<string, Json>()
  return {
    vault: {
      get: async (key) => records.get(key),
      set: async (key, value) => void records.set(key, value),
      delete: async (key) => void records.delete(key),
    },
    directory: {
      isBridged: async () => false,
      statesOf: async () => [],
      conversationOf: async () => undefined,
      sentParts: async () => new Set(),
    },
    say: createSay(createWording()),
    readCommand,
    count: (event) => void counted.push(event),
    counted,
  }
}
