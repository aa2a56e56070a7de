import type { Transcript } from './read.ts'

const time = (at: number): string => new Date(at).toISOString()

/** For other programs: everything that is known, times as ISO 8601. */
export const toJsonDocument = ({ conversation, lines }: Transcript): string => {
  const messages = lines.map(({ at, stateAt, ...line }) => ({
    ...line,
    at: time(at),
    stateAt: time(stateAt),
  }))
  const { lastAt, ...about } = conversation
  return `${JSON.stringify({ conversation: { ...about, lastAt: time(lastAt) }, messages }, undefined, 2)}\n`
}
