import type { MewsError, MewsErrorCode } from '../../mews/error.ts'
import type { Marks } from '../../store/types.ts'
import type { RelayContext } from '../context.ts'
import { stayRefusedMark } from '../ids.ts'

/** Whether Mews lets a property's stays be looked up. A refusal is for this alone: messages go on. */
export interface Permission {
  /** Whether it was refused within the last hour. */
  isRefused(): boolean
  granted(): Promise<void>
  /** Notes an error; true where it is a refusal for good. */
  lost(error: MewsError): Promise<boolean>
}

/** Keeps what Mews refuses in a mark, for `check` and the console. */
export const createPermission = ({ store, clock, log }: RelayContext, property: string): Permission => {
  const name = stayRefusedMark(property)
  let refusedUntil = -Infinity
  /** Undefined: not known yet. */
  let isNoted: boolean | undefined

  const note = async (refused: StayRefusal | undefined): Promise<void> => {
    await store.marks.set(name, refused === undefined ? '' : JSON.stringify(refused))
    isNoted = refused !== undefined
  }

  return {
    isRefused: () => clock.monotonic() < refusedUntil,
    granted: async () => {
      isNoted ??= Boolean(await store.marks.get(name))
      if (!isNoted) return
      await note(undefined)
      log.info({ property }, 'stays are looked up again')
    },
    lost: async ({ code, operation, status = 0 }) => {
      if (!refusals.has(code)) return false
      refusedUntil = clock.monotonic() + againAfterMs
      await note({ operation, status, at: clock.now() })
      log.warn({ property, operation, status }, 'Mews refuses to look up stays: asked again in an hour')
      return true
    },
  }
}

/** For the hotel's IT; undefined where Mews refuses nothing. */
export const readStayRefusal = async (property: string, marks: Marks): Promise<string | undefined> => {
  const text = (await marks.get(stayRefusedMark(property))) ?? ''
  if (text === '') return undefined
  const { operation, status } = JSON.parse(text) as StayRefusal
  return `Stays are not looked up: Mews refuses ${operation} (${status}). Ask Mews to permit it for this integration, or set MEWS_STAY=off; messages go on all the same.`
}

interface StayRefusal {
  readonly operation: string
  readonly status: number
  /** Milliseconds since 1970. */
  readonly at: number
}

const againAfterMs = 3_600_000

/** A missing permission has the status of a dead token, which the messages would show as well. */
const refusals: ReadonlySet<MewsErrorCode> = new Set(['unauthorized', 'forbidden', 'not-found', 'gone'])
