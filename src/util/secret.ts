import { hash, timingSafeEqual } from 'node:crypto'

/** A secret of this length cannot be guessed, however often strangers try. */
export const shortestSecret = 16

/** What is said of a shorter one, after its setting's name. */
export const secretTooShort = `must have ${shortestSecret} characters or more; openssl rand -hex 32 makes one`

/** Whether two secrets are equal, in a time that tells nothing of either, not even their lengths. */
export const sameSecret = (given: string, expected: string): boolean =>
  timingSafeEqual(digest(given), digest(expected))

/**
 * The name by which a message is followed through the log, from the platform's event to Mews and back: made of what was
 * recorded, so that every process and every restart finds the same, and says nothing of it.
 */
export const traceOf = ({ lane, payload }: { readonly lane: string; readonly payload: string }): string =>
  hash('sha256', `${lane}\n${payload}`, 'base64url').slice(0, 16)

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
