import { createHash } from 'node:crypto'

/**
 * The name by which a message is followed through the log, from the platform's event to Mews and back: made of what was
 * recorded, so that every process and every restart finds the same, and says nothing of it.
 */
export const traceOf = ({ lane, payload }: { readonly lane: string; readonly payload: string }): string =>
  createHash('sha256').update(`${lane}\n${payload}`).digest('base64url').slice(0, 16)
