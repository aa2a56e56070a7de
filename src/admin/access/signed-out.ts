import type { Clock } from '../../port.ts'
import type { Marks } from '../../store/types.ts'
import type { Session } from './session.ts'

/** The time goes first, in as many digits for all, so that they sort by it. */
const prefix = 'signed-out:'
const nameOf = ({ endsAt, formToken }: Session): string => `${prefix}${endsAt}.${formToken}`

/** Sessions that were signed out, for every process on the database; each is kept until it would have ended by itself. */
export interface SignedOut {
  readonly has: (session: Session) => Promise<boolean>
  readonly add: (session: Session) => Promise<void>
}

export const createSignedOut = (marks: Marks, clock: Clock): SignedOut => ({
  has: async (session) => (await marks.get(nameOf(session))) !== undefined,
  add: async (session) => {
    await marks.set(nameOf(session), '')
    await marks.forget(prefix, String(clock.now()))
  },
})
