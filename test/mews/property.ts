import { systemClock } from '../../src/clock.ts'
import type { Log } from '../../src/port.ts'
import { createBudget } from '../../src/mews/budget.ts'
import { createMews, type Mews } from '../../src/mews/client.ts'
import type { MewsError } from '../../src/mews/error.ts'
import { createFakeMews, type FakeMews, type FakeMewsOptions } from '../fakes/mews/mews.ts'

/** A line that was logged, for looking at. */
export interface LogLine {
  readonly level: keyof Log
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** A log that keeps its lines. */
export const createLogBook = (): { readonly log: Log; readonly lines: LogLine[] } => {
  const lines: LogLine[] = []
  const write =
    (level: keyof Log) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void =>
      void lines.push({ level, fields, message })
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  return { log, lines }
}

/** A fake Mews and the client of its first property. */
export interface TestProperty {
  readonly fake: FakeMews
  readonly mews: Mews
  readonly budget: ReturnType<typeof createBudget>
  readonly lines: readonly LogLine[]
}

/** Starts a fake Mews and joins it with a client. `clock` is shared by both. */
export const openProperty = async (
  options: FakeMewsOptions & { readonly requests?: number; readonly address?: (url: string) => string } = {},
): Promise<TestProperty> => {
  const { clock = systemClock, requests = 180, address = (url) => url } = options
  const fake = await createFakeMews({ ...options, clock })
  const budget = createBudget({ requests, clock, random: () => 0.5 })
  const { log, lines } = createLogBook()
  const mews = createMews({
    address: address(fake.url),
    clientToken: fake.clientToken,
    accessToken: fake.properties[0]?.accessToken ?? '',
    client: 'MewsChatConnector 0.0.0',
    budget,
    fetch,
    clock,
    log,
  })
  return { fake, mews, budget, lines }
}

/** A signal that never aborts. */
export const never = new AbortController().signal

/** The error of a call that has to fail. */
export const errorOf = (call: Promise<unknown>): Promise<MewsError> =>
  call.then(
    () => {
      throw new Error('the call should have failed')
    },
    (error: MewsError) => error,
  )
