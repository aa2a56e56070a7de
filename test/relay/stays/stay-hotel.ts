import { expect } from 'vitest'
import type { Identity } from '../../../src/port.ts'
import { stayOperations } from '../../../src/mews/stays.ts'
import type { BookCustomer, BookReservation, StayBook } from '../../../src/sandbox/mews/stays.ts'
import { day, second } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'
import type { RelayFixtureOptions } from '../support/fixture.ts'

/** The hotel's name and key. */
export const key = 'Grand Hotel'

export const email = 'ines@example.com'

/** A hotel whose guests' stays are looked up. */
export interface StayHotel {
  /** Once it was started. */
  fixture: FakePlatform
  /** `by`: default `email`. */
  readonly start: (given?: Given) => Promise<void>
  /** Who stays there. */
  readonly stays: () => StayBook
  /** Ines Ferreira, unless it is said otherwise. */
  readonly customer: (given?: Partial<BookCustomer>) => BookCustomer
  /** Three nights from tomorrow in room 204, unless it is said otherwise. */
  readonly reserve: (of: Pick<BookCustomer, 'id'>, given?: Partial<BookReservation>) => BookReservation
  /** What the staff read behind a guest's first message, within 15 s; undefined: nothing. */
  readonly lineOf: (identity?: Identity | 'late', guest?: string) => Promise<string | undefined>
  /** The operations by which stays were looked up. */
  readonly looks: () => readonly string[]
}

type Given = Partial<RelayFixtureOptions> & { readonly by?: 'number' | 'email' }

const isLook = new Set<string>(Object.values(stayOperations))

export const createStayHotel = (): StayHotel => {
  let open: FakePlatform | undefined
  const opened = (): FakePlatform => {
    if (open === undefined) throw new Error('the hotel was not started')
    return open
  }
  const stays = (): StayBook => {
    const [book] = opened().mews.stays
    if (book === undefined) throw new Error('there is no hotel')
    return book
  }
  return {
    get fixture() {
      return opened()
    },
    set fixture(given) {
      open = given
    },
    start: async ({ by = 'email', ...rest } = {}) => {
      open = await createFakePlatform({ stays: new Map([[key, by]]), ...rest })
    },
    stays,
    customer: (given = {}) =>
      stays().addCustomer({ firstName: 'Ines', lastName: 'Ferreira', email, ...given }),
    reserve: ({ id: customerId }, given = {}) => {
      const { start = opened().clock.now() + day, end = start + 3 * day } = given
      const usual = { customerId, number: '52', state: 'Confirmed', room: '204' }
      return stays().addReservation({ ...usual, ...given, start, end })
    },
    lineOf: async (identity = { email }, guest = 'anna') => {
      const { mews, guests } = opened()
      const before = mews.threads().length
      await guests.say(guest, 'one', { identity })
      await opened().pass(15 * second, 250)
      const thread = mews.threads()[before]?.id ?? ''
      const [first, line, ...more] = mews.messages(thread).map(({ text }) => text)
      expect(first).toBe('one')
      expect(more).toEqual([])
      return line
    },
    looks: () =>
      opened()
        .calls.map(({ operation }) => operation)
        .filter((operation) => isLook.has(operation)),
  }
}
