import { expect } from 'vitest'
import type { FixturePlatform } from './assembly.ts'
import { type RelayFixture, type RelayFixtureOptions, createRelayFixture } from './fixture.ts'
import { createManualClock } from '../../fakes/clock.ts'
import { createGuests, type Guests } from './guests.ts'

/** The relay between a fake Mews and a platform in memory. */
export interface FakePlatform extends RelayFixture {
  readonly guests: Guests
  /** The texts of each Mews thread in the order they were opened. */
  threads(): readonly (readonly string[])[]
  /** Lets time pass until Mews has that many messages. */
  arrived(count: number): Promise<void>
  /** A guest, Anna, writes her first message, and a thread has it. */
  begin(text?: string): Promise<void>
  /** The id of the thread that was opened as this one, counted from 0. */
  thread(index: number): string
}

/** Starts the relay between the fake Mews and guests in memory. `confirms`: whether their platform can be asked, `asks`: whether they can. */
export const createFakePlatform = async (options: FakePlatformOptions = {}): Promise<FakePlatform> => {
  const { confirms = true, asks = true, clock = createManualClock(), ...rest } = options
  const guests = createGuests(clock, { confirms, asks })
  const create: FixturePlatform['create'] = ({ inbox }) => {
    guests.join(inbox)
    return guests.adapter
  }
  const fixture = await createRelayFixture({
    ...rest,
    clock,
    platforms: [{ name: guests.adapter.name, create }],
  })
  const { mews } = fixture
  const threads: FakePlatform['threads'] = () =>
    mews.threads().map(({ id }) => mews.messages(id).map(({ text }) => text))
  return {
    ...fixture,
    get store() {
      return fixture.store
    },
    guests,
    threads,
    arrived: (count) =>
      fixture.until(() => {
        if (threads().flat().length !== count) throw new Error(`${threads().flat().length} messages arrived`)
      }),
    begin: async (text = 'one') => {
      await guests.say('anna', text)
      await fixture.until(() => expect(threads()).toEqual([[text]]))
    },
    thread: (index) => {
      const thread = mews.threads()[index]
      if (thread === undefined) throw new Error(`no thread ${index}`)
      return thread.id
    },
  }
}

type FakePlatformOptions = Partial<Omit<RelayFixtureOptions, 'platforms'>> & {
  readonly confirms?: boolean
  readonly asks?: boolean
}
