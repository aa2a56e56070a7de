import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { printable } from '../util/printable.ts'
import type { CommandWorld } from './command.ts'

/** Where commands print. */
interface Output extends Pick<CommandWorld, 'print' | 'printAll' | 'warn'> {
  /** Why something could not be printed, by the system's code; undefined when all was, and when its reader had seen enough. */
  readonly failure: () => string | undefined
}

/** A pipe or a terminal that was closed. */
const closedCodes: ReadonlySet<string> = new Set(['EPIPE', 'EIO', 'ECONNRESET'])

/** Prints for people and programs; nothing that came from somewhere else moves or colours their terminal. */
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

const drained = async (stream: Writable): Promise<void> => {
  const done = new AbortController()
  const { signal } = done
  await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]).catch(() => {})
  done.abort()
}
