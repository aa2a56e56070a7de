import { readString } from '../../src/util/json.ts'

/**
 * Milliseconds since 1970 of a time as Channex writes it, e.g. `2026-11-02T17:20:11.184230`: without a zone it means
 * UTC, where JavaScript would take it for local time. Undefined for anything else.
 */
export const readTime = (value: unknown): number | undefined => {
  const text = readString(value)?.replace(' ', 'T')
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}(?:T|$)/.test(text)) return undefined
  const hasZone = !text.includes('T') || /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)
  const at = Date.parse(hasZone ? text : `${text}Z`)
  return Number.isNaN(at) ? undefined : at
}
