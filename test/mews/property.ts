import { systemClock } from '../../src/clock.ts'
import { createBudget } from '../../src/mews/budget.ts'
import { createMews, type Mews } from '../../src/mews/client.ts'
import type { MewsError } from '../../src/mews/error.ts'
import { createFetch } from '../../src/fetch.ts'
import { createLogBook, type LogLine } from '../fakes/log.ts'
import { createFakeMews, type FakeMews, type FakeMewsOptions } from '../fakes/mews/mews.ts'

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
    fetch: createFetch(),
    clock,
    log,
  })
  return { fake, mews, budget, lines }
}

/** The error of a call that has to fail. */
export const errorOf = (call: Promise<unknown>): Promise<MewsError> =>
  call.then(
    () => {
      throw new Error('the call should have failed')
    },
    (error: MewsError) => error,
  )
