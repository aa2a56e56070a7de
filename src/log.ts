import { pino } from 'pino'
import type { Log } from './port.ts'
import { failureCode } from './util/failure.ts'
import { printable, withoutQuotations } from './util/text.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export type LogLevel = (typeof logLevels)[number]

/** What the log is made with. */
export interface LogOptions {
  readonly level: LogLevel
  /** For people at a terminal: one readable line instead of JSON. */
  readonly pretty: boolean
  /** Where lines go: standard output. */
  readonly output: { write(line: string): unknown }
}

/** A log whose level can be changed. */
export interface LevelLog extends Log {
  level: string
}

/** Writes the lines of one turn of the event loop together: under load each write would cost as much as what it tells of. */
export const gatherLines = (
  output: LogOptions['output'],
): LogOptions['output'] & { readonly flush: () => void } => {
  let lines = ''
  const flush = (): void => {
    const gathered = lines
    lines = ''
    if (gathered !== '') output.write(gathered)
  }
  return {
    write: (line) => {
      if (lines === '') setImmediate(flush)
      lines += line
    },
    flush,
  }
}

/** pino, one line for each change of state. What may be logged is decided where it is logged: ids and outcomes. */
export const createLog = ({ level, pretty, output }: LogOptions): LevelLog =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError(level === 'trace' || level === 'debug'), reason: describeReason },
    },
    { write: (line: string) => void output.write(printable(pretty ? toPretty(line) : line)) },
  )

/** What is written of an error: never more of its message than 300 characters, its stack only while debugging. */
const describeError =
  (withStack: boolean) =>
  (error: unknown): unknown => {
    if (!(error instanceof Error)) return typeof error
    const { name, message, stack } = error
    return {
      name,
      code: failureCode(error),
      ...(mayRepeatData(error) ? {} : { message: withoutQuotations(message).slice(0, 300) }),
      ...(withStack ? { stack: framesOf(stack) } : {}),
    }
  }

/**
 * Whether an error's message may repeat what it failed at, a guest's words among it: V8 quotes what it could not parse, and PostgreSQL
 * a value that it refuses (its classes 22, data exception, and 23, integrity constraint violation).
 */
const mayRepeatData = (error: Error): boolean =>
  error instanceof SyntaxError ||
  ('code' in error && typeof error.code === 'string' && /^2[23][\dA-Z]{3}$/.test(error.code)) ||
  // Errors of ours say what their cause says.
  (error.cause instanceof Error && mayRepeatData(error.cause))

/** Where it was thrown, without the message that stands before it. */
const framesOf = (stack = ''): string => stack.slice(Math.max(0, stack.search(/^ {4}at /m)))

const describeReason = (reason: unknown): unknown =>
  typeof reason === 'string' ? withoutQuotations(reason) : reason

/** One line for people: `12:30:05 WARN  A request failed  route=POST /slack/events`. */
const toPretty = (json: string): string => {
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown>
  const shown = Object.entries(fields).map(([name, value]) => `  ${name}=${show(value)}`)
  return `${String(time).slice(11, 19)} ${String(level).toUpperCase().padEnd(5)} ${String(msg)}${shown.join('')}\n`
}

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
