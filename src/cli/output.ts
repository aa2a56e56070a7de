import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { printable } from '../util/text.ts'
import type { CommandWorld } from './command.ts'

/** A pipe or a terminal that was closed. */
const closedCodes: ReadonlySet<string> = new Set(['EPIPE', 'EIO', 'ECONNRESET'])

/** Prints for people and programs, and escapes text from outside, so that it cannot control the terminal. */
export const createOutput = (stdout: Writable, stderr: Writable): Output => {
  let failure: string | undefined
  stdout.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    if (!closedCodes.has(code)) failure ??= code
  })
  stderr.on('error', () => {})
  return {
    print: (text) => void stdout.write(`${printable(text)}\n`),
    printAll: async (texts) => {
      for await (const text of texts) {
        if (stdout.destroyed) return
        if (!stdout.write(printable(text))) await drained(stdout)
      }
    },
    warn: (text) => void stderr.write(`${printable(text)}\n`),
    failure: () => failure,
  }
}

/** Too fast for a progress line. */
const few = 1_000

/** Prints progress at every tenth, where there is more than one step. */
export const createProgress = (warn: (text: string) => void): ((done: number, of: number) => void) => {
  let told = 0
  return (done, of) => {
    if (of > 1 && of < few) return
    const tenth = Math.floor((10 * done) / Math.max(of, 1))
    if (tenth <= told || (told === 0 && done >= of)) return
    told = tenth
    warn(`${Math.min(100, tenth * 10)} %`)
  }
}

/** One line of it, without anything that would move a terminal's cursor or colour it. */
export const plainLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\p{Cc}/gu, '')
    .trim()

/** Rows of text in columns two spaces apart; the last column is as long as it is. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => Math.max(width, (row[column] ?? '').length), 0),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Date and time of this computer's zone, to the second, as ISO 8601 has it. */
export const localTime = (at: number): string => {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return date.toISOString().slice(0, 19).replace('T', ' ')
}

/** Where commands print. */
interface Output extends Pick<CommandWorld, 'print' | 'printAll' | 'warn'> {
  /** The system's code for why something could not be printed; undefined when everything was, and when the reader closed the pipe. */
  readonly failure: () => string | undefined
}

const drained = async (stream: Writable): Promise<void> => {
  const done = new AbortController()
  const { signal } = done
  await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]).catch(() => {})
  done.abort()
}
