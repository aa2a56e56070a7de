import type { Log } from '../../src/port.ts'

/** A line that was logged. */
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

const drop = (): void => undefined

/** A log that keeps nothing. */
export const silentLog: Log = { debug: drop, info: drop, warn: drop, error: drop }
