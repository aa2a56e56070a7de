import { hash } from 'node:crypto'

/**
 * The name by which a message is followed through the log, from the platform's event to Mews and back: made of what was
 * recorded, so that every process and every restart finds the same, and says nothing of it.
 */
export const traceOf = ({ lane, payload }: { readonly lane: string; readonly payload: string }): string =>
  hash('sha256', `${lane}\n${payload}`, 'base64url').slice(0, 16)
