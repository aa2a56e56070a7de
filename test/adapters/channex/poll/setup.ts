import type { ChannexConfig } from '../../../../adapters/channex/config.ts'
import { expect } from 'vitest'
import type { Adapter } from '../../../../src/port.ts'
import { patience } from '../../../fakes/clock.ts'
import { createSetup, type Setup } from '../setup.ts'

/** An adapter that is listened to. */
export interface Listening extends Setup {
  /** How many requests were made. */
  asked(): number
  /** The texts that are recorded, in order. */
  recorded(): readonly unknown[]
  /** Begins to listen; resolves when the first look is over. */
  listen(adapter?: Adapter): Promise<void>
  /** Resolves when the look after this time is over. */
  nextLook(ms?: number): Promise<void>
  /** Ends listening. */
  stop(): Promise<void>
  close(): Promise<void>
}

export const createListening = async (config: Partial<ChannexConfig> = {}): Promise<Listening> => {
  const setup = await createSetup(config)
  const { channex, clock, inbox, adapter } = setup
  let stopping = new AbortController()
  let listening: Promise<void> | undefined

  const asked = (): number => channex.server.requests.length
  const untilIdle = async (): Promise<void> => {
    await expect.poll(() => clock.sleepers(), patience).toBe(1)
  }
  const stop = async (): Promise<void> => {
    stopping.abort()
    await listening
    stopping = new AbortController()
  }
  return {
    ...setup,
    asked,
    stop,
    recorded: () =>
      inbox.recorded.map(
        ({ payload }) => (JSON.parse(payload) as { payload: { message: string } }).payload.message,
      ),
    listen: async (listener = adapter) => {
      listening = listener.listen?.(stopping.signal)
      await untilIdle()
    },
    nextLook: async (ms = 120_000) => {
      const before = asked()
      await clock.advance(ms)
      await expect.poll(asked, patience).toBeGreaterThan(before)
      await untilIdle()
    },
    close: async () => {
      await stop()
      await channex.close()
    },
  }
}
