import type { Log } from '../../port.ts'
import type { Marks } from '../../store/types.ts'
import { type Failing, formatFailing, type GateOptions, readFailing, sinceOf } from './gate.ts'
import { failingMark, reasonMark, triedMark } from '../ids.ts'

/** Reads a property's failures, as the process that worked for it last has recorded them. */
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

type Change = Parameters<GateOptions['onChange']>
