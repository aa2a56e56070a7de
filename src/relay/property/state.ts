import type { Log } from '../../port.ts'
import type { Marks } from '../../store/types.ts'
import type { HotelConnection } from '../context.ts'
import { type Failing, formatFailing, type GateOptions, readFailing, sinceOf } from './gate.ts'
import { failingMark, reasonMark, triedMark } from '../ids.ts'

/** How a property fares, whichever process works for it. */
export interface PropertyState {
  readonly failingSince: number | null
  readonly reason: string | null
  /** Requests to Mews that could be made now; undefined where another process makes them. */
  readonly requestsLeft: number | undefined
}

/** What whoever worked for a property last has recorded of its failures. */
export const readRecorded = async (
  property: string,
  marks: Marks,
): Promise<{ readonly failing: Failing; readonly reason: string | null; readonly triedAt: number }> => {
  const failing = readFailing(await marks.get(failingMark(property)))
  const reason = sinceOf(failing) === null ? undefined : await marks.get(reasonMark(property))
  const triedAt = Number((await marks.get(triedMark(property))) ?? Infinity)
  return { failing, reason: reason || null, triedAt }
}

/** Records what fails and why, one change after the other. */
export const createRecordFailing = (property: string, marks: Marks, log: Log): GateOptions['onChange'] => {
  let recording: Promise<void> = Promise.resolve()
  const record: (...change: Change) => Promise<void> = async (failing, reason, at) => {
    try {
      await marks.set(reasonMark(property), reason ?? '')
      await marks.set(failingMark(property), formatFailing(failing))
      await marks.set(triedMark(property), String(at))
    } catch (error) {
      log.error({ property, err: error }, 'the property’s state could not be recorded')
    }
  }
  return (...change) => void (recording = recording.then(() => record(...change)))
}

/** Asks whoever knows: this process where it works for the property, else what is recorded. */
export const readPropertyState = async (
  { key, gate, budget, holding }: HotelConnection,
  marks: Marks,
): Promise<PropertyState> => {
  if (holding.now) {
    const { failingSince, reason } = gate.state()
    return { failingSince, reason, requestsLeft: budget.state().left }
  }
  const { failing, reason } = await readRecorded(key, marks)
  return { failingSince: sinceOf(failing), reason, requestsLeft: undefined }
}

type Change = Parameters<GateOptions['onChange']>
